//! Words that turned out to be values of a service: one place's values are often another's too.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use model::limits::KNOWN_VALUES_MAX;
use serde::{Deserialize, Serialize};

/// Seed of the hash; fixed, so that runs agree.
const SEED: u64 = 3;

/// Hashes of the first such words.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Values {
    known: BTreeSet<u64>,
}

impl Values {
    /// Takes one over; whether it was new and had room.
    pub(crate) fn insert(&mut self, word: &str) -> bool {
        self.known.len() < KNOWN_VALUES_MAX && self.known.insert(hash(word))
    }

    pub(crate) fn contains(&self, word: &str) -> bool {
        !self.known.is_empty() && self.known.contains(&hash(word))
    }
}

fn hash(word: &str) -> u64 {
    let mut hasher = FixedState::with_seed(SEED).build_hasher();
    hasher.write(word.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_are_known() {
        let mut values = Values::default();
        for n in 0..2 * KNOWN_VALUES_MAX {
            values.insert(&format!("w{n}"));
        }
        assert!(values.contains("w0") && values.contains(&format!("w{}", KNOWN_VALUES_MAX - 1)));
        assert!(!values.contains(&format!("w{KNOWN_VALUES_MAX}")) && !values.contains("x"));
    }
}
