//! How counts are spread between callers or days, and how rare a larger one is.

use super::tail;

/// Expected deviation of `ln(1 + count)` between callers, and how many of them that expectation is worth.
const PRIOR_DEVIATION: f64 = 0.5;
const PRIOR_VALUES: f64 = 4.0;

/// Active days that say what somebody's habit was at first, and how much a habit may grow in a day: twice in five weeks.
const FIRST_DAYS: usize = 7;
const GROWTH: f64 = 1.02;

/// Somebody's earlier days, earliest first, none above what the first ones allow: who takes a tenth more each day must not
/// vouch for itself. Days without anything say nothing of a habit, and stay.
pub(crate) fn settled(mut days: Vec<u32>) -> Vec<u32> {
    let first: Vec<usize> = (0..days.len()).filter(|at| days.get(*at) != Some(&0)).take(FIRST_DAYS).collect();
    let habit = first.iter().filter_map(|at| days.get(*at)).max().copied().unwrap_or(0);
    let from = first.last().map_or(0, |last| last + 1);
    let mut limit = f64::from(habit);
    for day in days.iter_mut().skip(from) {
        limit *= GROWTH;
        *day = (*day).min(limit.ceil() as u32);
    }
    days
}

/// A distribution of counts on a logarithmic scale: people differ by factors.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread {
    /// Values.
    pub(crate) n: usize,
    /// Mean of `ln(1 + value)`.
    pub(crate) mean: f64,
    /// Sum of squared distances from it.
    pub(crate) squares: f64,
    /// The largest value.
    pub(crate) max: u32,
}

impl Spread {
    /// Of `values`, the largest eighth of them brought down to the next: one past offender must not hide the next.
    pub(crate) fn of(mut values: Vec<u32>) -> Self {
        values.sort_unstable();
        let max = values.last().copied().unwrap_or(0);
        let cap = values.len().checked_sub(1 + values.len() / 8).and_then(|at| values.get(at)).copied().unwrap_or(0);
        let logs = || values.iter().map(|&v| f64::from(v.min(cap)).ln_1p());
        let n = values.len();
        let mean = logs().sum::<f64>() / n.max(1) as f64;
        Self { n, mean, squares: logs().map(|x| (x - mean).powi(2)).sum(), max }
    }

    /// How rare `n` is, in nats, where this is usual.
    pub(crate) fn rarity(&self, n: u32) -> f64 {
        self.rarity_within(n, 0.0)
    }

    /// The same where people differ by that deviation at least, however alike those that were seen are: of what hardly anybody
    /// has any, the many who have none do not tell how many somebody may have.
    pub(crate) fn rarity_within(&self, n: u32, deviation: f64) -> f64 {
        let count = self.n as f64;
        let freedom = PRIOR_VALUES + (count - 1.0).max(0.0);
        let variance = (PRIOR_VALUES * PRIOR_DEVIATION * PRIOR_DEVIATION + self.squares) / freedom;
        let deviation = (variance.max(deviation * deviation) * (1.0 + 1.0 / count.max(1.0))).sqrt();
        tail::student((f64::from(n).ln_1p() - self.mean) / deviation, freedom)
    }

    /// The middle of the values on that scale.
    pub(crate) fn usual(&self) -> f64 {
        self.mean.exp_m1()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_offender_does_not_move_the_reference() {
        let spread = Spread::of([vec![5; 20], vec![4000]].concat());
        assert!((spread.mean - 6f64.ln()).abs() < 1e-9);
        assert_eq!(spread.max, 4000);
    }

    #[test]
    fn a_habit_may_rise_and_fall_and_grow_slowly_but_not_by_a_tenth_each_day() {
        let steady = vec![30, 0, 44, 25, 0, 38, 41, 29, 33, 44, 0, 40, 20, 44];
        assert_eq!(settled(steady.clone()), steady);
        let ramp: Vec<u32> = (0..28).map(|day| (10.0 * 1.1f64.powi(day)) as u32).collect();
        let kept = settled(ramp.clone());
        assert_eq!(kept[..7], ramp[..7]);
        assert!(kept[27] < 28 && ramp[27] > 130, "{kept:?}");
        assert!(Spread::of(kept).rarity(144) > 2.0 * Spread::of(ramp).rarity(144));
        assert_eq!(settled(Vec::new()), Vec::<u32>::new());
        assert_eq!(settled(vec![0; 9]), vec![0; 9]);
    }

    #[test]
    fn a_count_is_the_rarer_the_more_values_lie_below_it() {
        let (few, many) = (Spread::of(vec![5; 3]), Spread::of(vec![5; 20]));
        assert!(few.rarity(50) < many.rarity(50) && many.rarity(50) < many.rarity(500));
        assert!(many.rarity(5) < 1.0);
    }
}
