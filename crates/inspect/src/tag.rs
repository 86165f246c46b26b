//! Tags by which long values are found again.
//!
//! In: a value. Out: a tag of 128 bits by the universal hash NH (Black, Halevi, Krawczyk, Krovetz and Rogaway 1999;
//! RFC 4418 §5.2.2) under a secret key: whatever two different values are, the chance that they have one tag is 2⁻⁶³. It
//! reads sixteen bytes with one multiplication. Who holds key and tag learns at most sixteen bytes of the value, so it is
//! for values that are no secret, or whose secret part is longer (signatures of web tokens).

use std::fmt;

use siphasher::sip::SipHasher24;

/// Blocks of the longest tagged value.
const BLOCKS: usize = 64;

/// Makes tags.
pub(crate) struct Tagger {
    keys: [[u64; 2]; BLOCKS],
}

impl Tagger {
    /// With a key that nobody else knows.
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        let words = SipHasher24::new_with_key(key);
        let word = |at: usize| words.hash(&(at as u64).to_le_bytes());
        Self { keys: std::array::from_fn(|at| [word(2 * at), word(2 * at + 1)]) }
    }

    /// The tag of `value`; `None` when it is too long.
    pub(crate) fn tag(&self, value: &[u8]) -> Option<u128> {
        let (blocks, tail) = value.as_chunks::<16>();
        let mut sum = value.len() as u128;
        for (block, key) in blocks.iter().zip(&self.keys) {
            sum = sum.wrapping_add(product(*block, *key));
        }
        if !tail.is_empty() || blocks.len() > BLOCKS {
            let mut last = [0; 16];
            last.get_mut(..tail.len())?.copy_from_slice(tail);
            sum = sum.wrapping_add(product(last, *self.keys.get(blocks.len())?));
        }
        // The upper half is the better spread one, and tables look at the lower.
        Some(sum.rotate_right(64))
    }
}

fn product(block: [u8; 16], [k1, k2]: [u64; 2]) -> u128 {
    let block = u128::from_le_bytes(block);
    let (a, b) = (block as u64, (block >> 64) as u64);
    u128::from(a.wrapping_add(k1)) * u128::from(b.wrapping_add(k2))
}

impl fmt::Debug for Tagger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tagger").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn values_have_tags_of_their_own() {
        let tagger = Tagger::new(&[7; 16]);
        let mut seen = HashSet::new();
        for len in 0..=BLOCKS * 16 {
            assert!(seen.insert(tagger.tag(&vec![0; len]).unwrap()), "{len}");
        }
        let mut value = vec![0; 265];
        for at in 0..value.len() {
            value[at] = 1;
            assert!(seen.insert(tagger.tag(&value).unwrap()), "{at}");
            value[at] = 0;
        }
        assert_eq!(tagger.tag(&vec![0; BLOCKS * 16 + 1]), None);
        assert_eq!(tagger.tag(&vec![0; BLOCKS * 16 + 16]), None);
        assert_ne!(tagger.tag(b"x"), Tagger::new(&[8; 16]).tag(b"x"));
    }
}
