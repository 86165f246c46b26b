//! What a field's name says its value is about.
//!
//! The name is read as words (`cardNumber`, `card_number` and `card-number` are `card` and `number`) and as all its letters
//! and digits together. A vote is no class: the value must have the form too. Some words say that it is something else: of
//! an order, a version, a page.

use model::DataClass;

/// Most bytes of a name that are read.
const NAME_READ_MAX: usize = 64;

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

impl Vote {
    /// By the name, which is a word or a JSON pointer; `generic` last parts are read with the one above.
    pub(crate) fn of(name: &[u8], mut tell: impl FnMut(&[u8]) -> Self) -> Self {
        let mut parts = name.rsplit(|byte| *byte == b'/').filter(|part| *part != b"*");
        let vote = tell(parts.next().unwrap_or_default());
        if vote.about(Topic::Generic) { tell(parts.next().unwrap_or_default()) } else { vote }
    }

    /// Of one part of a name.
    pub(crate) fn of_word(name: &[u8]) -> Self {
        let name = name.get(..NAME_READ_MAX).unwrap_or(name);
        let mut bare = [0u8; NAME_READ_MAX];
        let mut len = 0;
        // Where words begin in `bare`, a bit for each place.
        let (mut begins, mut before) = (0u64, b'_');
        for byte in name {
            if byte.is_ascii_alphanumeric() {
                let joint = !before.is_ascii_alphanumeric();
                let hump = byte.is_ascii_uppercase() && before.is_ascii_lowercase();
                begins |= u64::from(joint || hump) << len;
                if let Some(slot) = bare.get_mut(len) {
                    *slot = byte.to_ascii_lowercase();
                }
                len += 1;
            }
            before = *byte;
        }
        let bare = bare.get(..len).unwrap_or_default();
        let mut vote = Self::default();
        let mut add = |list: &[(Topic, &[&str])], is: &dyn Fn(&[u8]) -> bool| {
            for (topic, words) in list {
                if words.iter().any(|word| is(word.as_bytes())) {
                    vote.topics |= 1 << *topic as u8;
                }
            }
        };
        add(WHOLE, &|word| bare == word);
        add(INSIDE, &|word| memchr::memmem::find(bare, word).is_some());
        let begins_at = |at: usize| at >= len || begins >> at & 1 == 1;
        add(WORD, &|word| {
            (0..len)
                .any(|at| begins_at(at) && bare.get(at..at + word.len()) == Some(word) && begins_at(at + word.len()))
        });
        vote
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
            assert!(Vote::of(name.as_bytes(), Vote::of_word).about(topic), "{name}");
        }
        for name in
            ["cardinality", "discard", "company", "expand", "single", "since", "description", "shipping", "platform"]
        {
            assert!(!Vote::of(name.as_bytes(), Vote::of_word).any(), "{name}");
        }
    }
}
