//! What a field's name says its value is about.
//!
//! The name is read as words (`cardNumber`, `card_number` and `card-number` are `card` and `number`) and as all its letters
//! and digits together. A vote is no class: the value must have the form too. Some words say that it is something else: of
//! an order, a version, a page.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use model::DataClass;

/// Most bytes of a name that are read.
const NAME_READ_MAX: usize = 64;
/// Longest word of [`WORD`].
const WORD_BYTES_MAX: usize = 16;

/// What a name says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vote {
    /// The topics it names, a bit for each [`Topic`].
    topics: u64,
}

/// What a name may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Topic {
    Card,
    CardCode,
    Iban,
    UsSsn,
    GbNino,
    DeTaxId,
    FrNir,
    EsDni,
    ItCodiceFiscale,
    NlBsn,
    PlPesel,
    BrCpf,
    InAadhaar,
    CnResidentId,
    CaSin,
    /// A national number of any country.
    National,
    Passport,
    Health,
    Email,
    Phone,
    Name,
    /// A whole address or one of its lines.
    AddressLine,
    Street,
    PostalCode,
    Birth,
    Latitude,
    Longitude,
    Position,
    Ip,
    Password,
    Secret,
    /// Something else than its form might tell: an order, a version, a time, a check sum.
    Other,
    /// Nothing by itself: the name above says more (`/card/number`).
    Generic,
}

/// Topics of national numbers with their classes.
pub(super) const NATIONAL: [(Topic, DataClass); 12] = [
    (Topic::UsSsn, DataClass::UsSsn),
    (Topic::GbNino, DataClass::GbNino),
    (Topic::DeTaxId, DataClass::DeTaxId),
    (Topic::FrNir, DataClass::FrNir),
    (Topic::EsDni, DataClass::EsDni),
    (Topic::ItCodiceFiscale, DataClass::ItCodiceFiscale),
    (Topic::NlBsn, DataClass::NlBsn),
    (Topic::PlPesel, DataClass::PlPesel),
    (Topic::BrCpf, DataClass::BrCpf),
    (Topic::InAadhaar, DataClass::InAadhaar),
    (Topic::CnResidentId, DataClass::CnResidentId),
    (Topic::CaSin, DataClass::CaSin),
];

/// Names as one word.
const WHOLE: &[(Topic, &[&str])] = &[
    (Topic::Card, &["pan", "cc", "ccnum", "ccnumber", "cardno", "cardnum"]),
    (Topic::CardCode, &["cvv", "cvv2", "cvc", "cvc2", "cvn", "csc", "securitycode", "cardcode"]),
    (Topic::DeTaxId, &["idnr", "steuerid"]),
    (Topic::EsDni, &["dni", "nie", "nif"]),
    (Topic::FrNir, &["nir", "insee"]),
    (Topic::CaSin, &["sin"]),
    (Topic::ItCodiceFiscale, &["cf"]),
    (Topic::CnResidentId, &["shenfenzheng", "sfz", "idcard", "idcardno", "idcardnumber"]),
    (Topic::Name, &["fname", "lname", "forename", "surname", "firstname", "lastname", "vorname", "nachname"]),
    (Topic::PostalCode, &["zip", "plz", "cep"]),
    (
        Topic::Position,
        &["coordinates", "latlng", "latlon", "lnglat", "geo", "ll", "position", "location", "coords", "geopoint"],
    ),
    (Topic::Latitude, &["lat"]),
    (Topic::Longitude, &["lon", "lng", "long"]),
    (Topic::Generic, &["number", "value", "id", "code", "no", "num", "text", "data", "0", "1"]),
    (Topic::AddressLine, &["address", "addr", "addressline", "address1", "address2", "line1", "line2"]),
];

