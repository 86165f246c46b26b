//! Messages compressed with DEFLATE (RFC 7692 §7.2).
//!
//! In: the payload of a message in pieces. Out: its content, in runs. Kept: the window that later messages may refer to.
//! After a gap it is not known: then a message is read that refers to nothing before itself, or to such messages since, and no
//! other; `inflate` refuses references beyond what it has seen, so nothing is invented.

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};
use model::limits;

/// Bytes inflated at a time.
const RUN: usize = 4 << 10;
/// What the sender left out at the end of each message (§7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// The window: what was inflated since the window was lost, from which on it is whole again.
const WINDOW: u64 = 32 << 10;

/// How a message fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fare {
    /// Well so far.
    Well,
    /// It refers to what is not known.
    Unknown,
    /// It is not what the coding says.
    Malformed,
    /// It, or the direction, inflates beyond the allowed ratio.
    Bomb,
}

/// One direction of a connection.
pub(super) struct Inflater {
    inflate: Decompress,
    /// Whether a message may refer to those before it.
    takeover: bool,
    /// Bytes inflated since the window was lost; `None`: it was not.
    since_lost: Option<u64>,
    fare: Fare,
    /// Bytes of the message, and of the direction, before and after.
    message: (u64, u64),
    all: (u64, u64),
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("takeover", &self.takeover).field("fare", &self.fare).finish_non_exhaustive()
    }
}

impl Inflater {
    /// `whole`: from the first message on.
    pub(super) fn new(takeover: bool, whole: bool) -> Self {
        Self {
            inflate: Decompress::new(false),
            takeover,
            since_lost: if whole { None } else { Some(0) },
            fare: Fare::Well,
            message: (0, 0),
            all: (0, 0),
        }
    }

    /// A message begins.
    pub(super) fn begin(&mut self) {
        self.message = (0, 0);
        if self.fare == Fare::Bomb {
            return;
        }
        if !self.takeover {
            self.inflate.reset(false);
            self.since_lost = None;
        }
        self.fare = Fare::Well;
    }

    /// Bytes of the message are missing, or it is not looked at: what comes next may refer to it.
    pub(super) fn lose(&mut self) {
        self.inflate.reset(false);
        self.since_lost = Some(0);
        if self.fare == Fare::Well {
            self.fare = Fare::Unknown;
        }
    }

    /// Gives the content of `coded`, the next piece of the message, to `take`.
    pub(super) fn piece(&mut self, mut coded: &[u8], take: &mut dyn FnMut(&[u8])) {
        self.message.0 += coded.len() as u64;
        self.all.0 += coded.len() as u64;
        let mut run = [0; RUN];
        while self.fare == Fare::Well {
            let (read, made) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(coded, &mut run, FlushDecompress::Sync);
            let read = self.inflate.total_in().saturating_sub(read) as usize;
            let made = self.inflate.total_out().saturating_sub(made) as usize;
            coded = coded.get(read..).unwrap_or_default();
            take(run.get(..made).unwrap_or_default());
            self.count(made as u64);
            match status {
                Err(_) => self.fail(),
                // A message may have a last block (§7.2.3.4): what follows may still refer to what was before it.
                Ok(Status::StreamEnd) => {
                    self.inflate.reset(false);
                    self.since_lost = Some(0);
                    if coded.is_empty() {
                        return;
                    }
                }
                Ok(_) if made < RUN && coded.is_empty() => return,
                Ok(_) if made == 0 && read == 0 => return self.fail(),
                Ok(_) => {}
            }
        }
    }

    fn count(&mut self, made: u64) {
        self.message.1 += made;
        self.all.1 += made;
        if let Some(since) = &mut self.since_lost {
            *since += made;
            if *since >= WINDOW {
                self.since_lost = None;
            }
        }
        let ratio = limits::DECODED_RATIO_MAX as u64;
        let bomb = |(coded, made): (u64, u64), least: u64| made > least && made / ratio > coded;
        if bomb(self.message, limits::BOMB_BYTES_MIN as u64) || bomb(self.all, limits::WS_INFLATED_BYTES_MIN) {
            self.fare = Fare::Bomb;
        }
    }

    fn fail(&mut self) {
        let fare = if self.since_lost.is_some() { Fare::Unknown } else { Fare::Malformed };
        self.lose();
        self.fare = fare;
    }

