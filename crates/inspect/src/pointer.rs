//! The pointer of a value while a document is walked: `/order/items/*/id`, at most [`NAME_BYTES_MAX`] bytes.

use std::io::Write as _;

use model::ValueClass;
use model::limits::NAME_BYTES_MAX;

use crate::json::push_key;
use crate::row::push_placeholder;

/// Built part by part, and cut back to where a structure began.
#[derive(Debug, Default)]
pub(crate) struct Pointer {
    bytes: Vec<u8>,
}

impl Pointer {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(crate) fn len(&self) -> u32 {
        self.bytes.len() as u32
    }

    pub(crate) fn truncate(&mut self, len: u32) {
        self.bytes.truncate(len as usize);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is room. What does not fit is left out, so that long names do not cost once more for each value below
    /// them.
    fn has_room(&self) -> bool {
        self.bytes.len() < NAME_BYTES_MAX
    }

    /// A name; one that is a value itself gives its class only.
    pub(crate) fn key(&mut self, name: &[u8]) {
        if self.has_room() {
            push_key(&mut self.bytes, name);
        }
    }

    /// A name, behind a mark that tells it from others.
    pub(crate) fn marked(&mut self, mark: u8, name: &[u8]) {
        let at = self.bytes.len() + 1;
        self.key(name);
        if self.bytes.len() >= at && self.bytes.len() < NAME_BYTES_MAX {
            self.bytes.insert(at, mark);
        }
    }

    /// A number that is a name.
    pub(crate) fn number(&mut self, number: u64) {
        if self.bytes.len() + 21 <= NAME_BYTES_MAX {
            // A vector takes whatever is written.
            let _infallible = write!(self.bytes, "/{number}");
        }
    }

    /// Stands for any element.
    pub(crate) fn star(&mut self) {
        push_star(&mut self.bytes);
    }

    /// A key that is a value of that class.
    pub(crate) fn class(&mut self, class: ValueClass) {
        let at = self.bytes.len();
        self.bytes.push(b'/');
        push_placeholder(&mut self.bytes, class);
        if self.bytes.len() > NAME_BYTES_MAX {
            self.bytes.truncate(at);
        }
    }
}

/// Appends what stands for any element, if there is room for the whole of it.
pub(crate) fn push_star(pointer: &mut Vec<u8>) {
    if pointer.len() + 2 <= NAME_BYTES_MAX {
        pointer.extend_from_slice(b"/*");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_last_the_bound_holds() {
        let last: [fn(&mut Pointer); 5] = [
            Pointer::star,
            |pointer| pointer.class(ValueClass::Int),
            |pointer| pointer.number(999),
            |pointer| pointer.key(b"key"),
            |pointer| pointer.marked(b'@', b"key"),
        ];
        for push in last {
            for len in NAME_BYTES_MAX - 24..=NAME_BYTES_MAX {
                let mut pointer = Pointer { bytes: vec![b'x'; len] };
                push(&mut pointer);
                assert!(pointer.bytes.len() <= NAME_BYTES_MAX, "{len}: {}", String::from_utf8_lossy(&pointer.bytes));
            }
        }
    }
}
