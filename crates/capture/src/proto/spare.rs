//! Emptied messages and buffers, kept for the next ones so that steady traffic allocates nothing.
//!
//! In: what a transaction or a direction has done with. Out: the same, empty. Kept: at most
//! [`limits::SPARE_BUFFERS_MAX`] of each, none larger than [`limits::SPARE_MESSAGE_BYTES_MAX`] and
//! [`limits::SPARE_BUFFER_BYTES_MAX`]. Each partition has its own, so that the capacity charged to a budget does not depend on how many threads run.

use model::limits;

use super::message::{Head, Message};
use super::named::Named;

/// What one partition can use again.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    #[allow(clippy::vec_box, reason = "the boxes are what is kept: exchanges hold messages behind a pointer")]
    messages: Vec<Box<Message>>,
    buffers: Vec<Vec<u8>>,
    /// Empty where it lies; a head that is read where it lies is in it for as long as that takes.
    pub(crate) head: Head,
    /// What the flow at hand is called.
    pub(crate) named: Named,
}

impl Spare {
    /// An empty message.
    pub(crate) fn message(&mut self) -> Box<Message> {
        self.messages.pop().unwrap_or_default()
    }

    /// Takes a message that is done with.
    pub(crate) fn keep_message(&mut self, mut message: Box<Message>) {
        if self.messages.len() < limits::SPARE_BUFFERS_MAX && message.buffered() <= limits::SPARE_MESSAGE_BYTES_MAX {
            message.reset();
            self.messages.push(message);
        }
    }

    /// Swaps `buffer`, when it has no room at all, for an empty one that may have some.
    pub(crate) fn furnish(&mut self, buffer: &mut Vec<u8>) {
        if buffer.capacity() == 0
            && let Some(spare) = self.buffers.pop()
        {
            *buffer = spare;
        }
    }

    /// Takes the memory of `buffer`, which is empty afterwards.
    pub(crate) fn strip(&mut self, buffer: &mut Vec<u8>) {
        let mut taken = std::mem::take(buffer);
        let capacity = taken.capacity();
        if capacity > 0 && capacity <= limits::SPARE_BUFFER_BYTES_MAX && self.buffers.len() < limits::SPARE_BUFFERS_MAX
        {
            taken.clear();
            self.buffers.push(taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_empty_and_large_ones_are_freed() {
        let mut spare = Spare::default();
        let mut buffer = b"secret".to_vec();
        spare.strip(&mut buffer);
        assert_eq!(buffer.capacity(), 0);
        spare.furnish(&mut buffer);
        assert!(buffer.is_empty() && buffer.capacity() >= 6);
        let mut large = Vec::with_capacity(limits::SPARE_BUFFER_BYTES_MAX + 1);
        spare.strip(&mut large);
        assert!(spare.buffers.is_empty());
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        let mut spare = Spare::default();
        for _ in 0..=limits::SPARE_BUFFERS_MAX {
            spare.strip(&mut vec![0]);
            spare.keep_message(Box::default());
        }
        assert_eq!(spare.buffers.len(), limits::SPARE_BUFFERS_MAX);
        assert_eq!(spare.messages.len(), limits::SPARE_BUFFERS_MAX);
    }
}
