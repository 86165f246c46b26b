//! Which answers are read in full.
//!
//! To read every answer costs more than all else. A partition of flows counts its answers by name and status: of those of
//! one name the first, second, fifth, seventeenth are read, then one in [`ANSWER_SAMPLE_ONE_IN`]; and whatever comes while
//! the partition has read few. The counts are of fixed partitions and in their own order, so what is read does not depend
//! on the number of threads.

use model::limits::{ANSWER_COUNTS_MAX, ANSWER_SAMPLE_ONE_IN, PARTITIONS};

/// Answers without a coding that one partition reads whatever they are: small captures are read whole.
const FREE: u32 = 64;

/// Counts of all partitions; a shard fills those of its own.
#[derive(Debug)]
pub(crate) struct Sampling {
    partitions: Vec<Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    /// Hash of name and status, answers seen. Made with the first answer.
    names: Vec<(u64, u32)>,
    read: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { partitions: vec![Counts::default(); PARTITIONS] }
    }
}

impl Sampling {
    /// Whether to read this answer, which it counts. `coded` ones cost more.
    pub(crate) fn wants(&mut self, partition: usize, name: u64, status: u16, coded: bool) -> bool {
        let Some(counts) = self.partitions.get_mut(partition) else { return false };
        if counts.names.is_empty() {
            counts.names = vec![(0, 0); ANSWER_COUNTS_MAX];
        }
        let tag = name.rotate_left(8) ^ u64::from(status) | 1;
        let Some(slot) = counts.names.get_mut(tag as usize / 2 % ANSWER_COUNTS_MAX) else { return false };
        if slot.0 != tag {
            *slot = (tag, 0);
        }
        let before = slot.1;
        slot.1 = slot.1.wrapping_add(1);
        let due = match before {
            0 | 1 | 4 | 16 => true,
            _ => before.is_multiple_of(ANSWER_SAMPLE_ONE_IN),
        };
        let wants = due || !coded && counts.read < FREE;
        counts.read = counts.read.saturating_add(u32::from(wants));
        wants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_thin_out_and_partitions_count_apart() {
        let mut sampling = Sampling::default();
        let read = (0..100_000).filter(|_| sampling.wants(3, 77, 200, true)).count();
        assert!((1_500..1_600).contains(&read), "{read}");
        assert!(
            sampling.wants(3, 77, 404, true) && sampling.wants(4, 77, 200, true) && sampling.wants(3, 78, 200, true)
        );
        assert!(!sampling.wants(PARTITIONS, 77, 200, true));
    }

    #[test]
    fn few_answers_are_all_read() {
        let mut sampling = Sampling::default();
        assert_eq!((0..50).filter(|_| sampling.wants(0, 1, 200, false)).count(), 50);
    }
}