    /// The message ended: how it fared.
    pub(super) fn end(&mut self, take: &mut dyn FnMut(&[u8])) -> Fare {
        if self.fare == Fare::Well {
            self.piece(&TAIL, take);
        }
        self.fare
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    /// Compresses messages one after the other.
    struct Sender(Compress);

    impl Sender {
        fn new() -> Self {
            Self(Compress::new(Compression::new(6), false))
        }

        fn message(&mut self, content: &[u8]) -> Vec<u8> {
            let mut coded = Vec::with_capacity(content.len() + 256);
            self.0.compress_vec(content, &mut coded, FlushCompress::Sync).unwrap();
            assert!(coded.ends_with(&TAIL));
            coded.truncate(coded.len() - 4);
            coded
        }
    }

    fn read(inflater: &mut Inflater, pieces: &[&[u8]]) -> (Fare, Vec<u8>) {
        let mut content = Vec::new();
        inflater.begin();
        for piece in pieces {
            inflater.piece(piece, &mut |run| content.extend_from_slice(run));
        }
        let fare = inflater.end(&mut |run| content.extend_from_slice(run));
        (fare, content)
    }

    #[test]
    fn the_messages_of_the_rfc_are_read() {
        // §7.2.3.1, §7.2.3.2: the second refers to the first.
        let mut inflater = Inflater::new(true, true);
        let first = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(read(&mut inflater, &[&first]), (Fare::Well, b"Hello".to_vec()));
        assert_eq!(read(&mut inflater, &[&[0xf2, 0x00], &[0x11, 0x00, 0x00]]), (Fare::Well, b"Hello".to_vec()));
        // §7.2.3.3: a block without compression. §7.2.3.4: a last block. §7.2.3.5: two blocks.
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        assert_eq!(read(&mut inflater, &[&stored]), (Fare::Well, b"Hello".to_vec()));
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        assert_eq!(read(&mut inflater, &[&last]), (Fare::Well, b"Hello".to_vec()));
        let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(read(&mut inflater, &[&two]), (Fare::Well, b"Hello".to_vec()));
    }

    #[test]
    fn messages_are_read_in_pieces_as_in_one() {
        let mut sender = Sender::new();
        let texts: Vec<Vec<u8>> =
            (0..20).map(|n| format!("{{\"n\":{n},\"name\":\"the same name\"}}").into_bytes()).collect();
        let coded: Vec<Vec<u8>> = texts.iter().map(|text| sender.message(text)).collect();
        let mut inflater = Inflater::new(true, true);
        for (coded, text) in coded.iter().zip(&texts) {
            let bytes: Vec<&[u8]> = coded.chunks(1).collect();
            assert_eq!(read(&mut inflater, &bytes), (Fare::Well, text.clone()));
        }
    }

    #[test]
    fn after_a_gap_only_what_refers_to_nothing_lost_is_read() {
        let mut sender = Sender::new();
        let texts: Vec<Vec<u8>> = (0..200u32)
            .map(|n| {
                if n % 7 == 0 {
                    n.to_string().into_bytes()
                } else {
                    format!("a line of text, number {}", n % 9).into_bytes()
                }
            })
            .collect();
        let coded: Vec<Vec<u8>> = texts.iter().map(|text| sender.message(text)).collect();
        for lost in 0..50 {
            let mut inflater = Inflater::new(true, true);
            let mut unknown = 0;
            for (at, (coded, text)) in coded.iter().zip(&texts).enumerate() {
                if at == lost {
                    inflater.lose();
                    continue;
                }
                match read(&mut inflater, &[coded]) {
                    (Fare::Well, content) => assert_eq!(&content, text, "lost {lost}, at {at}"),
                    (Fare::Unknown, _) => unknown += 1,
                    other => panic!("{other:?}"),
                }
            }
            assert!(unknown < 199 - lost, "some refer to nothing");
        }
    }

    #[test]
    fn without_takeover_a_gap_costs_one_message() {
        let mut inflater = Inflater::new(false, true);
        inflater.lose();
        let coded = Sender::new().message(b"Hello, Hello, Hello");
        assert_eq!(read(&mut inflater, &[&coded]), (Fare::Well, b"Hello, Hello, Hello".to_vec()));
    }

    #[test]
    fn a_bomb_is_given_up_and_so_is_all_that_follows() {
        let mut sender = Sender::new();
        let bomb = sender.message(&vec![0; 64 << 20]);
        let after = sender.message(b"after");
        let mut inflater = Inflater::new(true, true);
        let mut made = 0;
        inflater.begin();
        inflater.piece(&bomb, &mut |run| made += run.len());
        assert_eq!(inflater.end(&mut |_| {}), Fare::Bomb);
        assert!(made <= limits::DECODED_RATIO_MAX * bomb.len() + RUN, "{made}");
        assert_eq!(read(&mut inflater, &[&after]), (Fare::Bomb, Vec::new()));
    }

    #[test]
    fn small_messages_that_all_inflate_to_much_are_a_bomb_together() {
        let coded = Sender::new().message(&vec![b'x'; 60_000]);
        let mut inflater = Inflater::new(false, true);
        let fares: Vec<Fare> = (0..100).map(|_| read(&mut inflater, &[&coded]).0).collect();
        assert_eq!((fares[0], fares[99]), (Fare::Well, Fare::Bomb));
    }

    #[test]
    fn what_is_no_deflate_is_malformed() {
        let mut inflater = Inflater::new(true, true);
        assert_eq!(read(&mut inflater, &[b"\xff\xff\xff"]).0, Fare::Malformed);
    }
}
