//! Classes of data by number and by name, those of the configuration among them.
//!
//! Between the shards and the catalog a class is a number ([`DataKind`]): the classes built in come first, those of the
//! configuration behind them, in the order of the file. Records have names ([`DataName`]), which say the same wherever and
//! whenever they are read. [`ClassTable`] leads from the one to the other.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::data::DataClass;
use crate::finding::Severity;
use crate::limits::OWN_CLASSES_MAX;

/// Classes built in.
const BUILT_IN: u8 = DataClass::ALL.len() as u8;
const _: () = assert!(DataClass::ALL.len() + OWN_CLASSES_MAX <= u64::BITS as usize);

/// A class by number, below 64: sets of them are the bits of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataKind(u8);

impl DataKind {
    /// A class that is built in.
    pub const fn of(class: DataClass) -> Self {
        Self(class as u8)
    }

    /// The class of the configuration at that place; `None` from [`OWN_CLASSES_MAX`] on.
    pub fn own(index: usize) -> Option<Self> {
        if index >= OWN_CLASSES_MAX {
            return None;
        }
        u8::try_from(index).ok().map(|index| Self(BUILT_IN + index))
    }

    /// The class, when it is built in.
    pub fn built_in(self) -> Option<DataClass> {
        DataClass::ALL.get(usize::from(self.0)).copied()
    }

    /// Its place in the configuration, when it is not.
    pub fn own_index(self) -> Option<usize> {
        self.0.checked_sub(BUILT_IN).map(usize::from)
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its bit in a set of classes.
    pub const fn bit(self) -> u64 {
        1 << self.0
    }

    /// The classes of a set, by number.
    pub fn of_bits(bits: u64) -> impl Iterator<Item = Self> {
        let last = BUILT_IN + OWN_CLASSES_MAX as u8;
        (0..last).map(Self).filter(move |kind| bits & kind.bit() != 0)
    }
}

impl From<DataClass> for DataKind {
    fn from(class: DataClass) -> Self {
        Self::of(class)
    }
}

/// Stored by name when it is built in, else by its place in the configuration.
impl Serialize for DataKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.built_in() {
            Some(class) => serializer.serialize_str(class.as_str()),
            None => serializer.serialize_u8(self.0.saturating_sub(BUILT_IN)),
        }
    }
}

impl<'de> Deserialize<'de> for DataKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Stored;
        impl Visitor<'_> for Stored {
            type Value = DataKind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a class of data")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<DataKind, E> {
                let known = DataClass::ALL.iter().find(|class| class.as_str() == name);
                known.map(|class| DataKind::of(*class)).ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
            }

            fn visit_u64<E: Error>(self, index: u64) -> Result<DataKind, E> {
                let kind = usize::try_from(index).ok().and_then(DataKind::own);
                kind.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(index), &self))
            }
        }
        deserializer.deserialize_any(Stored)
    }
}

/// A class as records name it: those built in first, in their order, then others by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataName {
    /// Built in.
    Known(DataClass),
    /// Of the configuration of the run.
    Own(Box<str>),
}

impl DataName {
    /// Its name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(class) => class.as_str(),
            Self::Own(name) => name,
        }
    }
}

impl From<DataClass> for DataName {
    fn from(class: DataClass) -> Self {
        Self::Known(class)
    }
}

impl From<String> for DataName {
    fn from(name: String) -> Self {
        let known = DataClass::ALL.iter().find(|class| class.as_str() == name);
        known.map_or_else(|| Self::Own(name.into()), |class| Self::Known(*class))
    }
}

impl Serialize for DataName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DataName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// What the configuration says of one of its classes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnClass {
    /// Its name: small letters, digits, `-` and `_`; unlike those built in.
    pub name: Box<str>,
    /// The short word in tables, which several may share.
    pub category: Box<str>,
    /// The gravest that a finding about it can be.
    pub severity: Severity,
}

/// The classes of the configuration, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassTable(Vec<OwnClass>);

impl ClassTable {
    /// Of at most [`OWN_CLASSES_MAX`] classes; what comes beyond is left out.
    pub fn new(mut classes: Vec<OwnClass>) -> Self {
        classes.truncate(OWN_CLASSES_MAX);
        Self(classes)
    }

    /// The classes, in order.
    pub fn own(&self) -> &[OwnClass] {
        &self.0
    }

    /// What the configuration says of a class; `None` of one that is built in.
    pub fn of(&self, kind: DataKind) -> Option<&OwnClass> {
        self.0.get(kind.own_index()?)
    }

    /// The name of a class; none of a number that is nobody's.
    pub fn name(&self, kind: DataKind) -> Option<DataName> {
        match kind.built_in() {
            Some(class) => Some(DataName::Known(class)),
            None => self.of(kind).map(|own| DataName::Own(own.name.clone())),
        }
    }

    /// Whether strangers who read it do harm at once.
    pub fn is_grave(&self, kind: DataKind) -> bool {
        let own = || self.of(kind).is_some_and(|own| own.severity > Severity::Low);
        kind.built_in().map_or_else(own, DataClass::is_grave)
    }

    /// The gravest that a finding about a class can be.
    pub fn severity(&self, kind: DataKind) -> Severity {
        match self.of(kind) {
            Some(own) => own.severity,
            None if self.is_grave(kind) => Severity::High,
            None => Severity::Low,
        }
    }

    /// The number of the class of that name.
    pub fn kind_of(&self, name: &str) -> Option<DataKind> {
        self.0.iter().position(|own| &*own.name == name).and_then(DataKind::own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_to_names_and_back() {
        let own = OwnClass { name: "staff".into(), category: "hr".into(), severity: Severity::Medium };
        let table = ClassTable::new(vec![own]);
        let kind = table.kind_of("staff").unwrap();
        assert_eq!((kind.built_in(), kind.own_index(), table.is_grave(kind)), (None, Some(0), true));
        assert_eq!(table.name(kind).unwrap().as_str(), "staff");
        assert_eq!(table.severity(DataKind::of(DataClass::Email)), Severity::Low);
        assert_eq!(table.severity(DataKind::of(DataClass::Card)), Severity::High);
        let both = kind.bit() | DataKind::of(DataClass::Card).bit();
        assert_eq!(DataKind::of_bits(both).count(), 2);
        assert_eq!(DataKind::of_bits(u64::MAX).count(), DataClass::ALL.len() + OWN_CLASSES_MAX);
        assert!(DataKind::own(OWN_CLASSES_MAX).is_none() && table.name(DataKind::own(1).unwrap()).is_none());
    }

    #[test]
    fn stored_forms_are_read_back() {
        for kind in DataKind::of_bits(u64::MAX) {
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(serde_json::from_str::<DataKind>(&text).unwrap(), kind);
        }
        assert!(serde_json::from_str::<DataKind>("99").is_err() && serde_json::from_str::<DataKind>("\"x\"").is_err());
        for (text, name) in
            [("\"email\"", DataName::Known(DataClass::Email)), ("\"staff\"", DataName::Own("staff".into()))]
        {
            assert_eq!(serde_json::from_str::<DataName>(text).unwrap(), name);
            assert_eq!(serde_json::to_string(&name).unwrap(), text);
        }
    }
}
