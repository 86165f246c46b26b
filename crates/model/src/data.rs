//! Data classes: what a value is about, and when enough values of one field agree.
//!
//! One value gives at most one [`Mark`]. A field shows a class when most of its values do ([`DataTally`]): not one hit,
//! because a check digit alone lets every tenth number pass.

use serde::{Deserialize, Serialize};

pub use crate::own_class::{ClassTable, DataKind, DataName, OwnClass};

macro_rules! data_classes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal / $word:literal,)*) => {
        /// What a value is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum DataClass { $($(#[$doc])* #[serde(rename = $name)] $variant,)* }

        impl DataClass {
            /// Every class, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name in records and exports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The short word in tables; national numbers share one.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

data_classes! {
    /// A payment card number: issuer range, length, Luhn (ISO/IEC 7812-1).
    Card = "card" / "card",
    /// A card's verification code, by name.
    CardCode = "card_code" / "cvc",
    /// An international bank account number (ISO 13616): country's length, mod 97.
    Iban = "iban" / "iban",
    /// US social security number.
    UsSsn = "us_ssn" / "nat-id",
    /// GB national insurance number.
    GbNino = "gb_nino" / "nat-id",
    /// DE Steuer-Identifikationsnummer.
    DeTaxId = "de_tax_id" / "nat-id",
    /// FR numéro de sécurité sociale (NIR).
    FrNir = "fr_nir" / "nat-id",
    /// ES DNI or NIE.
    EsDni = "es_dni" / "nat-id",
    /// IT codice fiscale.
    ItCodiceFiscale = "it_codice_fiscale" / "nat-id",
    /// NL burgerservicenummer.
    NlBsn = "nl_bsn" / "nat-id",
    /// PL PESEL.
    PlPesel = "pl_pesel" / "nat-id",
    /// BR CPF.
    BrCpf = "br_cpf" / "nat-id",
    /// IN Aadhaar.
    InAadhaar = "in_aadhaar" / "nat-id",
    /// CN resident identity number (GB 11643).
    CnResidentId = "cn_resident_id" / "nat-id",
    /// CA social insurance number.
    CaSin = "ca_sin" / "nat-id",
    /// A passport number, by name and form.
    Passport = "passport" / "passport",
    /// A health number: NHS number, Medicare beneficiary identifier.
    HealthId = "health_id" / "health",
    /// An e-mail address.
    Email = "email" / "email",
    /// A phone number (ITU-T E.164).
    Phone = "phone" / "phone",
    /// A person's name, by the field's name.
    PersonName = "person_name" / "name",
    /// A postal address or a part of one that narrows it down, by the field's name.
    Address = "address" / "address",
    /// A date of birth.
    BirthDate = "birth_date" / "birth",
    /// A geographic position.
    Geo = "geo" / "geo",
    /// An IP address.
    Ip = "ip" / "ip",
    /// A password, by the field's name.
    Password = "password" / "password",
    /// A key or token that opens something.
    Secret = "secret" / "secret",
    /// A private key block (RFC 7468).
    PrivateKey = "private_key" / "priv-key",
    /// A JSON web token (RFC 7519).
    Jwt = "jwt" / "jwt",
}

impl DataClass {
    /// Whether it does harm at once when strangers read it: payment, national, passport and health numbers, credentials.
    pub const fn is_grave(self) -> bool {
        (self as u8) <= Self::HealthId as u8 || (self as u8) >= Self::Password as u8
    }
}

/// What one value shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its class.
    pub class: DataKind,
    /// Whether the value cannot well be anything else, or the field's name says so too.
    pub sure: bool,
}

/// Share of a field's values, in percent, that must show a class.
pub const SHARE_PERCENT: u64 = 60;
/// Distinct values that must show it when no name and no unmistakable form does: of order numbers in an issuer's range every
/// tenth passes Luhn, so that four in six or fewer do in one field of a thousand.
const DISTINCT_MIN: usize = 4;
/// Classes of one field counted apart; values drawn at random show many, and none of them often.
const CLASSES_MAX: usize = 3;

/// Values of one field and the classes they showed. Bounded: a few counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataTally {
    /// Values that could show a class: neither null nor structures.
    values: u64,
    classes: Vec<Shown>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shown {
    class: DataKind,
    count: u64,
    sure: u64,
    /// Of them in successful answers to calls without credentials.
    open: u64,
    /// Hashes of the first few values.
    distinct: Vec<u32>,
}

impl DataTally {
    /// Counts one value; `hash` tells it from others, `open` says that anybody could read it.
    #[inline]
    pub fn note(&mut self, mark: Option<Mark>, hash: u32, open: bool) {
        self.values += 1;
        let Some(Mark { class, sure }) = mark else { return };
        let known = self.classes.iter().position(|shown| shown.class == class);
        if known.is_none() && self.classes.len() < CLASSES_MAX {
            self.classes.push(Shown { class, count: 0, sure: 0, open: 0, distinct: Vec::new() });
        }
        let at = known.unwrap_or(self.classes.len().saturating_sub(1));
        if let Some(shown) = self.classes.get_mut(at).filter(|shown| shown.class == class) {
            shown.count += 1;
            shown.sure += u64::from(sure);
            shown.open += u64::from(open);
            shown.add(hash);
        }
    }

    /// The class that the field shows, with the values that did, and those of them that anybody could read.
    pub fn shows(&self) -> Option<(DataKind, u64, u64)> {
        let most = self.classes.iter().max_by_key(|shown| shown.count)?;
        let share = |count: u64| count.saturating_mul(100) >= self.values.saturating_mul(SHARE_PERCENT);
        let supported = share(most.sure) || most.distinct.len() >= DISTINCT_MIN;
        (share(most.count) && supported).then_some((most.class, most.count, most.open))
    }

    /// Gives classes of the configuration the numbers that they have now; what has none any more is forgotten.
    pub fn renumber(&mut self, number: &dyn Fn(DataKind) -> Option<DataKind>) {
        self.classes.retain_mut(|shown| number(shown.class).map(|now| shown.class = now).is_some());
    }

    /// Takes over the values of a field that is this one.
    pub fn merge(&mut self, other: &Self) {
        self.values += other.values;
        for theirs in &other.classes {
            let room = self.classes.len() < CLASSES_MAX;
            if let Some(mine) = self.classes.iter_mut().find(|shown| shown.class == theirs.class) {
                (mine.count, mine.sure) = (mine.count + theirs.count, mine.sure + theirs.sure);
                mine.open += theirs.open;
                theirs.distinct.iter().for_each(|hash| mine.add(*hash));
            } else if room {
                self.classes.push(theirs.clone());
            }
        }
    }
}

impl Shown {
    fn add(&mut self, hash: u32) {
        if self.distinct.len() < DISTINCT_MIN && !self.distinct.contains(&hash) {
            self.distinct.push(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: DataKind = DataKind::of(DataClass::Card);
    const EMAIL: DataKind = DataKind::of(DataClass::Email);
    const WEAK: Option<Mark> = Some(Mark { class: CARD, sure: false });
    const SURE: Option<Mark> = Some(Mark { class: EMAIL, sure: true });

    #[test]
    fn a_field_shows_what_most_of_its_values_show() {
        let mut tally = DataTally::default();
        tally.note(SURE, 1, true);
        assert_eq!(tally.shows(), Some((EMAIL, 1, 1)));
        tally.note(None, 2, false);
        assert_eq!(tally.shows(), None, "half of them are not enough");
    }

    #[test]
    fn check_digits_alone_need_several_values() {
        let mut tally = DataTally::default();
        (0..50).for_each(|_| tally.note(WEAK, 7, false));
        assert_eq!(tally.shows(), None, "one value sent again and again");
        let mut other = DataTally::default();
        (0..3).for_each(|hash| other.note(WEAK, hash, false));
        assert_eq!(other.shows(), None);
        tally.merge(&other);
        assert_eq!(tally.shows(), Some((CARD, 53, 0)));
    }

    #[test]
    fn classes_of_the_configuration_keep_their_numbers_by_name() {
        let own = |index| DataKind::own(index).unwrap();
        let mut tally = DataTally::default();
        tally.note(Some(Mark { class: own(0), sure: true }), 1, false);
        tally.note(Some(Mark { class: own(1), sure: true }), 2, false);
        tally.note(SURE, 3, false);
        tally.renumber(&|kind| {
            if kind == own(0) {
                None
            } else if kind == own(1) {
                Some(own(5))
            } else {
                Some(kind)
            }
        });
        (0..9).for_each(|hash| tally.note(Some(Mark { class: own(5), sure: true }), hash, false));
        assert_eq!(tally.shows(), Some((own(5), 10, 0)));
    }

    #[test]
    fn names_are_unlike() {
        let names: std::collections::BTreeSet<_> = DataClass::ALL.iter().map(|class| class.as_str()).collect();
        assert_eq!(names.len(), DataClass::ALL.len());
        assert!(DataClass::UsSsn.is_grave() && DataClass::Secret.is_grave() && !DataClass::Email.is_grave());
    }
}