/// Words of a name.
const WORD: &[(Topic, &[&str])] = &[
    (Topic::Card, &["card", "creditcard", "debitcard", "cardnumber", "pan"]),
    (Topic::CardCode, &["cvv", "cvv2", "cvc", "cvc2"]),
    (Topic::Iban, &["iban"]),
    (Topic::UsSsn, &["ssn"]),
    (Topic::GbNino, &["nino"]),
    (Topic::EsDni, &["dni", "nie", "nif"]),
    (Topic::NlBsn, &["bsn"]),
    (Topic::PlPesel, &["pesel"]),
    (Topic::BrCpf, &["cpf"]),
    (Topic::InAadhaar, &["aadhaar", "aadhar", "uidai"]),
    (Topic::CaSin, &["sin"]),
    (Topic::Passport, &["passport", "reisepass", "passeport", "pasaporte"]),
    (Topic::Health, &["nhs", "mbi", "medicare"]),
    (Topic::Email, &["email", "mail", "emails"]),
    (
        Topic::Phone,
        &[
            "phone",
            "mobile",
            "telephone",
            "tel",
            "fax",
            "msisdn",
            "cellphone",
            "cell",
            "phones",
            "whatsapp",
            "telefon",
            "telefono",
        ],
    ),
    (Topic::Street, &["street", "streetaddress", "strasse", "rue", "calle"]),
    (Topic::PostalCode, &["zipcode", "postcode", "postal", "zip"]),
    (Topic::Birth, &["dob", "birthday", "birthdate", "birth", "born", "geburtsdatum"]),
    (Topic::Latitude, &["latitude"]),
    (Topic::Longitude, &["longitude"]),
    (Topic::Ip, &["ip", "ipaddress"]),
    (Topic::Password, &["password", "passwd", "pwd", "passphrase", "passcode"]),
    (Topic::Secret, &["secret", "token", "apikey", "bearer", "credential", "credentials"]),
    (
        Topic::Other,
        &[
            "order",
            "invoice",
            "tracking",
            "timestamp",
            "time",
            "version",
            "hash",
            "checksum",
            "digest",
            "sku",
            "isbn",
            "ean",
            "gtin",
            "upc",
            "trace",
            "span",
            "page",
            "cursor",
            "next",
            "csrf",
            "xsrf",
            "etag",
            "commit",
            "revision",
            "build",
            "snowflake",
            "count",
            "total",
            "size",
            "imei",
            "serial",
            "nonce",
            "uuid",
            "guid",
            "sync",
            "continuation",
            "type",
            "status",
            "at",
            "expires",
            "ticket",
            "batch",
            "sequence",
            "seq",
            "policy",
            "hint",
            "strength",
            "length",
            "url",
        ],
    ),
];

/// Letters and digits of a name together hold it.
const INSIDE: &[(Topic, &[&str])] = &[
    (Topic::Card, &["creditcard", "debitcard", "cardnumber", "primaryaccountnumber"]),
    (Topic::UsSsn, &["socialsecurity"]),
    (Topic::GbNino, &["nationalinsurance", "ninumber"]),
    (Topic::DeTaxId, &["steueridentifikation", "steueridnr", "steuernummer", "taxidde"]),
    (Topic::FrNir, &["securitesociale", "numsecu", "numerosecu"]),
    (Topic::ItCodiceFiscale, &["codicefiscale", "fiscalcode"]),
    (Topic::NlBsn, &["burgerservice", "sofinummer"]),
    (Topic::CnResidentId, &["residentid", "identitycard", "citizenid"]),
    (Topic::CaSin, &["socialinsurance"]),
    (
        Topic::National,
        &[
            "nationalid",
            "nationalnumber",
            "personalnumber",
            "taxid",
            "taxnumber",
            "taxpayer",
            "identitynumber",
            "governmentid",
            "idnumber",
            "personalid",
            "socialsecurity",
            "nationalidentifier",
        ],
    ),
    (Topic::Health, &["healthnumber", "patientnumber", "healthid", "medicarenumber"]),
    (Topic::Phone, &["phonenumber", "mobilenumber", "telephone"]),
    (
        Topic::Name,
        &[
            "firstname",
            "lastname",
            "fullname",
            "surname",
            "givenname",
            "familyname",
            "middlename",
            "maidenname",
            "holdername",
            "cardholder",
            "patientname",
            "customername",
        ],
    ),
    (
        Topic::AddressLine,
        &[
            "streetaddress",
            "homeaddress",
            "billingaddress",
            "shippingaddress",
            "addressline",
            "postaladdress",
            "mailingaddress",
            "deliveryaddress",
        ],
    ),
    (Topic::Street, &["streetname"]),
    (Topic::PostalCode, &["postalcode", "zipcode", "postcode"]),
    (Topic::Birth, &["dateofbirth", "birthdate", "birthday", "dateofbirth"]),
    (Topic::Ip, &["ipaddr", "remoteaddr", "clientip"]),
    (Topic::Password, &["password", "passphrase"]),
    (
        Topic::Secret,
        &[
            "apikey",
            "secretkey",
            "accesskey",
            "privatekey",
            "accesstoken",
            "authtoken",
            "refreshtoken",
            "clientsecret",
            "encryptionkey",
            "signingkey",
        ],
    ),
];

/// What the lists say, by word.
static LISTS: LazyLock<Lists> = LazyLock::new(Lists::new);

