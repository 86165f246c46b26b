//! The flat table of lexical names: one look-up by the hash that came with the observation.
//!
//! A cache and nothing more: it holds only names that were answered with success, forgets everything when it is full,
//! and an entry made before its service's tree changed is looked up in the tree again. So what it holds never shows in
//! a result.

use hashbrown::HashTable;
use model::Observed;
use model::limits::{LEXICAL_NAME_BYTES_MAX, LEXICAL_NAMES_MAX};

/// Lexical names and the operations they were found to be.
#[derive(Debug, Default)]
pub(crate) struct Names {
    table: HashTable<Entry>,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    /// Service, method and template, one after the other.
    texts: Box<[u8]>,
    service_len: u16,
    method_len: u16,
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
    pub(crate) fn find(&self, seen: &Observed<'_>) -> Option<Known> {
        self.table.find(seen.row.name_hash, |entry| entry.is(seen)).map(|entry| entry.known)
    }

    /// Remembers a name, or what it is now. Not for OPTIONS, where each call is a pre-flight or an operation's.
    pub(crate) fn insert(&mut self, seen: &Observed<'_>, known: Known) {
        if seen.method() == b"OPTIONS" {
            return;
        }
        let hash = seen.row.name_hash;
        if let Some(entry) = self.table.find_mut(hash, |entry| entry.is(seen)) {
            entry.known = known;
            return;
        }
        let texts = [seen.service(), seen.method(), seen.template()].concat().into_boxed_slice();
        if texts.len() > LEXICAL_NAME_BYTES_MAX {
            return;
        }
        if self.table.len() >= LEXICAL_NAMES_MAX {
            self.table.clear();
        }
        let (service_len, method_len) = (seen.service().len() as u16, seen.method().len() as u16);
        self.table.insert_unique(hash, Entry { hash, texts, service_len, method_len, known }, |entry| entry.hash);
    }
}

impl Entry {
    #[inline]
    fn is(&self, seen: &Observed<'_>) -> bool {
        let Some((service, rest)) = self.texts.split_at_checked(usize::from(self.service_len)) else { return false };
        let Some((method, template)) = rest.split_at_checked(usize::from(self.method_len)) else { return false };
        self.hash == seen.row.name_hash
            && template == seen.template()
            && method == seen.method()
            && service == seen.service()
    }
}
