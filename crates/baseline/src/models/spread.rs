//! How counts are spread between callers or days, and how rare a larger one is.

use super::tail;

/// Expected deviation of `ln(1 + count)` between callers, and how many of them that expectation is worth.
const PRIOR_DEVIATION: f64 = 0.5;
const PRIOR_VALUES: f64 = 4.0;

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
        let count = self.n as f64;
        let freedom = PRIOR_VALUES + (count - 1.0).max(0.0);
        let variance = (PRIOR_VALUES * PRIOR_DEVIATION * PRIOR_DEVIATION + self.squares) / freedom;
        let deviation = (variance * (1.0 + 1.0 / count.max(1.0))).sqrt();
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
    fn a_count_is_the_rarer_the_more_values_lie_below_it() {
        let (few, many) = (Spread::of(vec![5; 3]), Spread::of(vec![5; 20]));
        assert!(few.rarity(50) < many.rarity(50) && many.rarity(50) < many.rarity(500));
        assert!(many.rarity(5) < 1.0);
    }
}
