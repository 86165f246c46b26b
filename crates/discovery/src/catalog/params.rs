//! Parameters of one endpoint: who carried them, in which shapes.

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use std::hash::Hasher;

use hashbrown::HashTable;
use model::endpoint::ParamRecord;
use model::limits::PARAMS_PER_ENDPOINT_MAX;
use model::{ClassTable, DataKind, DataTally, Mark, ParamPlace, ValueClass};
use serde::{Deserialize, Serialize};

/// Callers that make a parameter one of the API, however seldom it is sent.
const CALLERS_MIN: usize = 3;
/// Parameters read ahead.
const GLANCED: usize = 4;
/// One call in so many makes it one too.
const STRAY_ONE_IN: u64 = 100;

/// One parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Param {
    pub(crate) name: Box<str>,
    pub(crate) place: ParamPlace,
    pub(crate) count: u64,
    /// Successful calls that carried it.
    pub(crate) successes: u64,
    pub(crate) classes: Vec<(ValueClass, u64)>,
    pub(crate) range: Option<(u64, u64)>,
    /// Number of the last call counted: a name sent twice in one call counts once.
    pub(crate) last_call: u64,
    /// Prefixes of the ids of the first callers that sent it.
    pub(crate) callers: Vec<u64>,
    #[serde(default)]
    pub(crate) data: DataTally,
}

/// The call a value was sent in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Its number within the endpoint, from 1.
    pub(crate) number: u64,
    pub(crate) succeeded: bool,
    /// Prefix of its caller's id.
    pub(crate) caller: u64,
}

/// From nine digits on a number may be a phone, national or card number, which is never written.
const TELLING_NUMBER_MIN: u64 = 100_000_000;

impl Param {
    /// Counts a value.
    #[inline]
    pub(crate) fn note(&mut self, class: ValueClass, number: Option<u64>, call: Call) {
        if self.last_call != call.number {
            self.last_call = call.number;
            self.count += 1;
            self.successes += u64::from(call.succeeded);
            self.add_class(class, 1);
            self.add_caller(call.caller);
        }
        if let Some(n) = number {
            self.range = Some(self.range.map_or((n, n), |(low, high)| (low.min(n), high.max(n))));
        }
    }

    /// Counts what a value is about, at most once in a call for most calls; `hash` tells values apart.
    #[inline]
    pub(crate) fn note_data(&mut self, class: ValueClass, mark: Option<Mark>, hash: u64) {
        if !matches!(class, ValueClass::Null | ValueClass::Object | ValueClass::Array) {
            self.data.note(mark, (hash >> 32) as u32, false);
        }
    }

    pub(crate) fn add_class(&mut self, class: ValueClass, count: u64) {
        match self.classes.iter_mut().find(|(known, _)| *known == class) {
            Some((_, sum)) => *sum += count,
            None => self.classes.push((class, count)),
        }
    }

    #[inline]
    fn add_caller(&mut self, caller: u64) {
        if self.callers.len() < CALLERS_MIN && !self.callers.contains(&caller) {
            self.callers.push(caller);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.callers.iter().for_each(|caller| self.add_caller(*caller));
        self.count += other.count;
        self.data.merge(&other.data);
        self.successes += other.successes;
        for (class, count) in &other.classes {
            self.add_class(*class, *count);
        }
        self.range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
    }

    /// What the inventory shows of it; `calls` and `successes` are those of the endpoint.
    pub(crate) fn record(&self, calls: u64, successes: u64, classes: &ClassTable) -> ParamRecord {
        let seldom = self.count.saturating_mul(STRAY_ONE_IN) < calls;
        ParamRecord {
            name: self.name.to_string(),
            place: self.place,
            count: self.count,
            required: successes > 0 && self.successes == successes,
            classes: self.classes.iter().copied().collect(),
            range: self.range.filter(|(low, high)| low < high && *high < TELLING_NUMBER_MIN),
            stray: seldom && self.callers.len() < CALLERS_MIN && self.place != ParamPlace::Path,
            data: self.data.shows().and_then(|(class, ..)| classes.name(class)),
        }
    }
}

/// All of them, in order of first sight.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    list: Vec<Param>,
    index: HashTable<u32>,
}

impl Params {
    /// The table of a list.
    pub(crate) fn new(list: Vec<Param>) -> Self {
        let mut params = Self::default();
        for param in list {
            params.push(param);
        }
        params
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Reads the first few.
    #[inline]
    pub(crate) fn glance(&self) -> u64 {
        self.list.iter().take(GLANCED).fold(0, |sum, param| sum ^ param.last_call ^ param.classes.len() as u64)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Param> {
        self.list.iter()
    }

    /// Gives classes of the configuration the numbers they have now.
    pub(crate) fn renumber(&mut self, number: &dyn Fn(DataKind) -> Option<DataKind>) {
        self.list.iter_mut().for_each(|param| param.data.renumber(number));
    }

    /// The parameter of that name, made when there is room. `guess` is where callers that send the same parameters in
    /// the same order have it.
    #[inline]
    pub(crate) fn get(&mut self, place: ParamPlace, name: &[u8], guess: usize) -> Option<&mut Param> {
        let guessed = self.list.get(guess).is_some_and(|p| p.place == place && p.name.as_bytes() == name);
        let at = if guessed { guess } else { self.find(place, name)? };
        self.list.get_mut(at)
    }

    fn find(&mut self, place: ParamPlace, name: &[u8]) -> Option<usize> {
        let list = &self.list;
        let is = |at: &u32| list.get(*at as usize).is_some_and(|p| p.place == place && p.name.as_bytes() == name);
        if let Some(at) = self.index.find(hash(place, name), is) {
            return Some(*at as usize);
        }
        let text = String::from_utf8_lossy(name);
        let lossy = text.as_bytes() != name;
        if let Some(known) = lossy.then(|| self.list.iter().position(|p| p.place == place && *p.name == text)).flatten()
        {
            return Some(known);
        }
        self.push(Param { name: text.into(), place, ..Param::default() })
    }

    fn push(&mut self, param: Param) -> Option<usize> {
        if self.list.len() >= PARAMS_PER_ENDPOINT_MAX {
            return None;
        }
        let at = self.list.len();
        let Self { list, index } = self;
        let hash_of = hash(param.place, param.name.as_bytes());
        list.push(param);
        index.insert_unique(hash_of, at as u32, |at| {
            list.get(*at as usize).map_or(0, |p| hash(p.place, p.name.as_bytes()))
        });
        Some(at)
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for theirs in &other.list {
            if let Some(mine) = self.get(theirs.place, theirs.name.as_bytes(), usize::MAX) {
                mine.merge(theirs);
            }
        }
    }
}

/// Never seen outside: the table is looked up and not iterated, and holds 256 entries at most.
fn hash(place: ParamPlace, name: &[u8]) -> u64 {
    let mut hasher = FoldHasher::with_seed(0, SharedSeed::global_fixed());
    hasher.write_u8(place as u8);
    hasher.write(name);
    hasher.finish()
}
