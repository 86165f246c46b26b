//! Read-ahead: with many flows every segment meets memory that is in no cache, in several steps that each wait for the
//! one before. Taken for a run of segments at once, step by step, the waits overlap.
//!
//! In: segments. Out: nothing but warm caches; and the same segments in the same order, for those who must wait until a
//! run is whole. Kept: the segments of one run, with their bytes.

use model::{FlowKey, Segment, limits};

use super::partition::Partition;
use crate::proto::Spare;

/// Asks for the memory that a run of segments will need, at most [`limits::READ_AHEAD_SEGMENTS`] of them.
pub(super) fn touch(partitions: &[(Partition, Spare)], run: &[Segment<'_>]) {
    const NONE: u32 = u32::MAX;
    let partition_of = |segment: &Segment<'_>| {
        partitions.get(usize::from(FlowKey::partition_of(segment.hash))).map(|(partition, _)| partition)
    };
    let mut found = [NONE; limits::READ_AHEAD_SEGMENTS];
    for segment in run {
        if let Some(partition) = partition_of(segment) {
            partition.touch_index(segment);
        }
    }
    for (segment, found) in run.iter().zip(&mut found) {
        *found = partition_of(segment).and_then(|partition| partition.touch_entry(segment)).unwrap_or(NONE);
    }
    for (segment, found) in run.iter().zip(&mut found) {
        *found = partition_of(segment).and_then(|partition| partition.touch_talk(*found)).unwrap_or(NONE);
    }
    for (segment, found) in run.iter().zip(&found) {
        if let Some(partition) = partition_of(segment) {
            partition.touch_parser(*found, segment);
        }
    }
}

/// Segments that wait until a run is whole, their payload copied.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    segments: Vec<Segment<'static>>,
    /// Where in `bytes` the payload of each begins, and how long it is.
    places: Vec<(usize, usize)>,
    bytes: Vec<u8>,
}

impl Waiting {
    /// Takes one more; says whether the run is whole.
    pub(super) fn push(&mut self, segment: &Segment<'_>) -> bool {
        let payload = segment.payload;
        self.places.push((self.bytes.len(), payload.len()));
        self.bytes.extend_from_slice(payload);
        self.segments.push(Segment { payload: &[], ..*segment });
        self.segments.len() >= limits::READ_AHEAD_SEGMENTS || self.bytes.len() >= limits::READ_AHEAD_BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The run, its segments without their payload.
    pub(super) fn bare(&self) -> &[Segment<'static>] {
        &self.segments
    }

    /// The run.
    pub(super) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.segments.iter().zip(&self.places).map(|(segment, &(at, len))| {
            let payload = self.bytes.get(at..at + len).unwrap_or_default();
            Segment { payload, ..*segment }
        })
    }

    /// Forgets the run; the memory stays.
    pub(super) fn clear(&mut self) {
        self.segments.clear();
        self.places.clear();
        self.bytes.clear();
    }
}
