//! The batch that holds the rows of one shard and epoch, their texts and lists; and the view of one row with both in reach.

use super::{AnswerField, Note, Observation, Param, ParamPlace, PathSegment, Rows, Text, ValueClass};
use crate::contact::Contact;
use crate::operation::Operation;
use crate::rpc::Rpc;
use crate::signal::Signal;
use crate::stream::Streamed;

/// The observations of one shard in one epoch.
#[derive(Clone, Debug, Default)]
pub struct ObservationBatch {
    /// In stamp order.
    pub rows: Vec<Observation>,
    /// Every text.
    pub text: Vec<u8>,
    /// Path segments of all rows.
    pub segments: Vec<PathSegment>,
    /// Parameters of all rows.
    pub params: Vec<Param>,
    /// Fields of the answers of all rows.
    pub answers: Vec<AnswerField>,
    /// Values in answers that may be ids, of all rows: a short keyed tag of each.
    pub disclosed: Vec<u32>,
    /// Notes of all rows.
    pub notes: Vec<Note>,
    /// Operations of all rows.
    pub operations: Vec<Operation>,
    /// Signals of all rows.
    pub signals: Vec<Signal>,
    /// What rows are of streams of messages.
    pub streams: Vec<Streamed>,
    /// Calls of gRPC.
    pub rpcs: Vec<Rpc>,
    /// Flows that were opened, in the order of their frames.
    pub contacts: Vec<Contact>,
}

impl ObservationBatch {
    /// The view of row `row`.
    pub fn get(&self, row: usize) -> Option<Observed<'_>> {
        Some(Observed { batch: self, row: self.rows.get(row)? })
    }

    /// Views of all rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Observed<'_>> {
        self.rows.iter().map(|row| Observed { batch: self, row })
    }

    /// Bytes it takes, for the epoch's budget.
    pub fn bytes(&self) -> usize {
        self.rows.len() * size_of::<Observation>()
            + self.text.len()
            + self.segments.len() * size_of::<PathSegment>()
            + self.params.len() * size_of::<Param>()
            + self.answers.len() * size_of::<AnswerField>()
            + self.disclosed.len() * size_of::<u32>()
            + self.notes.len() * size_of::<Note>()
            + self.operations.len() * size_of::<Operation>()
            + self.signals.len() * size_of::<Signal>()
            + self.streams.len() * size_of::<Streamed>()
            + self.rpcs.len() * size_of::<Rpc>()
            + self.contacts.len() * size_of::<Contact>()
    }

    /// Empties it and keeps its buffers.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.text.clear();
        self.segments.clear();
        self.params.clear();
        self.answers.clear();
        self.disclosed.clear();
        self.notes.clear();
        self.operations.clear();
        self.signals.clear();
        self.streams.clear();
        self.rpcs.clear();
        self.contacts.clear();
    }

    /// Adds text to the arena.
    pub fn push_text(&mut self, bytes: &[u8]) -> Text {
        let text = Text { at: self.text.len() as u32, len: bytes.len() as u32 };
        self.text.extend_from_slice(bytes);
        text
    }

    /// The text of a range of this batch; empty when out of range. Wire text: not always UTF-8.
    pub fn text(&self, text: Text) -> &[u8] {
        let at = text.at as usize;
        self.text.get(at..at.saturating_add(text.len as usize)).unwrap_or_default()
    }
}

/// One observation with its texts and lists in reach.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Where its texts and lists lie.
    pub batch: &'a ObservationBatch,
    /// The row.
    pub row: &'a Observation,
}

impl<'a> Observed<'a> {
    /// Method as sent; empty when the request was not seen.
    pub fn method(&self) -> &'a [u8] {
        self.batch.text(self.row.method)
    }

    /// Service.
    pub fn service(&self) -> &'a [u8] {
        self.batch.text(self.row.service)
    }

    /// Lexical template.
    pub fn template(&self) -> &'a [u8] {
        self.batch.text(self.row.template)
    }

    /// Path segments, in order.
    pub fn segments(&self) -> &'a [PathSegment] {
        slice(&self.batch.segments, self.row.segments)
    }

    /// Parameters, in the order sent.
    pub fn params(&self) -> &'a [Param] {
        slice(&self.batch.params, self.row.params)
    }

    /// Whether a field of the API's own or a cookie carries a drawn value, which may be a credential of no known kind: a session
    /// cookie under any name, a key in any field.
    pub fn carries_drawn(&self) -> bool {
        use ValueClass as C;
        self.params().iter().any(|param| {
            matches!(param.place, ParamPlace::Header | ParamPlace::Cookie)
                && matches!(param.class, C::Jwt | C::Token | C::Hex | C::Uuid)
        })
    }

    /// Fields of the answer; none when it was not read.
    pub fn answers(&self) -> &'a [AnswerField] {
        slice(&self.batch.answers, self.row.answers)
    }

    /// Values that the answer discloses.
    pub fn disclosed(&self) -> &'a [u32] {
        slice(&self.batch.disclosed, self.row.disclosed)
    }

    /// Notes of the answer.
    pub fn notes(&self) -> &'a [Note] {
        slice(&self.batch.notes, self.row.notes)
    }

    /// What it is of a stream of messages; `None` for a transaction.
    pub fn streamed(&self) -> Option<&'a Streamed> {
        self.batch.streams.get(self.row.streamed?.get() as usize - 1)
    }

    /// Signals, in the order of reading.
    pub fn signals(&self) -> &'a [Signal] {
        slice(&self.batch.signals, self.row.signals)
    }

    /// Operations, in the order of the request; those that failed last.
    pub fn operations(&self) -> &'a [Operation] {
        slice(&self.batch.operations, self.row.operations)
    }

    /// What is told of a call of gRPC.
    pub fn rpc(&self) -> Option<&'a Rpc> {
        self.batch.rpcs.get((self.row.rpc as usize).checked_sub(1)?)
    }

    /// Whether the parameter with index `param` is an argument of the operation with index `operation`.
    pub fn is_argument(&self, operation: usize, param: usize) -> bool {
        let at = self.row.params.at as usize + param;
        self.operations().get(operation).is_some_and(|operation| {
            let Rows { at: from, len } = operation.params;
            (from as usize..(from as usize).saturating_add(len as usize)).contains(&at)
        })
    }

    /// The text of a range of its batch.
    pub fn text(&self, text: Text) -> &'a [u8] {
        self.batch.text(text)
    }
}

fn slice<T>(list: &[T], rows: Rows) -> &[T] {
    let at = rows.at as usize;
    list.get(at..at.saturating_add(rows.len as usize)).unwrap_or_default()
}
