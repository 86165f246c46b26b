//! Which partitions are shed under load, live only. Whole flows are shed, so what is kept is intact.

use model::limits::{PARTITIONS, inbox_batches};

/// Inbox of one of so many shards above which half of its partitions are shed.
const fn high(shards: usize) -> usize {
    inbox_batches(shards) * 3 / 4
}

/// Inbox below which they are taken again.
const fn low(shards: usize) -> usize {
    inbox_batches(shards) / 4
}

/// One bit for each partition that is shed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShedMask(pub u64);

impl ShedMask {
    /// Whether frames of the partition are refused.
    pub(crate) const fn has(self, partition: u8) -> bool {
        self.0 & (1 << (partition as usize % PARTITIONS)) != 0
    }

    /// Adjusts the bits of shard `shard` of `shards` to the length of its inbox; returns the partitions newly shed.
    pub(crate) fn adjust(&mut self, shard: usize, shards: usize, inbox: usize) -> u64 {
        let owned = owned(shard, shards);
        if inbox <= low(shards) {
            self.0 &= !owned;
            0
        } else if inbox > high(shards) && self.0 & owned != owned {
            self.more(owned)
        } else {
            0
        }
    }

    /// A batch of this shard found no room at all. The partitions `lost` that it had segments of are shed, since their
    /// flows have holes now, and half of what is still taken; returns the partitions newly shed.
    pub(crate) fn overflow(&mut self, shard: usize, shards: usize, lost: u64) -> u64 {
        let lost = lost & !self.0;
        self.0 |= lost;
        lost | self.more(owned(shard, shards))
    }

    /// Sheds half of the partitions in `owned` that are still taken, at least one.
    fn more(&mut self, owned: u64) -> u64 {
        let taken = owned & !self.0;
        let half = taken.count_ones().div_ceil(2);
        let mut chosen = 0_u64;
        for bit in (0..PARTITIONS).map(|bit| 1_u64 << bit).filter(|bit| taken & bit != 0).take(half as usize) {
            chosen |= bit;
        }
        self.0 |= chosen;
        chosen
    }
}

/// The partitions that shard `shard` of `shards` runs.
pub(crate) fn owned(shard: usize, shards: usize) -> u64 {
    (0..PARTITIONS).filter(|partition| partition % shards.max(1) == shard).fold(0, |mask, bit| mask | (1 << bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_shed_above_the_mark_and_all_taken_again_below() {
        let mut mask = ShedMask::default();
        assert_eq!(mask.adjust(0, 2, high(2)), 0);
        assert_eq!(mask.adjust(0, 2, high(2) + 1).count_ones(), 16);
        assert_eq!(mask.adjust(0, 2, high(2) + 1).count_ones(), 8, "half of the rest");
        assert_eq!(mask.adjust(0, 2, low(2) + 1), 0);
        assert_eq!(mask.0.count_ones(), 24, "kept between the marks");
        mask.adjust(1, 2, 0);
        assert_eq!(mask.0.count_ones(), 24, "another shard's inbox changes nothing");
        mask.adjust(0, 2, low(2));
        assert_eq!(mask, ShedMask::default());
    }

    #[test]
    fn shards_own_every_partition_once() {
        for shards in [1, 2, 3, 8, 64] {
            let all = (0..shards).fold(0_u64, |sum, shard| {
                assert_eq!(sum & owned(shard, shards), 0);
                sum | owned(shard, shards)
            });
            assert_eq!(all, u64::MAX);
        }
    }

    #[test]
    fn what_lost_segments_is_shed_first() {
        let mut mask = ShedMask(1 << 8);
        let newly = mask.overflow(0, 2, 1 << 62 | 1 << 8);
        assert!(newly & 1 << 62 != 0 && newly & 1 << 8 == 0 && mask.has(62));
        assert_eq!((newly & owned(1, 2), mask.0.count_ones()), (0, 2 + 15));
    }

    #[test]
    fn everything_is_shed_at_last() {
        let mut mask = ShedMask::default();
        for _ in 0..7 {
            mask.overflow(0, 1, 0);
        }
        assert_eq!(mask.0, u64::MAX);
    }
}
