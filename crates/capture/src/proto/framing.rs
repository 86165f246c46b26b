//! Length-prefixed messages in content: gRPC (PROTOCOL-HTTP2, "Length-Prefixed-Message") and gRPC-Web (PROTOCOL-WEB).
//!
//! In: runs of content in order, cut anywhere, and gaps of known length. Out: [`Messages`]. Each message begins with a
//! byte of flags and its length (32 bits, network order); in gRPC-Web a frame with the highest flag holds the trailers;
//! `grpc-web-text` is all of that in base64, padded wherever the sender flushed. Kept: a cut prefix, and trailers.

use model::limits::TRAILER_BYTES_MAX;
use model::message::Messages;

/// Bytes before each message.
const PREFIX: usize = 5;
/// Flag of a message that is compressed.
const COMPRESSED: u8 = 1;
/// Flag of the trailers of gRPC-Web.
const TRAILERS: u8 = 0x80;
/// Bytes of base64 undone at a time.
const TEXT_RUN: usize = 192;

/// What the content is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// Nothing that is counted.
    #[default]
    Off,
    Binary,
    /// With trailers at its end.
    Web,
    /// The same in base64.
    WebText,
}

/// Counts the messages of one body.
#[derive(Clone, Debug, Default)]
pub(in crate::proto) struct Framing {
    form: Form,
    /// The media type is not known, and nothing is told unless the other message of the exchange is one of gRPC.
    unsure: bool,
    /// Nothing further can be told.
    over: bool,
    prefix: [u8; PREFIX],
    /// Bytes of the prefix at hand.
    have: u8,
    /// In a message with these flags, of which so many bytes are to come.
    message: Option<(u8, u32)>,
    /// Characters of base64 that make no whole group yet, as bits, and how many.
    group: (u32, u8),
    told: Messages,
}

impl Framing {
    /// For content of that media type.
    pub(in crate::proto) fn begin(&mut self, content_type: &[u8]) {
        self.form = form(content_type);
    }

    /// For content of a media type that is not known: it may be gRPC's.
    pub(in crate::proto) fn begin_unsure(&mut self) {
        (self.form, self.unsure) = (Form::Binary, true);
    }

    /// Whether the content is known to be gRPC's.
    pub(in crate::proto) const fn is_sure(&self) -> bool {
        self.is_on() && !self.unsure
    }

    /// The other message is one of gRPC, so this is, unless it showed otherwise.
    pub(in crate::proto) fn confirm(&mut self) {
        self.unsure &= self.told.malformed;
    }

    /// Whether the content is counted.
    pub(in crate::proto) const fn is_on(&self) -> bool {
        !matches!(self.form, Form::Off)
    }

    /// Forgets everything but its memory.
    pub(in crate::proto) fn reset(&mut self) {
        if self.is_on() {
            let mut trailers = std::mem::take(&mut self.told.trailers);
            trailers.clear();
            *self = Self { told: Messages { trailers, ..Messages::default() }, ..Self::default() };
        }
    }

    /// What was counted, when something was.
    pub(in crate::proto) fn told(&self) -> Option<&Messages> {
        self.is_sure().then_some(&self.told)
    }

    /// Bytes kept.
    pub(in crate::proto) const fn buffered(&self) -> usize {
        self.told.trailers.capacity()
    }

    /// Content in order.
    pub(in crate::proto) fn content(&mut self, run: &[u8]) {
        if !self.told.lost {
            self.told.intact += run.len() as u64;
        }
        match self.form {
            Form::Off => {}
            Form::Binary | Form::Web => self.binary(run),
            Form::WebText => self.text(run),
        }
    }

    /// So many bytes of content are missing.
    pub(in crate::proto) fn gap(&mut self, len: u64) {
        if len == 0 {
            return;
        }
        // The rest of a message can be passed over; a prefix or trailers cannot.
        match &mut self.message {
            Some((flags, left)) if self.form != Form::WebText && *flags & TRAILERS == 0 && u64::from(*left) >= len => {
                *left -= len as u32;
                self.told.holes = true;
                self.ended();
            }
            _ => self.lose(),
        }
    }

    /// Nobody knows how much is missing.
    pub(in crate::proto) fn lose(&mut self) {
        self.told.lost = true;
        self.over = true;
    }

