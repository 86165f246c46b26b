//! How many identities called: exactly while they are few, estimated after.

use model::Id;
use model::limits::CALLERS_EXACT_MAX;
use serde::{Deserialize, Serialize};

/// Registers of the estimate: 256 of one byte give a standard error of 1.04 / √256 = 6.5 %.
const REGISTERS: usize = 256;

/// Distinct callers of one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Callers {
    /// Prefixes of their ids, sorted.
    Exact(Vec<u64>),
    /// `HyperLogLog` registers (Flajolet et al., 2007).
    Many(Vec<u8>),
}

impl Default for Callers {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Callers {
    /// The middle of what is kept, where a search begins.
    #[inline]
    pub(crate) fn glance(&self) -> Option<u64> {
        match self {
            Self::Exact(list) => list.get(list.len() / 2).copied(),
            Self::Many(registers) => registers.first().copied().map(u64::from),
        }
    }

    /// Counts a caller; whether that changed anything.
    pub(crate) fn insert(&mut self, id: &Id) -> bool {
        self.insert_prefix(id.prefix())
    }

    /// Counts a caller by the prefix of its id; whether that changed anything.
    pub(crate) fn insert_prefix(&mut self, prefix: u64) -> bool {
        match self {
            Self::Exact(list) => {
                let Err(at) = list.binary_search(&prefix) else { return false };
                if list.len() < CALLERS_EXACT_MAX {
                    list.insert(at, prefix);
                } else {
                    let mut registers = vec![0; REGISTERS];
                    for known in list.iter().chain([&prefix]) {
                        note(&mut registers, *known);
                    }
                    *self = Self::Many(registers);
                }
                true
            }
            Self::Many(registers) => note(registers, prefix),
        }
    }

    /// Takes all of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        match other {
            Self::Exact(list) => list.iter().for_each(|prefix| _ = self.insert_prefix(*prefix)),
            Self::Many(more) => {
                let mut registers = more.clone();
                match self {
                    Self::Exact(list) => list.iter().for_each(|prefix| _ = note(&mut registers, *prefix)),
                    Self::Many(mine) => registers.iter_mut().zip(mine).for_each(|(a, b)| *a = (*a).max(*b)),
                }
                *self = Self::Many(registers);
            }
        }
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        match self {
            Self::Exact(list) => list.len() as u64,
            Self::Many(registers) => estimate(registers),
        }
    }
}

/// The first byte of the prefix chooses the register, the leading zeros of the rest are its value.
fn note(registers: &mut [u8], prefix: u64) -> bool {
    let rank = ((prefix << 8) | 0x80).leading_zeros() as u8 + 1;
    match registers.get_mut((prefix >> 56) as usize) {
        Some(register) if *register < rank => {
            *register = rank;
            true
        }
        _ => false,
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "an estimate, far below 2^52")]
fn estimate(registers: &[u8]) -> u64 {
    let m = registers.len() as f64;
    let sum: f64 = registers.iter().map(|rank| f64::from(*rank).exp2().recip()).sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    let zeros = registers.iter().map(|rank| usize::from(*rank == 0)).sum::<usize>();
    let estimate = if raw <= 2.5 * m && zeros > 0 { m * (m / zeros as f64).ln() } else { raw };
    (estimate.round() as u64).max(CALLERS_EXACT_MAX as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> Id {
        Id::of("caller", &[&n.to_le_bytes()])
    }

    fn of(range: std::ops::Range<u64>) -> Callers {
        let mut callers = Callers::default();
        range.for_each(|n| _ = callers.insert(&id(n)));
        callers
    }

    #[test]
    fn few_callers_are_counted_exactly_and_many_within_a_fifth() {
        for n in [0, 1, 64] {
            assert_eq!(of(0..n).count(), n);
        }
        for n in [65_u64, 100, 1_000, 20_000, 200_000] {
            let count = of(0..n).count();
            assert!(count.abs_diff(n) * 5 <= n, "{count} for {n}");
        }
    }

    #[test]
    fn a_merge_counts_the_union() {
        for (a, b) in [(0..30, 20..60), (0..30, 20..90), (0..90, 50..60), (0..900, 500..1500)] {
            let mut merged = of(a.clone());
            merged.merge(&of(b.clone()));
            assert_eq!(merged, of(a.start..a.end.max(b.end)));
        }
    }
}
