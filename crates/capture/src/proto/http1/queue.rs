//! The exchanges of one flow that wait, in order: rarely more than one.
//!
//! In: exchanges, at the back. Out: exchanges, from the front. Kept: the first of them in place, which without
//! pipelining is the only one, so that it costs no allocation and lies beside what is read with it.

use std::collections::VecDeque;

use crate::proto::exchange::Exchange;

/// A queue whose front lies in it. While `first` is empty, so is `more`.
#[derive(Debug, Default)]
pub(super) struct Queue {
    first: Option<Exchange>,
    more: VecDeque<Exchange>,
}

impl Queue {
    pub(super) const fn front(&self) -> Option<&Exchange> {
        self.first.as_ref()
    }

    pub(super) const fn front_mut(&mut self) -> Option<&mut Exchange> {
        self.first.as_mut()
    }

    pub(super) fn back(&self) -> Option<&Exchange> {
        self.more.back().or(self.first.as_ref())
    }

    pub(super) fn back_mut(&mut self) -> Option<&mut Exchange> {
        self.more.back_mut().or(self.first.as_mut())
    }

    pub(super) fn push_back(&mut self, exchange: Exchange) {
        if self.first.is_none() {
            self.first = Some(exchange);
        } else {
            self.more.push_back(exchange);
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<Exchange> {
        let popped = self.first.take();
        if !self.more.is_empty() {
            self.first = self.more.pop_front();
        }
        popped
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Exchange> {
        self.first.iter().chain(&self.more)
    }

    /// Forgets what stands for requests that a gap may have swallowed.
    pub(super) fn drop_unknown(&mut self) {
        if self.iter().any(Exchange::is_unknown) {
            self.more.retain(|exchange| !exchange.is_unknown());
            if self.first.as_ref().is_some_and(Exchange::is_unknown) {
                self.first = self.more.pop_front();
            }
        }
    }
}

impl IntoIterator for Queue {
    type Item = Exchange;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Exchange>, std::collections::vec_deque::IntoIter<Exchange>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_does_what_a_plain_queue_does(steps in prop::collection::vec(0..8u16, 0..60)) {
            let (mut queue, mut plain) = (Queue::default(), VecDeque::new());
            for (number, step) in steps.into_iter().enumerate() {
                let number = number as u16;
                match step {
                    0..4 => {
                        // Those with an even number stand for no known request.
                        let request = (step % 2 == 1).then(Box::default);
                        queue.push_back(Exchange { request, interim: vec![number], ..Exchange::default() });
                        plain.push_back((step % 2 == 1, number));
                    }
                    4..7 => {
                        let popped = queue.pop_front().map(|exchange| exchange.interim[0]);
                        prop_assert_eq!(popped, plain.pop_front().map(|(_, number)| number));
                    }
                    _ => {
                        queue.drop_unknown();
                        plain.retain(|(known, _)| *known);
                    }
                }
                let name = |exchange: &Exchange| exchange.interim[0];
                prop_assert_eq!(queue.front().map(name), plain.front().map(|(_, number)| *number));
                prop_assert_eq!(queue.back().map(name), plain.back().map(|(_, number)| *number));
                prop_assert_eq!((queue.len(), queue.is_empty()), (plain.len(), plain.is_empty()));
                let all: Vec<u16> = queue.iter().map(name).collect();
                prop_assert_eq!(all, plain.iter().map(|(_, number)| *number).collect::<Vec<_>>());
            }
            let all: Vec<u16> = queue.into_iter().map(|exchange| exchange.interim[0]).collect();
            prop_assert_eq!(all, plain.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
        }
    }
}
