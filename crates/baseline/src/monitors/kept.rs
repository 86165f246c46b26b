//! One subject's model, with notes of calls that may turn out to be part of a cause.

use std::time::Duration;

use model::PacketTime;
use model::life::OpenFinding;
use model::limits::EVIDENCE_MAX;
use serde::{Deserialize, Serialize};

use super::monitor::Call;
use crate::trace::Trace;

/// A subject.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept<M> {
    /// Whether a finding about it is open.
    pub(crate) open: bool,
    /// What the monitor learned.
    pub(crate) model: M,
    notes: Option<Box<Notes>>,
    /// Whether it ever called from outside.
    #[serde(default)]
    pub(crate) outside: bool,
}

/// Calls noted before a finding is opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Notes {
    count: u64,
    first_at: PacketTime,
    last_at: PacketTime,
    /// The first ones and the latest ones.
    shown: Vec<Glimpse>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Glimpse {
    trace: Trace,
    method: String,
    place: String,
}

/// Noted calls that are shown: half of the evidence of a finding, so that those after its opening have room.
const SHOWN_MAX: usize = EVIDENCE_MAX / 2;
/// Once there are so many, one in that many replaces an earlier one: most notes never come to a finding.
const SHOWN_ONE_IN: u64 = 4;
/// Of them the first ones of all.
const FIRST_MAX: usize = SHOWN_MAX / 2;

impl<M> Kept<M> {
    /// Remembers a call.
    pub(crate) fn note(&mut self, call: &Call<'_>, memory: Duration) {
        let at = call.row().first_at;
        self.expire(at, memory);
        let notes = self.notes.get_or_insert_default();
        if notes.count == 0 {
            notes.first_at = at;
        }
        (notes.count, notes.last_at) = (notes.count.saturating_add(1), at);
        if notes.shown.len() >= SHOWN_MAX {
            if !notes.count.is_multiple_of(SHOWN_ONE_IN) {
                return;
            }
            notes.shown.remove(FIRST_MAX);
        }
        let (method, place) = call.words();
        notes.shown.push(Glimpse { trace: Trace::of(call.row(), None), method, place });
    }

    /// Forgets notes when the latest is older than `memory`.
    pub(crate) fn expire(&mut self, now: PacketTime, memory: Duration) {
        self.notes.take_if(|notes| now.since(notes.last_at) > memory);
    }

    /// How many calls were noted, and when the first was; `now` when there is none.
    pub(crate) fn noted(&self, now: PacketTime) -> (u64, PacketTime) {
        self.notes.as_ref().map_or((0, now), |notes| (notes.count, notes.first_at))
    }

    /// Shows the notes as evidence of a finding that is opened, and forgets them.
    pub(crate) fn show(&mut self, open: &mut OpenFinding) {
        for Glimpse { trace, method, place } in self.notes.take().map(|notes| notes.shown).unwrap_or_default() {
            open.show(trace.evidence(&method, &place, "before the finding was opened"));
        }
    }

    /// Takes the notes of the same subject under another name, when it has none itself.
    pub(crate) fn adopt(&mut self, other: &Self) {
        self.open |= other.open;
        if self.notes.is_none() {
            self.notes.clone_from(&other.notes);
        }
    }
}
