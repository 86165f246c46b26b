//! What a value is about: personal data, payment, credentials.
//!
//! In: what the field's name says ([`Vote`]), the value's shape and the value. Out: at most one [`Mark`]. Nothing is kept.
//! Form and name vote together: a form that nothing else has is sure by itself; a check digit that every tenth number has
//! is weak, and several distinct values must show it ([`model::DataTally`]) unless the name says so too.
//!
//! | module | what it checks |
//! |---|---|
//! | [`payment`] | card numbers, their codes, IBANs |
//! | [`national`] | national numbers with their check digits |
//! | [`person`], [`phone`] | birth dates, positions, names, addresses, passports, health numbers; phone numbers |
//! | [`secrets`] | keys and tokens |
//! | [`votes`] | names |
//! | [`own`], [`checks`] | classes of the configuration, and the check digits they may ask for |

mod checks;
mod digits;
mod national;
mod own;
mod payment;
mod person;
mod phone;
mod secrets;
mod votes;

use model::{DataClass, Mark, ValueClass};

use votes::{NATIONAL, Topic};

pub use checks::Check;
pub(crate) use own::RuleSet;
pub use own::{OwnRule, OwnRules, Unfit};
pub(crate) use votes::Vote;

/// Longest value looked at, but for keys: what is told here is short.
const VALUE_BYTES_MAX: usize = 512;

/// What `value` of that shape is about, under a name that votes so.
pub(crate) fn mark(vote: Vote, class: ValueClass, value: &[u8]) -> Option<Mark> {
    let sure = |class: DataClass| Some(Mark { class: class.into(), sure: true });
    match class {
        ValueClass::Email => return sure(DataClass::Email),
        ValueClass::Jwt => return sure(DataClass::Jwt),
        ValueClass::Ip => {
            return if vote.about(Topic::Other) && !vote.about(Topic::Ip) { None } else { sure(DataClass::Ip) };
        }
        // Most values there are.
        ValueClass::Word if !vote.any() && letters(value) => return None,
        ValueClass::Bool | ValueClass::Null | ValueClass::Object | ValueClass::Array | ValueClass::Uuid => return None,
        _ => {}
    }
    if secrets::private_key(value) {
        return sure(DataClass::PrivateKey);
    }
    if value.is_empty() || value.len() > VALUE_BYTES_MAX {
        return None;
    }
    if secrets::known(value) {
        return sure(DataClass::Secret);
    }
    let named = if vote.any() { named(vote, class, value).and_then(sure) } else { None };
    named.or_else(|| formed(vote, class, value))
}

/// Up to eight letters and blanks: no form of ours.
fn letters(value: &[u8]) -> bool {
    value.len() < 9 || !value.iter().any(u8::is_ascii_digit) && value.first() != Some(&b'-')
}

/// National numbers of any country: the checks that are not passed by one number in ten come first.
const ANY: [DataClass; 9] = [
    DataClass::ItCodiceFiscale,
    DataClass::CnResidentId,
    DataClass::FrNir,
    DataClass::BrCpf,
    DataClass::DeTaxId,
    DataClass::PlPesel,
    DataClass::EsDni,
    DataClass::GbNino,
    DataClass::InAadhaar,
];

/// What name and form say together.
fn named(vote: Vote, class: ValueClass, value: &[u8]) -> Option<DataClass> {
    let about = |topic| vote.about(topic);
    // How many there are, where one is changed, or when it was.
    let elsewhere = matches!(
        class,
        ValueClass::Decimal | ValueClass::Int | ValueClass::Url | ValueClass::Date | ValueClass::DateTime
    );
    let found = |topic, is: fn(&[u8]) -> bool, class| (about(topic) && is(value)).then_some(class);
    if about(Topic::Password) && !elsewhere && !about(Topic::Other) {
        return Some(DataClass::Password);
    }
    if about(Topic::Card) && payment::card(value, true).is_some() {
        return Some(DataClass::Card);
    }
    let national = NATIONAL.iter().find(|(topic, class)| about(*topic) && national::is(*class, value));
    let any = || ANY.iter().find(|class| about(Topic::National) && national::is(**class, value)).copied();
    national
        .map(|(_, class)| *class)
        .or_else(any)
        .or_else(|| found(Topic::CardCode, payment::card_code, DataClass::CardCode))
        .or_else(|| found(Topic::Health, person::health_id, DataClass::HealthId))
        .or_else(|| found(Topic::Passport, person::passport, DataClass::Passport))
        .or_else(|| found(Topic::Birth, person::birth_date, DataClass::BirthDate))
        .or_else(|| (about(Topic::Phone) && !about(Topic::Other) && phone::national(value)).then_some(DataClass::Phone))
        .or_else(|| found(Topic::Latitude, |value| person::degrees(value, 90), DataClass::Geo))
        .or_else(|| found(Topic::Longitude, |value| person::degrees(value, 180), DataClass::Geo))
        .or_else(|| {
            found(Topic::Position, |value| person::position(value) || person::degrees(value, 180), DataClass::Geo)
        })
        .or_else(|| found(Topic::Name, person::name, DataClass::PersonName))
        .or_else(|| address(vote, value).then_some(DataClass::Address))
        .or_else(|| {
            (about(Topic::Secret) && !about(Topic::Other) && secrets::drawn(value)).then_some(DataClass::Secret)
        })
}

/// A place where somebody lives; not that of a mailbox, a network or a purse.
fn address(vote: Vote, value: &[u8]) -> bool {
    let elsewhere = vote.about(Topic::Email) || vote.about(Topic::Ip);
    !elsewhere
        && (vote.about(Topic::AddressLine) && person::address_line(value)
            || vote.about(Topic::Street) && person::street(value)
            || vote.about(Topic::PostalCode) && person::postal_code(value))
}

/// What the form alone says.
fn formed(vote: Vote, class: ValueClass, value: &[u8]) -> Option<Mark> {
    if !value.iter().any(u8::is_ascii_digit)
        || matches!(class, ValueClass::Url | ValueClass::DateTime | ValueClass::Date)
    {
        return None;
    }
    if payment::iban(value) {
        return Some(Mark { class: DataClass::Iban.into(), sure: true });
    }
    if value.first() == Some(&b'+') && phone::international(value) {
        return Some(Mark { class: DataClass::Phone.into(), sure: true });
    }
    let other = vote.about(Topic::Other);
    if matches!(value.len(), 13..=23)
        && let Some(card) = payment::card(value, false)
        && !(other && card == payment::Card::Plain)
    {
        return Some(Mark { class: DataClass::Card.into(), sure: card == payment::Card::Grouped });
    }
    national::formed(value).filter(|(_, sure)| *sure || !other).map(|(class, sure)| Mark { class: class.into(), sure })
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod corpus;
