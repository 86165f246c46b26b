//! The arguments of operations, put in the place of the parameters that carried them.

use model::ParamPlace;
use model::limits::PARAMS_MAX;
use model::observation::{Param, Rows, Text};
use model::{ObservationBatch, OperationKind};

use super::Reader;
use crate::body::leaf_class;
use crate::class::classify;
use crate::json::{Walker, outer_structure};
use crate::row::Row;

/// Members that carry an operation, and name nothing of it.
const CARRIERS: [&[u8]; 12] = [
    b"jsonrpc",
    b"method",
    b"id",
    b"params",
    b"query",
    b"operationName",
    b"variables",
    b"extensions",
    b"documentId",
    b"doc_id",
    b"docId",
    b"queryId",
];

/// Where the variables of a request by POST stand.
const VARIABLES: &[u8] = b"/variables/";

impl Reader {
    /// Reads the pair `variables` of a query or form into arguments.
    pub(crate) fn read_variables(&mut self, row: &mut Row<'_>, walker: &mut Walker) {
        if self.variables.is_empty() || self.found.is_empty() {
            return;
        }
        let from = row.param_count() as u32;
        walker.walk(&self.variables, |pointer, value| {
            let (class, text) = leaf_class(value);
            let tag = row.tag(pointer);
            let param = row.told(Param { place: ParamPlace::Argument, class, ..Param::default() }, pointer, tag, text);
            row.param_named(param, pointer)
        });
        let to = row.param_count() as u32;
        self.found.iter_mut().for_each(|found| found.params = (from, to));
    }

    /// Calls the variables of a request by the arguments they are given to, when its document calls them otherwise, and reads
    /// them under these names: what is a secret, an account or an id is told by name.
    pub(crate) fn rename_variables(&mut self, row: &mut Row<'_>, content: &[u8], walker: &mut Walker) {
        if self.batch || self.found.is_empty() || !self.document.renames() {
            return;
        }
        let Some(variables) = outer_structure(content, b"variables") else { return };
        let (mut old, mut new, before) = (Vec::new(), Vec::new(), row.batch.text.len() as u32);
        walker.walk(variables, |pointer, leaf| {
            let below = pointer.get(1..).unwrap_or_default();
            let end = below.iter().position(|byte| *byte == b'/').unwrap_or(below.len());
            let (variable, rest) = below.split_at_checked(end).unwrap_or_default();
            if let Some(argument) = self.document.argument(variable) {
                old.clear();
                old.extend_from_slice(VARIABLES);
                new.clone_from(&old);
                old.extend_from_slice(below);
                new.extend_from_slice(argument);
                new.extend_from_slice(rest);
                row.rename(before, &old, &new, leaf_class(leaf));
            }
            true
        });
    }

    /// Adds the arguments that stand in a GraphQL document itself. They belong to its operation when there is one only.
    pub(crate) fn read_literals(&mut self, row: &mut Row<'_>) {
        if row.seen.operations.len == 0 || self.document.literals().next().is_none() {
            return;
        }
        let (mut pointer, from) = (std::mem::take(&mut self.pointer), row.param_count());
        for (name, value) in self.document.literals() {
            pointer.clear();
            pointer.push(b'/');
            pointer.extend_from_slice(name);
            let tag = row.tag(&pointer);
            let param = Param { place: ParamPlace::Argument, class: classify(value), ..Param::default() };
            let param = row.told(param, &pointer, tag, value);
            if !row.param_named(param, &pointer) {
                break;
            }
        }
        self.pointer = pointer;
        let added = (row.param_count() - from) as u32;
        let end = (row.params_from() + from) as u32;
        if row.seen.operations.len == 1
            && let Some(operation) = row.batch.operations.get_mut(row.seen.operations.at as usize)
            && (operation.params.len == 0 || operation.params.at + operation.params.len == end)
        {
            let at = if operation.params.len == 0 { end } else { operation.params.at };
            operation.params = Rows { at, len: end + added - at };
        }
    }

    /// Makes arguments of what stands below `variables` or `params`, and drops what only carried it.
    pub(super) fn arguments(&self, row: &mut Row<'_>) {
        let (from, at) = (row.params_from(), row.seen.operations.at as usize);
        let ObservationBatch { params, text, operations, .. } = &mut *row.batch;
        let soap = self.found.first().is_some_and(|found| found.kind == OperationKind::Soap);
        let tool = self.found.iter().any(|found| found.kind == OperationKind::McpTool);
        let bare = |param: &Param| {
            let all = text.get(param.name.at as usize..(param.name.at + param.name.len) as usize).unwrap_or_default();
            if self.batch && param.place == ParamPlace::Body { all.get(2..).unwrap_or_default() } else { all }
        };
        // How many are kept of the first so many.
        let mut kept = [0_u16; PARAMS_MAX + 1];
        let mut write = from;
        for read in from..params.len() {
            let Some(param) = params.get(read).copied() else { break };
            let place = if soap { soap_place(&param, bare(&param)) } else { place(&param, bare(&param), tool) };
            if let (Some(stays), Some(slot)) = (place, params.get_mut(write)) {
                *slot = stays;
                write += 1;
            }
            if let Some(count) = kept.get_mut(read - from + 1) {
                *count = (write - from) as u16;
            }
        }
        params.truncate(write);
        for (operation, found) in operations.iter_mut().skip(at).zip(&self.found) {
            let kept = |at: u32| u32::from(kept.get(at as usize).copied().unwrap_or((write - from) as u16));
            let (first, last) = (kept(found.params.0), kept(found.params.1));
            operation.params.at = from as u32 + first;
            operation.params.len = last.saturating_sub(first);
        }
    }
}

/// What becomes of a value of a SOAP envelope: what stands in the first element of its body is an argument.
fn soap_place(param: &Param, name: &[u8]) -> Option<Param> {
    const BODY: &[u8] = b"/Envelope/Body/";
    if param.place == ParamPlace::Body && matches!(name, b"/Envelope/Header" | b"/Envelope/Body") {
        return None;
    }
    let Some(below) = name.strip_prefix(BODY).filter(|_| param.place == ParamPlace::Body) else { return Some(*param) };
    let element = below.iter().position(|byte| matches!(byte, b'/'))?;
    let len = (below.len() - element) as u32;
    let name = Text { at: param.name.at + param.name.len - len, len };
    Some(Param { place: ParamPlace::Argument, name, ..*param })
}

/// What becomes of a parameter whose name, without the mark of a batch, is `name`.
fn place(param: &Param, name: &[u8], tool: bool) -> Option<Param> {
    match param.place {
        ParamPlace::Body => {
            let below: &[&[u8]] = if tool { &[b"/params/arguments/"] } else { &[b"/variables/", b"/params/"] };
            if let Some(prefix) = below.iter().find(|prefix| name.starts_with(prefix)) {
                // The slash before the name is the last of the prefix.
                let len = (name.len() - prefix.len() + 1) as u32;
                let name = Text { at: param.name.at + param.name.len - len, len };
                return Some(Param { place: ParamPlace::Argument, name, ..*param });
            }
            let member = name.get(1..).unwrap_or_default();
            let member = member.split(|b| *b == b'/').next().unwrap_or_default();
            (!CARRIERS.contains(&member)).then_some(*param)
        }
        ParamPlace::Query | ParamPlace::Form => (!CARRIERS.contains(&name) || name == b"id").then_some(*param),
        ParamPlace::Header => (!name.eq_ignore_ascii_case(b"soapaction")).then_some(*param),
        _ => Some(*param),
    }
}
