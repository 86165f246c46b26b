//! The flat table of lexical names: one look-up by the hash that came with the observation.
//!
//! A cache and nothing more: it holds only names that were answered with success, forgets everything when it is full,
//! and an entry made before its service's tree changed is looked up in the tree again. So what it holds never shows in
//! a result.

use hashbrown::HashTable;
use model::limits::{LEXICAL_NAME_BYTES_MAX, LEXICAL_NAMES_MAX};
use model::{Observed, Operation, OperationKind};

/// Lexical names and the operations they were found to be.
#[derive(Debug, Default)]
pub(crate) struct Names {
    table: HashTable<Entry>,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    /// Service, method, template and the name of the operation, one after the other.
    texts: Box<[u8]>,
    service_len: u16,
    method_len: u16,
    operation: Option<(OperationKind, u16)>,
    known: Known,
}

/// What a name was found to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// Index of the service.
    pub(crate) service: u32,
    /// Index of the operation in it.
    pub(crate) op: u32,
    /// The service's generation then.
    pub(crate) generation: u32,
}

impl Names {
    /// What the observation's name is known as.
    #[inline]
    pub(crate) fn find(&self, seen: &Observed<'_>, operation: Option<&Operation>) -> Option<Known> {
        self.table.find(hash(seen, operation), |entry| entry.is(seen, operation)).map(|entry| entry.known)
    }

    /// Remembers a name, or what it is now. Not for OPTIONS, where each call is a pre-flight or an operation's.
    pub(crate) fn insert(&mut self, seen: &Observed<'_>, operation: Option<&Operation>, known: Known) {
        if seen.method() == b"OPTIONS" {
            return;
        }
        let hash = hash(seen, operation);
        if let Some(entry) = self.table.find_mut(hash, |entry| entry.is(seen, operation)) {
            entry.known = known;
            return;
        }
        let name = operation.map_or(&b""[..], |operation| seen.text(operation.name));
        let texts = [seen.service(), seen.method(), seen.template(), name].concat().into_boxed_slice();
        if texts.len() > LEXICAL_NAME_BYTES_MAX {
            return;
        }
        if self.table.len() >= LEXICAL_NAMES_MAX {
            self.table.clear();
        }
        let (service_len, method_len) = (seen.service().len() as u16, seen.method().len() as u16);
        let operation = operation.map(|operation| (operation.kind, name.len() as u16));
        let entry = Entry { hash, texts, service_len, method_len, operation, known };
        self.table.insert_unique(hash, entry, |entry| entry.hash);
    }
}

#[inline]
fn hash(seen: &Observed<'_>, operation: Option<&Operation>) -> u64 {
    operation.map_or(seen.row.name_hash, |operation| operation.hash)
}

impl Entry {
    #[inline]
    fn is(&self, seen: &Observed<'_>, operation: Option<&Operation>) -> bool {
        let Some((service, rest)) = self.texts.split_at_checked(usize::from(self.service_len)) else { return false };
        let Some((method, template)) = rest.split_at_checked(usize::from(self.method_len)) else { return false };
        let template = match (self.operation, operation) {
            (None, None) => template,
            (Some((kind, len)), Some(operation)) if kind == operation.kind => {
                let Some(at) = template.len().checked_sub(usize::from(len)) else { return false };
                let Some((template, name)) = template.split_at_checked(at) else { return false };
                if name != seen.text(operation.name) {
                    return false;
                }
                template
            }
            _ => return false,
        };
        self.hash == hash(seen, operation)
            && template == seen.template()
            && method == seen.method()
            && service == seen.service()
    }
}
