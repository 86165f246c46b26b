//! The identity book: what an operator calls callers that are known.
//!
//! Holds pseudonyms and labels, and nothing of the credentials that the pseudonyms were made from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Id;

/// Labels by pseudonym; bounded by who reads it ([`crate::limits::IDENTITY_BOOK_LINES_MAX`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    labels: Vec<String>,
    /// Place of the label.
    ids: BTreeMap<Id, u32>,
}

impl Book {
    /// Gives each of `ids` the label. Error: one of them has another one, which is returned, and nothing is changed.
    pub fn add(&mut self, ids: &[Id], label: &str) -> Result<(), String> {
        let other = |id| self.label(id).filter(|known| *known != label);
        if let Some(known) = ids.iter().find_map(other) {
            return Err(known.to_owned());
        }
        let place = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        self.labels.push(label.to_owned());
        self.ids.extend(ids.iter().map(|id| (*id, place)));
        Ok(())
    }

    /// Takes the labels of `other` for identities that have none here.
    pub fn merge(&mut self, other: &Self) {
        let mut places: BTreeMap<u32, u32> = BTreeMap::new();
        for (id, theirs) in &other.ids {
            let Some(label) = other.labels.get(*theirs as usize).filter(|_| !self.ids.contains_key(id)) else {
                continue;
            };
            let labels = &mut self.labels;
            let place = *places.entry(*theirs).or_insert_with(|| {
                labels.push(label.clone());
                u32::try_from(labels.len() - 1).unwrap_or(u32::MAX)
            });
            self.ids.insert(*id, place);
        }
    }

    /// The label of an identity.
    pub fn label(&self, id: &Id) -> Option<&str> {
        let place = *self.ids.get(id)?;
        self.labels.get(place as usize).map(String::as_str)
    }

    /// Whether it names nobody.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_may_have_several_credentials_and_one_label() {
        let [a, b, c] = [b"a", b"b", b"c"].map(|name| Id::of("t", &[name]));
        let mut book = Book::default();
        assert!(book.is_empty());
        assert_eq!(book.add(&[a, b], "partner"), Ok(()));
        assert_eq!(book.add(&[b], "partner"), Ok(()), "said twice");
        assert_eq!(book.add(&[c, a], "other"), Err("partner".to_owned()));
        assert_eq!([a, b, c].map(|id| book.label(&id)), [Some("partner"), Some("partner"), None]);
    }

    #[test]
    fn labels_of_two_books_are_put_together_and_the_first_one_is_right() {
        let [a, b, c] = [b"a", b"b", b"c"].map(|name| Id::of("t", &[name]));
        let (mut one, mut other) = (Book::default(), Book::default());
        one.add(&[a], "ours").unwrap();
        other.add(&[a], "theirs").unwrap();
        other.add(&[b, c], "both").unwrap();
        one.merge(&other);
        assert_eq!([a, b, c].map(|id| one.label(&id)), [Some("ours"), Some("both"), Some("both")]);
        assert_eq!(one.labels.len(), 2);
    }

    #[test]
    fn it_is_kept_and_a_damaged_one_names_nobody() {
        let id = Id::of("t", &[b"a"]);
        let mut book = Book::default();
        book.add(&[id], "partner").unwrap();
        let bytes = rmp_serde::to_vec(&book).unwrap();
        assert_eq!(rmp_serde::from_slice::<Book>(&bytes).unwrap(), book);
        let damaged = Book { labels: Vec::new(), ..book };
        assert_eq!(damaged.label(&id), None);
    }
}
