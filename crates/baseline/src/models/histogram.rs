//! A histogram of whole numbers with one significant digit.
//!
//! In: values of 1 and more. Out: counts by step, and quantiles. Kept: an `HdrHistogram` that grows with the largest value,
//! so that most endpoints hold a few hundred bytes where the whole range would take two kilobytes.

use hdrhistogram::Histogram as Hdr;

/// Digits of a value that are told apart: steps of at most a sixteenth.
const SIGNIFICANT_DIGITS: u8 = 1;

/// Counts of values; nothing is allocated before the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Histogram(Option<Hdr<u32>>);

impl Histogram {
    /// Counts `value`, `times` times; above `max` it counts as `max`, and a counter that is full stays so.
    #[inline]
    pub(crate) fn record(&mut self, value: u64, times: u32, max: u64) {
        if self.0.is_none() {
            self.0 = Hdr::new(SIGNIFICANT_DIGITS).ok();
        }
        if let Some(counts) = &mut self.0 {
            // It grows by itself; the error is for histograms that may not.
            let _counted = counts.record_n(value.min(max), times);
        }
    }

    /// How often the step of `value` was counted.
    #[inline]
    pub(crate) fn glance(&self, value: u64) -> Option<u32> {
        self.0.as_ref().map(|counts| counts.count_at(value))
    }

    /// How many values were counted.
    pub(crate) fn total(&self) -> u64 {
        self.0.as_ref().map_or(0, Hdr::len)
    }

    /// Largest value of each step that has any, with its count.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        self.0
            .iter()
            .flat_map(|counts| counts.iter_recorded())
            .map(|step| (step.value_iterated_to(), step.count_at_value()))
    }

    /// The largest value of the step that holds the quantile `q`.
    pub(crate) fn quantile(&self, q: f64) -> u64 {
        self.0.as_ref().map_or(0, |counts| counts.value_at_quantile(q))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: u64 = 16 << 30;

    proptest! {
        /// Growing with the values tells the same as the whole range from the beginning.
        #[test]
        fn growth_changes_nothing(values in prop::collection::vec((0u32..34, any::<u64>(), 1u32..5), 0..80)) {
            let (mut ours, mut whole) = (Histogram::default(), Hdr::<u32>::new_with_bounds(1, MAX, SIGNIFICANT_DIGITS).unwrap());
            for (bits, value, times) in values {
                let value = (value & ((1 << bits) - 1)).max(1);
                ours.record(value, times, MAX);
                whole.saturating_record_n(value, times);
            }
            prop_assert_eq!(ours.total(), whole.len());
            let listed: Vec<_> = whole.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect();
            prop_assert_eq!(ours.iter().collect::<Vec<_>>(), listed);
            for q in [0.01, 0.5, 0.9, 0.99, 1.0] {
                prop_assert_eq!(ours.quantile(q), whole.value_at_quantile(q));
            }
        }
    }

    #[test]
    fn full_counters_stay_full_and_values_beyond_the_bound_count_as_it() {
        let mut ours = Histogram::default();
        ours.record(u64::MAX, u32::MAX, MAX);
        ours.record(MAX, 1, MAX);
        assert_eq!(ours.iter().map(|(_, n)| n).collect::<Vec<_>>(), [u32::MAX]);
        assert!(ours.quantile(0.5) >= MAX);
    }
}
