//! Which of a few words stand in a name, in one pass over the name.
//!
//! The first three letters of all words are looked for at once (Shift-And, Baeza-Yates and Gonnet 1992): a bit for each
//! letter moves on while the name agrees with it. Only where three agree is the list read.

/// Letters of each word that are looked for at once.
const HEAD: usize = 3;

/// Words to be found without regard to case.
#[derive(Debug)]
pub(super) struct Words {
    list: &'static [&'static [u8]],
    /// For each byte, the places of the heads it may stand at.
    places: [u64; 256],
    /// First places of the heads.
    begins: u64,
}

impl Words {
    /// `words` in lower case, of at least three letters, with at most 21 different beginnings.
    #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses a place out of range")]
    pub(super) const fn new(words: &'static [&'static [u8]]) -> Self {
        let (mut places, mut begins, mut next) = ([0; 256], 0u64, 0);
        let mut word = 0;
        while word < words.len() {
            if !begins_like_one_before(words, word) {
                assert!(next + HEAD <= u64::BITS as usize, "too many words");
                begins |= 1 << next;
                let mut at = 0;
                while at < HEAD {
                    let letter = words[word][at];
                    places[letter as usize] |= 1 << next;
                    places[letter.to_ascii_uppercase() as usize] |= 1 << next;
                    at += 1;
                    next += 1;
                }
            }
            word += 1;
        }
        // A letter that has no case was entered twice at one place, which does no harm.
        Self { list: words, places, begins }
    }

    /// Whether some word stands in `name`.
    pub(super) fn stand_in(&self, name: &[u8]) -> bool {
        let ends = self.begins << (HEAD - 1);
        let mut state = 0;
        name.iter().enumerate().any(|(at, byte)| {
            state = ((state << 1) | self.begins) & self.places.get(usize::from(*byte)).copied().unwrap_or_default();
            state & ends != 0 && self.begin(name.get(at + 1 - HEAD..).unwrap_or_default())
        })
    }

    /// Whether `rest` begins with some word.
    fn begin(&self, rest: &[u8]) -> bool {
        self.list.iter().any(|word| super::starts_with(rest, word))
    }
}

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses a place out of range")]
const fn begins_like_one_before(words: &[&[u8]], word: usize) -> bool {
    let mut before = 0;
    while before < word {
        let (a, b) = (words[before], words[word]);
        if a[0] == b[0] && a[1] == b[1] && a[2] == b[2] {
            return true;
        }
        before += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::SECRET;
    use super::Words;
    use crate::text::contains;

    proptest! {
        #[test]
        fn words_are_found_as_a_plain_search_finds_them(
            pieces in prop::collection::vec(prop_oneof![
                prop::sample::select(SECRET).prop_map(<[u8]>::to_vec),
                prop::sample::select(SECRET).prop_map(<[u8]>::to_ascii_uppercase),
                prop::sample::select(SECRET).prop_map(|word| word[..word.len() - 1].to_vec()),
                prop::collection::vec(any::<u8>(), 0..4),
            ], 0..4)
        ) {
            static WORDS: Words = Words::new(SECRET);
            let name = pieces.concat();
            prop_assert_eq!(WORDS.stand_in(&name), SECRET.iter().any(|word| contains(&name, word)));
        }
    }
}