    fn text(&mut self, run: &[u8]) {
        let mut bytes = [0; TEXT_RUN];
        for chars in run.chunks(TEXT_RUN) {
            let mut len = 0;
            for &char in chars {
                let mut put = |byte: u32| {
                    if let Some(slot) = bytes.get_mut(len) {
                        *slot = byte as u8;
                        len += 1;
                    }
                };
                let (bits, count) = self.group;
                self.group = match sextet(char) {
                    Some(six) if count == 3 => {
                        let all = bits << 6 | six;
                        for shift in [16, 8, 0] {
                            put(all >> shift);
                        }
                        (0, 0)
                    }
                    Some(six) => (bits << 6 | six, count + 1),
                    // Padding ends a group; what pads it further stands alone.
                    None if char == b'=' && count == 2 => {
                        put(bits >> 4);
                        (0, 0)
                    }
                    None if char == b'=' && count == 3 => {
                        put(bits >> 10);
                        put(bits >> 2);
                        (0, 0)
                    }
                    None if char == b'=' && count == 0 || matches!(char, b'\r' | b'\n') => (bits, count),
                    None => {
                        self.told.malformed = true;
                        self.over = true;
                        (0, 0)
                    }
                };
            }
            self.binary(bytes.get(..len).unwrap_or_default());
        }
    }

    fn binary(&mut self, mut run: &[u8]) {
        while !self.over && !run.is_empty() {
            let used = match self.message {
                Some((flags, left)) => self.payload(flags, left, run),
                None => self.prefix(run),
            };
            run = run.get(used..).unwrap_or_default();
        }
    }

    /// Reads on in a prefix; returns the bytes used.
    fn prefix(&mut self, run: &[u8]) -> usize {
        let have = usize::from(self.have);
        let used = run.len().min(PREFIX - have);
        if let (Some(to), Some(from)) = (self.prefix.get_mut(have..have + used), run.get(..used)) {
            to.copy_from_slice(from);
        }
        self.have += used as u8;
        if usize::from(self.have) == PREFIX {
            self.have = 0;
            let [flags, length @ ..] = self.prefix;
            let known = if self.form == Form::Binary { COMPRESSED } else { COMPRESSED | TRAILERS };
            if flags & !known != 0 {
                self.told.malformed = true;
                self.over = true;
                return used;
            }
            self.message = Some((flags, u32::from_be_bytes(length)));
            self.ended();
        }
        self.told.open = self.have > 0 || self.message.is_some();
        used
    }

    fn payload(&mut self, flags: u8, left: u32, run: &[u8]) -> usize {
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(run.len());
        if flags & TRAILERS != 0 {
            let room = TRAILER_BYTES_MAX.saturating_sub(self.told.trailers.len()).min(used);
            self.told.trailers.extend_from_slice(run.get(..room).unwrap_or_default());
        }
        self.message = Some((flags, left - used as u32));
        self.ended();
        used
    }

    /// Counts the message when it is over.
    fn ended(&mut self) {
        let Some((flags, 0)) = self.message else { return };
        let length = u32::from_be_bytes([self.prefix[1], self.prefix[2], self.prefix[3], self.prefix[4]]);
        self.message = None;
        self.told.open = false;
        if flags & TRAILERS == 0 {
            self.told.count += 1;
            self.told.bytes += u64::from(length);
            self.told.largest = self.told.largest.max(length);
            self.told.compressed += u64::from(flags & COMPRESSED);
        } else {
            self.told.ended = true;
        }
    }
}

/// Whether content of that media type is counted.
pub(in crate::proto) fn concerns(content_type: &[u8]) -> bool {
    form(content_type) != Form::Off
}

fn form(content_type: &[u8]) -> Form {
    const GRPC: &[u8] = b"application/grpc";
    let Some((head, rest)) = content_type.split_at_checked(GRPC.len()) else { return Form::Off };
    if !head.eq_ignore_ascii_case(GRPC) {
        return Form::Off;
    }
    let starts = |word: &[u8]| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts(b"-web-text") {
        Form::WebText
    } else if starts(b"-web") {
        Form::Web
    } else if rest.first().is_none_or(|byte| matches!(byte, b'+' | b';' | b' ' | b'\t')) {
        Form::Binary
    } else {
        Form::Off
    }
}

