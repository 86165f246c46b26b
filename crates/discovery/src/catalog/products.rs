//! Signs of packaged products, by service.
//!
//! Kept: the sum of the signs of each service's endpoints. It is made of them again when they are loaded.

use std::collections::BTreeMap;

use model::limits::NOTES_READ_MAX;
use model::{Observed, Zone};

use super::endpoint::Entry;
use crate::about::product::{self, Product, Signs};

/// Sums by place of the service among those the detectors watch.
#[derive(Debug, Default)]
pub(crate) struct Products {
    services: Vec<Service>,
    none: Signs,
    /// What notes were read as: a table of signs is gone through once for each text. It changes no result.
    read: BTreeMap<Box<[u8]>, Signs>,
}

#[derive(Debug, Default)]
struct Service {
    signs: Signs,
    /// Whether there are new ones, which the records of all endpoints with signs tell.
    news: bool,
}

impl Products {
    /// Adds the signs of an endpoint.
    pub(crate) fn learn(&mut self, service: usize, signs: &Signs) {
        if signs.is_empty() {
            return;
        }
        if self.services.len() <= service {
            self.services.resize_with(service + 1, Service::default);
        }
        if let Some(known) = self.services.get_mut(service) {
            known.news |= known.signs.merge(signs);
        }
    }

    /// Reads the notes of an answer.
    #[cold]
    pub(crate) fn note(&mut self, entry: &mut Entry, seen: &Observed<'_>) {
        for note in seen.notes() {
            let (name, value) = (seen.text(note.name), seen.text(note.value));
            let key = [name, b":", value].concat();
            if !self.read.contains_key(key.as_slice()) {
                if self.read.len() >= NOTES_READ_MAX {
                    self.read.clear();
                }
                self.read.insert(key.as_slice().into(), Signs::of_note(name, value));
            }
            let Some(signs) = self.read.get(key.as_slice()).filter(|signs| !signs.is_empty()) else { continue };
            if entry.signs.merge(signs) {
                let signs = signs.clone();
                self.learn(entry.service, &signs);
            }
        }
    }

    /// The product that a call from outside reached.
    #[inline]
    pub(crate) fn reached(&self, entry: &Entry, seen: &Observed<'_>) -> Option<&'static Product> {
        let from_outside = seen.row.caller.zone == Zone::External && seen.row.succeeded();
        if !from_outside || entry.signs.is_empty() { None } else { product::of(&entry.signs, self.of(entry.service)) }
    }

    /// Signs of a service.
    pub(crate) fn of(&self, service: usize) -> &Signs {
        self.services.get(service).map_or(&self.none, |service| &service.signs)
    }

    /// What was loaded is no news.
    pub(crate) fn settle(&mut self) {
        self.services.iter_mut().for_each(|service| service.news = false);
    }

    /// Marks the records of services with new signs as changed.
    pub(crate) fn mark(&mut self, entries: &mut [Option<Entry>]) {
        if !self.services.iter().any(|service| service.news) {
            return;
        }
        for entry in entries.iter_mut().flatten() {
            let news = self.services.get(entry.service).is_some_and(|service| service.news);
            entry.record_dirty |= news && !entry.signs.is_empty();
        }
        self.settle();
    }
}
