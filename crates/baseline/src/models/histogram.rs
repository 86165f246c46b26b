//! A histogram of whole numbers on a logarithmic scale: sixteen steps for each power of two, so one significant digit.
//!
//! In: values of 1 and more. Out: counts by step, and quantiles. Kept: counters from the lowest step seen to the highest.
//! The steps are those of `HdrHistogram` with one significant digit, which this is tested against; it keeps counters for
//! every step up to the bound, 2 KiB of which most endpoints use a few dozen bytes.

/// Steps of one power of two, and its logarithm.
const STEPS: usize = 1 << STEPS_LOG;
const STEPS_LOG: u32 = 4;

/// **Invariant:** `counts` stands for the steps from `first` on; `total` is the sum of all that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    total: u64,
    counts: Vec<u32>,
    first: u16,
}

impl Histogram {
    /// Counts `value`, `times` times; a value of a larger power of two than `max` counts as `max`, and a counter that is
    /// full stays so.
    #[inline]
    pub(crate) fn record(&mut self, value: u64, times: u32, max: u64) {
        // The bound's own power of two is counted as it comes.
        let step = step_of(if value >> max.ilog2() > 1 { max } else { value });
        self.total = self.total.saturating_add(u64::from(times));
        let place = step.checked_sub(usize::from(self.first)).filter(|at| *at < self.counts.len());
        let place = place.unwrap_or_else(|| self.make_room(step));
        if let Some(count) = self.counts.get_mut(place) {
            *count = count.saturating_add(times);
        }
    }

    /// How often the step of `value` was counted.
    #[inline]
    pub(crate) fn glance(&self, value: u64) -> Option<u32> {
        self.counts.get(step_of(value).checked_sub(usize::from(self.first))?).copied()
    }

    /// Widens the counters to whole powers of two around `step`; its place among them.
    #[cold]
    fn make_room(&mut self, step: usize) -> usize {
        let known = usize::from(self.first)..usize::from(self.first) + self.counts.len();
        let (mut first, mut end) = (step / STEPS * STEPS, step / STEPS * STEPS + STEPS);
        if !known.is_empty() {
            (first, end) = (first.min(known.start), end.max(known.end));
        }
        let mut counts = vec![0; end - first];
        if let Some(place) = counts.get_mut(known.start.saturating_sub(first)..) {
            place.iter_mut().zip(&self.counts).for_each(|(new, old)| *new = *old);
        }
        (self.counts, self.first) = (counts, first as u16);
        step - first
    }

    /// How many values were counted.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// Largest value of each step that has any, with its count.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        let steps = usize::from(self.first)..;
        steps.zip(&self.counts).filter(|(_, count)| **count > 0).map(|(step, count)| (largest_of(step), *count))
    }

    /// The largest value of the step that holds the quantile `q`.
    #[allow(clippy::cast_sign_loss, reason = "a share of a count")]
    pub(crate) fn quantile(&self, q: f64) -> u64 {
        let wanted = ((q * self.total as f64).ceil() as u64).max(1);
        let mut sum = 0_u64;
        for (value, count) in self.iter() {
            sum += u64::from(count);
            if sum >= wanted {
                return value;
            }
        }
        0
    }
}

/// Below 32 every value is its own step; above, the highest five bits are the step.
const fn step_of(value: u64) -> usize {
    let power = (value | (2 * STEPS as u64 - 1)).ilog2() - STEPS_LOG;
    power as usize * STEPS + (value >> power) as usize
}

const fn largest_of(step: usize) -> u64 {
    if step < 2 * STEPS {
        return step as u64;
    }
    let power = step / STEPS - 1;
    (((step - power * STEPS) as u64 + 1) << power) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: u64 = 16 << 30;

    proptest! {
        /// The reference: `HdrHistogram`.
        #[test]
        fn it_tells_what_hdr_histogram_tells(values in prop::collection::vec((0u32..36, any::<u64>(), 1u32..5), 0..80)) {
            let (mut ours, mut hdr) = (Histogram::default(), hdrhistogram::Histogram::<u32>::new_with_bounds(1, MAX, 1).unwrap());
            for (bits, value, times) in values {
                let value = (value & ((1 << bits) - 1)).max(1);
                ours.record(value, times, MAX);
                hdr.saturating_record_n(value, times);
            }
            prop_assert_eq!(ours.total(), hdr.len());
            let listed: Vec<_> = hdr.iter_recorded().map(|v| (v.value_iterated_to(), v.count_at_value())).collect();
            prop_assert_eq!(ours.iter().collect::<Vec<_>>(), listed);
            for q in [0.01, 0.5, 0.9, 0.99, 1.0] {
                prop_assert_eq!(ours.quantile(q), hdr.value_at_quantile(q));
            }
        }
    }

    #[test]
    fn full_counters_stay_full_and_values_beyond_the_bound_count_as_it() {
        let mut ours = Histogram::default();
        ours.record(u64::MAX, u32::MAX, MAX);
        ours.record(MAX, 1, MAX);
        assert_eq!(ours.iter().map(|(_, n)| n).collect::<Vec<_>>(), [u32::MAX]);
        assert_eq!(ours.quantile(0.5), largest_of(step_of(MAX)));
    }
}