/// The value of a character of base64 (RFC 4648 §4).
const fn sextet(char: u8) -> Option<u32> {
    Some(match char {
        b'A'..=b'Z' => char - b'A',
        b'a'..=b'z' => char - b'a' + 26,
        b'0'..=b'9' => char - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wire(messages: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (flags, payload) in messages {
            out.push(*flags);
            out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
            out.extend_from_slice(payload);
        }
        out
    }

    fn base64(bytes: &[u8]) -> Vec<u8> {
        const CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = Vec::new();
        for group in bytes.chunks(3) {
            let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for at in 0..4 {
                let pads = at > group.len();
                out.push(if pads { b'=' } else { CHARS[(bits >> (18 - 6 * at)) as usize & 63] });
            }
        }
        out
    }

    fn read(content_type: &str, runs: &[&[u8]]) -> Messages {
        let mut framing = Framing::default();
        framing.begin(content_type.as_bytes());
        for run in runs {
            framing.content(run);
        }
        framing.told().unwrap().clone()
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_counts(
            messages in prop::collection::vec((0u8..2, prop::collection::vec(any::<u8>(), 0..40)), 0..6),
            cuts in prop::collection::vec(0usize..300, 0..8),
            form in 0usize..3,
        ) {
            let content_type = ["application/grpc+proto", "application/grpc-web", "application/grpc-web-text+proto"][form];
            let mut all = messages.clone();
            if form > 0 {
                all.push((TRAILERS, b"grpc-status:0\r\n".to_vec()));
            }
            // Text is padded wherever the sender flushed: here after each message.
            let body = if form == 2 { all.chunks(1).flat_map(|one| base64(&wire(one))).collect() } else { wire(&all) };
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let runs: Vec<&[u8]> = cuts.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect();
            let told = read(content_type, &runs);
            prop_assert_eq!(told.count, messages.len() as u64);
            prop_assert_eq!(told.bytes, messages.iter().map(|(_, payload)| payload.len() as u64).sum::<u64>());
            prop_assert_eq!(told.largest as usize, messages.iter().map(|(_, payload)| payload.len()).max().unwrap_or(0));
            prop_assert_eq!(told.compressed, messages.iter().filter(|(flags, _)| *flags == 1).count() as u64);
            prop_assert_eq!(told.intact, body.len() as u64);
            prop_assert!(!told.lost && !told.malformed && !told.open);
            prop_assert_eq!(&told.trailers[..], if form > 0 { &b"grpc-status:0\r\n"[..] } else { b"" });
        }

        /// What is told after bytes were lost is never more than there was.
        #[test]
        fn gaps_make_less_of_it_and_nothing_else(
            messages in prop::collection::vec((0u8..2, prop::collection::vec(any::<u8>(), 0..40)), 1..6),
            from in 0usize..200, len in 1usize..60,
        ) {
            let body = wire(&messages);
            let from = from.min(body.len() - 1);
            let to = (from + len).min(body.len());
            let mut framing = Framing::default();
            framing.begin(b"application/grpc");
            framing.content(&body[..from]);
            framing.gap((to - from) as u64);
            framing.content(&body[to..]);
            let told = framing.told().unwrap();
            prop_assert!(!told.malformed && told.count <= messages.len() as u64);
            prop_assert!(told.lost || (told.count == messages.len() as u64 && told.holes));
        }
    }

    #[test]
    fn only_these_media_types_are_counted() {
        for (content_type, expected) in [
            ("application/grpc", true),
            ("Application/gRPC+json; x=y", true),
            ("application/grpc-web+proto", true),
            ("application/grpc-web-text", true),
            ("application/grpcx", false),
            ("application/json", false),
            ("", false),
        ] {
            assert_eq!(concerns(content_type.as_bytes()), expected, "{content_type}");
        }
    }

    #[test]
    fn what_is_no_prefix_ends_the_count() {
        let told = read("application/grpc", &[&wire(&[(0, vec![1])]), b"{\"a\":1}"]);
        assert_eq!((told.count, told.malformed), (1, true));
        let told = read("application/grpc", &[b"\0\0\0\0\x09abc"]);
        assert_eq!((told.count, told.malformed, told.open), (0, false, true));
        assert!(read("application/grpc-web-text", &[b"AAAA*"]).malformed);
    }
}
