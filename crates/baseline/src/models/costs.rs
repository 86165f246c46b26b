//! How values are spread: counts over half octaves, halved when one is full. Mergeable.

use serde::{Deserialize, Serialize};

/// Buckets: two an octave over 32 bits.
const BUCKETS: usize = 64;
/// When a bucket reaches this, all are halved: what is old weighs less.
const FULL: u32 = 1 << 16;

/// The spread of 32-bit values. At most 256 bytes; nothing on the heap until the first value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Costs {
    counts: Vec<u32>,
}

impl Costs {
    /// Adds a value.
    pub(crate) fn add(&mut self, value: u32) {
        if self.counts.is_empty() {
            self.counts = vec![0; BUCKETS];
        }
        let Some(count) = self.counts.get_mut(bucket(value)) else { return };
        *count += 1;
        if *count >= FULL {
            self.counts.iter_mut().for_each(|count| *count /= 2);
        }
    }

    /// The upper end of the bucket that holds quantile `q` (0–1); 0 when there are no values.
    pub(crate) fn quantile(&self, q: f64) -> f64 {
        let total: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let wanted = (total as f64 * q).ceil().max(1.0) as u64;
        let mut sum = 0;
        let at = self.counts.iter().position(|count| {
            sum += u64::from(*count);
            sum >= wanted
        });
        at.map_or(0.0, end)
    }

    /// Takes all values of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
            return;
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
    }
}

/// Two buckets for each power of two.
fn bucket(value: u32) -> usize {
    let octave = value.max(1).ilog2();
    let half = octave > 0 && value >> (octave - 1) & 1 == 1;
    (2 * octave) as usize + usize::from(half)
}

/// The first value above a bucket.
fn end(bucket: usize) -> f64 {
    let octave = f64::from(1u32 << (bucket / 2).min(31));
    if bucket.is_multiple_of(2) && bucket > 0 { octave * 1.5 } else { octave * 2.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quantiles_are_right_within_half_an_octave(mut values in prop::collection::vec(1u32.., 1..400), q in 0.0..1.0f64) {
            let mut costs = Costs::default();
            for value in &values {
                costs.add(*value);
            }
            values.sort_unstable();
            let at = ((values.len() as f64 * q).ceil().max(1.0) as usize) - 1;
            let (told, exact) = (costs.quantile(q), f64::from(values[at]));
            prop_assert!(told >= exact && told <= exact * 2.0, "{told} for {exact}");
        }

        #[test]
        fn parts_merge_to_the_whole_in_any_order(a in prop::collection::vec(any::<u32>(), 0..50), b in prop::collection::vec(any::<u32>(), 0..50)) {
            let of = |values: &[u32]| {
                let mut costs = Costs::default();
                for value in values {
                costs.add(*value);
            }
                costs
            };
            let (mut ab, mut ba) = (of(&a), of(&b));
            ab.merge(&of(&b));
            ba.merge(&of(&a));
            let whole = of(&[a, b].concat());
            prop_assert_eq!(&ab, &ba);
            prop_assert_eq!(&ab, &whole);
        }
    }
}
