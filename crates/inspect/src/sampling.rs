//! Which answers are read in full.
//!
//! To read every answer costs more than all else. A partition of flows counts its answers by name and status, and reads
//! the first ones, then one in [`ANSWER_SAMPLE_ONE_IN`]; and whatever comes while the partition has read few, or has read
//! none of that name for [`ANSWER_AGAIN_SPAN`], so that a release is seen of an endpoint that is seldom called. Which
//! partitions read the first ones of a name is drawn from the name, so that a name met in all of them is not read in all
//! of them. The counts are of fixed partitions and in their own order, so what is read does not depend on the number of
//! threads.

use model::PacketTime;
use model::limits::{ANSWER_AGAIN_SPAN, ANSWER_COUNTS_MAX, ANSWER_SAMPLE_ONE_IN, PARTITIONS};
use serde::{Deserialize, Serialize};

/// Answers without a coding that one partition reads whatever they are: small captures are read whole.
const FREE: u32 = 32;
/// One in so many partitions reads the first answer of a name that it meets, and one in so many a few more.
const FIRST_ONE_IN: usize = 4;
const EARLY_ONE_IN: usize = 4;

/// Where a full count goes on: it is as far from the next sample as it was.
const COUNT_AGAIN: u8 = 192;
const _: () = assert!(
    ANSWER_SAMPLE_ONE_IN > 16
        && 256 % ANSWER_SAMPLE_ONE_IN as usize == 0
        && COUNT_AGAIN.is_multiple_of(ANSWER_SAMPLE_ONE_IN)
);

/// Counts of all partitions; a shard fills those of its own.
#[derive(Debug)]
pub(crate) struct Sampling {
    partitions: Vec<Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    /// Answers seen, by hash of name and status: names that share a place share a count. Made with the first answer. What
    /// matters of a large count is only its remainder, so a byte holds it.
    names: Vec<u8>,
    /// The span of [`ANSWER_AGAIN_SPAN`] that the latest one was counted in, by the same place.
    spans: Vec<u16>,
    read: u32,
}

/// The counts of one partition: place, answers, span.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored {
    read: u32,
    counts: Vec<(u16, u8, u16)>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { partitions: vec![Counts::default(); PARTITIONS] }
    }
}

impl Sampling {
    /// Whether to read this answer, which it counts. `coded` ones cost more.
    pub(crate) fn wants(&mut self, partition: usize, name: u64, status: u16, coded: bool, now: PacketTime) -> bool {
        let Some(counts) = self.partitions.get_mut(partition) else { return false };
        if counts.names.is_empty() {
            counts.names = vec![0; ANSWER_COUNTS_MAX];
            counts.spans = vec![0; ANSWER_COUNTS_MAX];
        }
        let place = (name.rotate_left(8) ^ u64::from(status)) as usize % ANSWER_COUNTS_MAX;
        let (Some(count), Some(span)) = (counts.names.get_mut(place), counts.spans.get_mut(place)) else {
            return false;
        };
        let (before, here) = (*count, (now.seconds() / ANSWER_AGAIN_SPAN.as_secs()) as u16);
        let long_ago = std::mem::replace(span, here) != here && before > 0;
        *count = before.checked_add(1).unwrap_or(COUNT_AGAIN);
        let drawn = (name >> 32) as usize + partition;
        let due = match before {
            0 => drawn.is_multiple_of(FIRST_ONE_IN),
            1 | 4 | 16 => drawn.is_multiple_of(EARLY_ONE_IN),
            _ => before.is_multiple_of(ANSWER_SAMPLE_ONE_IN),
        };
        let wants = due || long_ago || !coded && counts.read < FREE;
        counts.read = counts.read.saturating_add(u32::from(wants));
        wants
    }

    /// What is to be kept of a partition; `None` when it counted no answer.
    pub(crate) fn stored(&self, partition: usize) -> Option<Stored> {
        let counts = self.partitions.get(partition).filter(|counts| !counts.names.is_empty())?;
        let places = (0..).zip(&counts.names).zip(&counts.spans);
        let counted = places.filter(|((_, count), _)| **count > 0).map(|((at, count), span)| (at, *count, *span));
        Some(Stored { read: counts.read, counts: counted.collect() })
    }

    /// Goes on from what was kept; places that are none are left out.
    pub(crate) fn restore(&mut self, partition: usize, stored: &Stored) {
        let Some(counts) = self.partitions.get_mut(partition) else { return };
        *counts = Counts { names: vec![0; ANSWER_COUNTS_MAX], spans: vec![0; ANSWER_COUNTS_MAX], read: stored.read };
        for (at, count, span) in &stored.counts {
            let at = usize::from(*at);
            if let (Some(name), Some(place)) = (counts.names.get_mut(at), counts.spans.get_mut(at)) {
                (*name, *place) = (*count, *span);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_thin_out_and_partitions_count_apart() {
        let mut sampling = Sampling::default();
        let read = (0..100_000).filter(|_| sampling.wants(3, 77, 200, true, PacketTime::ZERO)).count();
        assert!((1_500..1_600).contains(&read), "{read}");
        let first: Vec<_> =
            (0..PARTITIONS).map(|partition| sampling.wants(partition, 78 << 32, 200, true, PacketTime::ZERO)).collect();
        assert_eq!(first.iter().filter(|read| **read).count(), PARTITIONS / FIRST_ONE_IN);
        assert!(!sampling.wants(PARTITIONS, 77, 200, true, PacketTime::ZERO));
    }

    #[test]
    fn a_name_that_is_seldom_answered_is_read_again_after_a_while() {
        let mut sampling = Sampling::default();
        let at = |hours: u64| PacketTime::from_parts(1_772_409_600 + hours * 3_600, 0);
        let read = (0..40).filter(|hour| sampling.wants(3, 77, 200, true, at(*hour))).count();
        assert!((6..12).contains(&read), "{read}");
    }

    #[test]
    fn few_answers_are_all_read() {
        let mut sampling = Sampling::default();
        assert_eq!((0..FREE).filter(|_| sampling.wants(0, 1, 200, false, PacketTime::ZERO)).count(), FREE as usize);
    }
}
