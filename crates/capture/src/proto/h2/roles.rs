//! Which of the two is the client, and which frames can be of a connection whose begin was not seen.
//!
//! In: what header blocks say of their sender; frames found after a gap. Out: the direction of the requests; whether a frame
//! fits. A preface settles the matter. Else each side's own blocks tell what it is, and a guess is revised once they say
//! otherwise: what one side sends does not make the other a client or a server against its own word.

use model::limits;

use super::frame::{self, Frame};
use crate::flow::Dir;

/// What is known of the two sides.
#[derive(Debug, Default)]
pub(super) struct Roles {
    client: Option<Dir>,
    /// By preface, settings or upgrade.
    sure: bool,
    /// Requests less answers of each side, bounded.
    acts: [i8; 2],
    /// Highest stream of a frame that was believed.
    highest: u32,
}

/// So many blocks more of one kind than of the other outweigh as many of the other.
const BALANCE_MAX: i8 = 8;

impl Roles {
    /// The client is known, or is nobody yet.
    pub(super) fn of(client: Option<Dir>) -> Self {
        Self { client, sure: client.is_some(), ..Self::default() }
    }

    /// The direction of the requests, once it is known.
    pub(super) const fn client(&self) -> Option<Dir> {
        self.client
    }

    /// A block of `dir` is a request, or an answer. Returns whether who is the client was revised.
    pub(super) fn see(&mut self, dir: Dir, asks: bool) -> bool {
        if self.sure {
            return false;
        }
        let [orig, resp] = &mut self.acts;
        let act = if dir == Dir::Orig { orig } else { resp };
        *act = if asks { (*act + 1).min(BALANCE_MAX) } else { (*act - 1).max(-BALANCE_MAX) };
        let Some(client) = self.client else {
            self.client = Some(if asks { dir } else { dir.flip() });
            return false;
        };
        let [orig, resp] = self.acts;
        let (client_acts, server_acts) = if client == Dir::Orig { (orig, resp) } else { (resp, orig) };
        let wrong = server_acts > 0 && client_acts <= 0 || client_acts < 0 && server_acts >= 0;
        if wrong {
            self.client = Some(client.flip());
        }
        wrong
    }

    /// A frame that is believed.
    pub(super) const fn believe(&mut self, frame: Frame) {
        if frame.stream > self.highest {
            self.highest = frame.stream;
        }
    }

    /// Whether a frame that was found after bytes were lost can be of this connection (RFC 9113 §5.1.1): streams are
    /// counted up, clients open odd ones, and only servers promise.
    pub(super) fn fits(&self, dir: Dir, frame: Frame) -> bool {
        let opens = matches!(frame.kind, frame::HEADERS | frame::DATA | frame::CONTINUATION);
        let of_server = frame.kind == frame::PUSH_PROMISE || opens && frame.stream.is_multiple_of(2);
        let counted = self.highest == 0 || frame.stream <= self.highest.saturating_add(limits::H2_STREAMS_AHEAD_MAX);
        counted && !(of_server && self.client == Some(dir))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, stream: u32) -> Frame {
        Frame { len: 4, kind, flags: 0, stream }
    }

    #[test]
    fn a_guess_is_revised_on_what_the_sides_say_of_themselves_and_a_preface_is_not() {
        let mut roles = Roles::of(None);
        assert!(!roles.see(Dir::Orig, true) && roles.client() == Some(Dir::Orig));
        // One block of each side, of the same kind: the guess stays.
        assert!(!roles.see(Dir::Resp, true));
        assert!(roles.see(Dir::Orig, false) && roles.client() == Some(Dir::Resp));
        assert!(!roles.see(Dir::Orig, false) && !roles.see(Dir::Resp, true));
        let mut sure = Roles::of(Some(Dir::Orig));
        assert!((0..99).all(|_| !sure.see(Dir::Resp, true)));
    }

    #[test]
    fn a_client_that_answers_does_not_become_the_server_of_one_that_answers_it() {
        let mut roles = Roles::of(None);
        roles.see(Dir::Orig, true);
        roles.see(Dir::Resp, false);
        assert!((0..99).all(|_| !roles.see(Dir::Orig, false)));
        assert_eq!(roles.client(), Some(Dir::Orig));
    }

    #[test]
    fn frames_far_ahead_or_of_the_wrong_side_do_not_fit() {
        let mut roles = Roles::of(Some(Dir::Orig));
        assert!(roles.fits(Dir::Resp, frame(frame::HEADERS, 1 << 30)));
        roles.believe(frame(frame::HEADERS, 7));
        assert!(roles.fits(Dir::Orig, frame(frame::HEADERS, 9)) && roles.fits(Dir::Orig, frame(frame::DATA, 1)));
        assert!(!roles.fits(Dir::Orig, frame(frame::HEADERS, 8)) && roles.fits(Dir::Resp, frame(frame::HEADERS, 8)));
        assert!(!roles.fits(Dir::Orig, frame(frame::PUSH_PROMISE, 7)));
        assert!(roles.fits(Dir::Orig, frame(frame::WINDOW_UPDATE, 8)));
        assert!(!roles.fits(Dir::Resp, frame(frame::DATA, 8 + limits::H2_STREAMS_AHEAD_MAX)));
    }
}
