//! Published examples of each number, and what is nearly one.

use super::*;
use crate::class::classify;

fn of(name: &str, value: &str) -> Option<Mark> {
    mark(Vote::of(name.as_bytes()), classify(value.as_bytes()), value.as_bytes())
}

#[test]
fn examples_are_known_with_their_names() {
    for (name, value, class) in [
        ("card", "4111111111111111", DataClass::Card),
        ("pan", "5555 5555 5555 4444", DataClass::Card),
        ("card_number", "378282246310005", DataClass::Card),
        ("cvv", "123", DataClass::CardCode),
        ("x", "DE89 3704 0044 0532 0130 00", DataClass::Iban),
        ("x", "GB29NWBK60161331926819", DataClass::Iban),
        ("ssn", "219-09-9998", DataClass::UsSsn),
        ("nino", "AB123456C", DataClass::GbNino),
        ("steuerId", "86095742719", DataClass::DeTaxId),
        ("nir", "255081416802538", DataClass::FrNir),
        ("dni", "12345678Z", DataClass::EsDni),
        ("nie", "X1234567L", DataClass::EsDni),
        ("x", "RSSMRA85T10A562S", DataClass::ItCodiceFiscale),
        ("bsn", "111222333", DataClass::NlBsn),
        ("pesel", "44051401359", DataClass::PlPesel),
        ("cpf", "11144477735", DataClass::BrCpf),
        ("x", "111.444.777-35", DataClass::BrCpf),
        ("aadhaar", "2341 2341 2346", DataClass::InAadhaar),
        ("id_card", "11010519491231002X", DataClass::CnResidentId),
        ("sin", "130692544", DataClass::CaSin),
        ("passport_no", "C0100T470", DataClass::Passport),
        ("nhs_number", "943 476 5919", DataClass::HealthId),
        ("mbi", "1EG4-TE5-MK73", DataClass::HealthId),
        ("x", "jane.doe@example.com", DataClass::Email),
        ("x", "+49 30 901820", DataClass::Phone),
        ("phone", "(202) 456-1111", DataClass::Phone),
        ("firstName", "Zoë", DataClass::PersonName),
        ("address", "10 Downing Street, London", DataClass::Address),
        ("zip", "90210", DataClass::Address),
        ("dateOfBirth", "1980-02-29", DataClass::BirthDate),
        ("dob", "31/12/1999", DataClass::BirthDate),
        ("lat", "48.1371", DataClass::Geo),
        ("location", "48.1371,11.5754", DataClass::Geo),
        ("x", "203.0.113.7", DataClass::Ip),
        ("password", "correct horse", DataClass::Password),
        ("x", "AKIAIOSFODNN7EXAMPLE", DataClass::Secret),
        ("client_secret", "8xk2Lq0PzR7vN4mT", DataClass::Secret),
        ("x", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", DataClass::PrivateKey),
    ] {
        assert_eq!(of(name, value), Some(Mark { class: class.into(), sure: true }), "{name}: {value}");
    }
}

#[test]
fn what_is_nearly_one_is_none() {
    for (name, value) in [
        ("card", "4111111111111112"),
        ("order_number", "4111111111111111"),
        ("x", "DE89370400440532013001"),
        ("x", "DE8937040044053201300"),
        ("ssn", "666-12-3456"),
        ("steuerId", "86095742718"),
        ("dni", "12345678A"),
        ("bsn", "111222334"),
        ("pesel", "44051401358"),
        ("aadhaar", "234123412347"),
        ("created_at", "1717171717171717"),
        ("x", "2024-01-31"),
        ("dob", "1980-02-30"),
        ("lat", "98.12"),
        ("lat", "[[]]9999999999999999.5"),
        ("lat", "99999999999999999999.5"),
        ("x", "48.1371"),
        ("version", "1.2.3.4"),
        ("x", "123e4567-e89b-12d3-a456-426614174000"),
        ("next_page_token", "8xk2Lq0PzR7vN4mT"),
        ("x", "8xk2Lq0PzR7vN4mT"),
        ("x", "+0200"),
        ("ip_address", "10 Downing Street, London"),
        ("x", "AKIAAAAAAAAAAAAAAAAA"),
        ("token", "bearer"),
        ("zip", "application/zip"),
        ("x", "111222333"),
    ] {
        assert_eq!(of(name, value), None, "{name}: {value}");
    }
}

#[test]
fn check_digits_without_a_name_are_weak() {
    let weak = |class: DataClass| Some(Mark { class: class.into(), sure: false });
    assert_eq!(of("ref", "4012888888881881"), weak(DataClass::Card));
    assert_eq!(of("ref", "12345678Z"), weak(DataClass::EsDni));
}