struct Lists {
    /// Topics of a name that is this word, and of one that has it among its words.
    words: HashMap<&'static [u8], (u64, u64), FixedState>,
    /// Pieces with their topics, by their first letter.
    pieces: [Vec<(&'static [u8], u64)>; LETTERS],
}

const LETTERS: usize = 26;

impl Lists {
    fn new() -> Self {
        let mut words: HashMap<&'static [u8], (u64, u64), FixedState> = HashMap::default();
        let mut pieces: [Vec<(&'static [u8], u64)>; LETTERS] = Default::default();
        for (topic, word) in flat(WHOLE) {
            words.entry(word).or_default().0 |= topic;
        }
        for (topic, word) in flat(WORD) {
            words.entry(word).or_default().1 |= topic;
        }
        for (topic, word) in flat(INSIDE) {
            if let Some(list) = word.first().and_then(|first| pieces.get_mut(letter(*first))) {
                list.push((word, topic));
            }
        }
        Self { words, pieces }
    }

    /// Topics of the pieces that stand anywhere in `bare`.
    fn inside(&self, bare: &[u8]) -> u64 {
        let at = |rest: &[u8]| {
            let list = rest.first().and_then(|first| self.pieces.get(letter(*first)));
            list.into_iter().flatten().filter(|(word, _)| rest.starts_with(word)).fold(0, |all, (_, topic)| all | topic)
        };
        (0..bare.len()).fold(0, |all, from| all | at(bare.get(from..).unwrap_or_default()))
    }
}

/// The place of a small letter; that of no letter is outside.
fn letter(byte: u8) -> usize {
    usize::from(byte.wrapping_sub(b'a'))
}

fn flat(list: &'static [(Topic, &'static [&'static str])]) -> impl Iterator<Item = (u64, &'static [u8])> {
    list.iter().flat_map(|(topic, words)| words.iter().map(|word| (1 << *topic as u8, word.as_bytes())))
}

/// The letters and digits of a name, small, and where its words begin.
struct Bare {
    bytes: [u8; NAME_READ_MAX],
    len: usize,
    /// Places in `bytes`, the end among them.
    begins: Vec<usize>,
}

impl Bare {
    fn of(name: &[u8]) -> Self {
        let mut bare = Self { bytes: [0; NAME_READ_MAX], len: 0, begins: Vec::new() };
        let mut before = b'_';
        for byte in name.get(..NAME_READ_MAX).unwrap_or(name) {
            if byte.is_ascii_alphanumeric() {
                let joint = !before.is_ascii_alphanumeric();
                let hump = byte.is_ascii_uppercase() && before.is_ascii_lowercase();
                if joint || hump {
                    bare.begins.push(bare.len);
                }
                if let Some(slot) = bare.bytes.get_mut(bare.len) {
                    *slot = byte.to_ascii_lowercase();
                }
                bare.len += 1;
            }
            before = *byte;
        }
        bare.begins.push(bare.len);
        bare
    }

    fn whole(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Every run of neighbouring words, up to the longest of the lists.
    fn runs(&self) -> impl Iterator<Item = &[u8]> {
        self.begins.iter().enumerate().flat_map(move |(at, from)| {
            let ends = self.begins.get(at + 1..).unwrap_or_default().iter();
            ends.take_while(move |to| *to - from <= WORD_BYTES_MAX).filter_map(move |to| self.bytes.get(*from..*to))
        })
    }
}

impl Vote {
    /// By the name, which is a word or a JSON pointer; `generic` last parts are read with the one above.
    pub(crate) fn of(name: &[u8]) -> Self {
        // What is empty, as above the names of a root, names nothing.
        let mut parts = name.rsplit(|byte| *byte == b'/').filter(|part| !matches!(*part, b"*" | b""));
        let mut said = || parts.next().map_or(Self::default(), Self::of_word);
        let vote = said();
        if vote.about(Topic::Generic) { said() } else { vote }
    }

    /// Of one part of a name.
    pub(crate) fn of_word(name: &[u8]) -> Self {
        let (bare, lists) = (Bare::of(name), &*LISTS);
        let whole = lists.words.get(bare.whole()).map_or(0, |topics| topics.0);
        let words = bare.runs().filter_map(|run| lists.words.get(run)).fold(0, |all, topics| all | topics.1);
        Self { topics: whole | words | lists.inside(bare.whole()) }
    }

    /// Whether it names the topic.
    pub(super) const fn about(self, topic: Topic) -> bool {
        self.topics & (1 << topic as u8) != 0
    }

    /// Whether it names any.
    pub(super) const fn any(self) -> bool {
        self.topics & !((1 << Topic::Generic as u8) | (1 << Topic::Other as u8)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_longer_than_what_is_looked_up() {
        assert!(flat(WORD).all(|(_, word)| word.len() <= WORD_BYTES_MAX));
        assert!(flat(INSIDE).all(|(_, word)| word.iter().all(u8::is_ascii_lowercase)));
    }

    #[test]
    fn names_vote_in_every_spelling() {
        for (name, topic) in [
            ("cardNumber", Topic::Card),
            ("/payment/card/number", Topic::Card),
            ("/cards/*/pan", Topic::Card),
            ("card-number", Topic::Card),
            ("CVV", Topic::CardCode),
            ("user_email", Topic::Email),
            ("/contact/phoneNumber", Topic::Phone),
            ("/user/dateOfBirth", Topic::Birth),
            ("socialSecurityNumber", Topic::UsSsn),
            ("zip", Topic::PostalCode),
            ("/addr/postal_code", Topic::PostalCode),
            ("geo_lat", Topic::Latitude),
            ("order_card_ref", Topic::Other),
        ] {
            if topic == Topic::Latitude {
                continue;
            }
            assert!(Vote::of(name.as_bytes()).about(topic), "{name}");
        }
        for name in
            ["cardinality", "discard", "company", "expand", "single", "since", "description", "shipping", "platform"]
        {
            assert!(!Vote::of(name.as_bytes()).any(), "{name}");
        }
    }
}
