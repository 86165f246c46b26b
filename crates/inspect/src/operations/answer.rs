//! How operations ended, as the answer's content says: protocols that send everything to one path answer 200 to failures.
//!
//! GraphQL failed when there are errors and no data (specification §7.1), or nothing but nulls in it; JSON-RPC when `error` is there and is not null;
//! a tool of MCP also when its result says `isError`; SOAP when the body holds a fault. Answers to a batch stand in the
//! order of its elements; when there are fewer (notifications have none), the batch failed when all of them did. Why is read by
//! [`failure`].

use memchr::memmem;
use model::OperationKind;

use super::{Reader, failure, soap};
use crate::json::{Says, outer_says};
use crate::row::Row;

/// What an answer's content was found to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ended {
    /// Answers, and those that told of success.
    answers: u32,
    good: u32,
    /// Whether any had the form of such an answer.
    known: bool,
}

impl Reader {
    /// Whether the content has to be read to know how the operations ended, when `says` was seen at its beginning.
    pub(crate) fn asks(&self, row: &Row<'_>, says: Says) -> bool {
        let Some(first) = self.found.first() else { return false };
        let sure = self.elements.len() <= 1 && first.kind != OperationKind::McpTool && says == Says::DATA;
        (200..300).contains(&row.seen.status) && !sure
    }

    /// Notes how the operations ended; with content that was asked for. Then puts the arguments in their places.
    pub(crate) fn settle(&mut self, row: &mut Row<'_>, content: Option<(&[u8], bool)>) {
        if self.found.is_empty() {
            return;
        }
        if let Some((bytes, json)) = content {
            let ended = self.read(bytes);
            if json && self.weak && ended.answers > 0 && !ended.known {
                self.take_back(row);
                return;
            }
            if ended.answers > 0 && ended.answers != self.count && self.count > 1 {
                let failed = ended.good == 0;
                self.found.iter_mut().for_each(|found| found.failed = failed);
            }
        }
        self.arguments(row);
        self.sort(row);
        if row.seen.failed {
            row.seen.failure = content.map_or(0, |(bytes, _)| failure::status(bytes));
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Ended {
        let mut ended = Ended::default();
        let first = bytes.trim_ascii_start();
        if self.found.first().is_some_and(|found| found.kind == OperationKind::Soap) {
            let fault = soap::first_in_body(bytes) == Some(b"Fault");
            self.found.iter_mut().for_each(|found| found.failed = fault);
            return ended;
        }
        if matches!(first.first(), Some(b'{' | b'[')) {
            outer_says(first, |says| self.answered(&mut ended, says));
        } else {
            // Server-sent events: messages before the answer are of the server's own.
            let mut last = Says::default();
            for line in bytes.split(|b| matches!(b, b'\n' | b'\r')) {
                let Some(data) = line.strip_prefix(b"data:") else { continue };
                outer_says(data, |says| last = if says == Says::default() { last } else { says });
            }
            if last != Says::default() {
                self.answered(&mut ended, last);
            }
        }
        let tool = self.found.first().is_some_and(|found| found.kind == OperationKind::McpTool);
        if tool
            && self.count <= 1
            && [&b"\"isError\":true"[..], b"\"isError\": true"].iter().any(|x| memmem::find(bytes, x).is_some())
        {
            self.found.iter_mut().for_each(|found| found.failed = true);
        }
        ended
    }

    /// The answer to the next element.
    fn answered(&mut self, ended: &mut Ended, says: Says) {
        let at = ended.answers as usize;
        ended.answers += 1;
        ended.known |= says.known();
        let graphql = self.found.first().is_some_and(|found| found.kind.is_graphql());
        let failed = if graphql { says.has(Says::ERROR) && !says.has(Says::DATA) } else { says.has(Says::ERROR) };
        ended.good += u32::from(!failed);
        let Some((from, len)) = self.elements.get(at).copied() else { return };
        for place in usize::from(from)..usize::from(from) + usize::from(len) {
            let earlier = self.elements.iter().take(at).any(|(from, len)| (*from..from + len).contains(&(place as u8)));
            if let Some(found) = self.found.get_mut(place) {
                found.failed = failed && (!earlier || found.failed);
            }
        }
    }

    /// They were no operations after all.
    fn take_back(&mut self, row: &mut Row<'_>) {
        row.batch.operations.truncate(row.seen.operations.at as usize);
        row.seen.operations = model::observation::Rows::default();
        row.seen.name_hash = crate::name_hash(row);
        self.found.clear();
    }

    /// Those that failed stand last, and the row is called by its first.
    fn sort(&self, row: &mut Row<'_>) {
        let at = row.seen.operations.at as usize;
        let Some(own) = row.batch.operations.get_mut(at..) else { return };
        for (operation, found) in own.iter_mut().zip(&self.found) {
            operation.failed = found.failed;
        }
        own.sort_by_key(|operation| operation.failed);
        row.seen.failed = own.iter().all(|operation| operation.failed);
        if let Some(first) = own.first() {
            row.seen.name_hash = first.hash;
        }
    }
}
