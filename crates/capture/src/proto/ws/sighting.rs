//! Connections joined half-way that may be WebSockets.
//!
//! In: the bytes of segments. Out: which direction is the client's, once there is no doubt: segments that are nothing but
//! frames, several in a row over both directions, masked in one direction only. Without that the connection stays unknown.

use super::frame::{Likeness, likeness};
use crate::flow::Dir;

/// What segments that are nothing but frames weigh, and those with text in one of them.
const FITS: u8 = 1;
const SURE: u8 = 2;
/// The weight at which there is no doubt: one segment in some thousand fits by chance.
const ENOUGH: u8 = 4;

/// What was seen so far.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::proto) struct Sighting {
    weight: u8,
    /// The direction that masks.
    client: Option<Dir>,
}

impl Sighting {
    /// Looks at a segment; says who the client is when that is beyond doubt.
    pub(in crate::proto) fn see(&mut self, dir: Dir, segment: &[u8]) -> Option<Dir> {
        let masked = segment.get(1).is_some_and(|second| second & 0x80 != 0);
        let likeness = likeness(segment, masked, true);
        let agrees = self.client.is_none_or(|client| (client == dir) == masked);
        if likeness == Likeness::None || !agrees {
            *self = Self::default();
            return None;
        }
        if masked {
            self.client = Some(dir);
        }
        self.weight = self.weight.saturating_add(if likeness == Likeness::Sure { SURE } else { FITS });
        self.client.filter(|_| self.weight >= ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &[u8] = b"\x81\x09{\"a\":123}";
    // `{"a":123}` under the mask 1234.
    const CLIENT: &[u8] = b"\x81\x891234\x4a\x10\x52\x16\x0b\x03\x01\x07\x4c";

    #[test]
    fn frames_of_both_sides_are_beyond_doubt() {
        let mut sighting = Sighting::default();
        assert_eq!(sighting.see(Dir::Resp, SERVER), None);
        assert_eq!(sighting.see(Dir::Orig, CLIENT), Some(Dir::Orig));
    }

    #[test]
    fn one_side_without_a_mask_never_is() {
        let mut sighting = Sighting::default();
        assert!((0..50).all(|_| sighting.see(Dir::Resp, SERVER).is_none()));
    }

    #[test]
    fn anything_else_in_between_begins_anew() {
        let mut sighting = Sighting::default();
        sighting.see(Dir::Orig, CLIENT);
        sighting.see(Dir::Resp, b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(sighting.see(Dir::Resp, SERVER), None);
        // Both mask.
        sighting.see(Dir::Orig, CLIENT);
        assert_eq!(sighting.see(Dir::Resp, CLIENT), None);
    }
}
