//! Payment: card numbers, their codes, bank accounts.

use super::digits::{Digits, luhn};

/// What is known of a card number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Card {
    /// Digits only.
    Plain,
    /// Written in groups of four, as nothing else is.
    Grouped,
}

/// A card number: issuer range, length, check digit.
pub(super) fn card(value: &[u8], named: bool) -> Option<Card> {
    let digits = Digits::of(value, b" -")?;
    let list = digits.list();
    let issued = issuer(&digits) || named && debit(&digits);
    if !issued
        || !luhn(list)
        || list.get(..list.len() - 1).is_some_and(|head| head.windows(2).all(|p| p.first() == p.last()))
    {
        return None;
    }
    let plain = list.len() == value.len();
    let groups = !plain && value.split(|b| matches!(b, b' ' | b'-')).map(<[u8]>::len).all(|len| matches!(len, 3..=6));
    if plain { Some(Card::Plain) } else { groups.then_some(Card::Grouped) }
}

/// Issuer ranges with the lengths in use (ISO/IEC 7812 registrations, as the networks publish them).
fn issuer(digits: &Digits) -> bool {
    let len = digits.list().len();
    let head = |count| digits.number(0, count);
    match head(1) {
        4 => matches!(len, 13 | 16 | 19),                               // Visa
        2 => len == 16 && matches!(head(4), 2200..=2204 | 2221..=2720), // Mir, Mastercard
        3 => match head(2) {
            34 | 37 => len == 15,                            // American Express
            30 => matches!(head(3), 300..=305) && len == 14, // Diners Club
            36 | 38 | 39 => len == 14,
            35 => matches!(head(4), 3528..=3589) && matches!(len, 16..=19), // JCB
            _ => false,
        },
        5 => len == 16 && matches!(head(2), 51..=55), // Mastercard
        6 => {
            let discover = head(4) == 6011 || matches!(head(3), 644..=649) || head(2) == 65;
            matches!(len, 16..=19) && (discover || head(2) == 62) // Discover, RuPay, UnionPay
        }
        8 => len == 16 && matches!(head(2), 81 | 82), // RuPay, UnionPay
        _ => false,
    }
}

/// Maestro and regional networks: ranges so wide that the name must say it is a card.
fn debit(digits: &Digits) -> bool {
    matches!(digits.list().len(), 12..=19) && matches!(digits.number(0, 2), 50 | 56..=69)
}

/// A verification code.
pub(super) fn card_code(value: &[u8]) -> bool {
    matches!(value.len(), 3 | 4) && value.iter().all(u8::is_ascii_digit)
}

/// Lengths of the IBAN by country (SWIFT IBAN registry, release 99).
#[rustfmt::skip]
const IBAN_LENGTHS: &[(&[u8; 2], u8)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22),
    (b"BH", 22), (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24),
    (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18),
    (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27),
    (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26),
    (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20),
    (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MN", 20),
    (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23), (b"PK", 24),
    (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25),
    (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20),
    (b"YE", 30),
];

/// An IBAN, blanks between its groups allowed (ISO 13616-1; ISO/IEC 7064 MOD 97-10).
pub(super) fn iban(value: &[u8]) -> bool {
    let [c1, c2, k1, k2, ..] = value else { return false };
    if !k1.is_ascii_digit() || !k2.is_ascii_digit() || value.len() > 42 {
        return false;
    }
    let country = [c1.to_ascii_uppercase(), c2.to_ascii_uppercase()];
    let Ok(at) = IBAN_LENGTHS.binary_search_by_key(&&country, |(name, _)| *name) else { return false };
    let wanted = IBAN_LENGTHS.get(at).map_or(0, |(_, len)| usize::from(*len));
    let bare = || value.iter().filter(|byte| **byte != b' ');
    if bare().count() != wanted {
        return false;
    }
    let rest = bare().skip(4).chain(bare().take(4));
    let sum = rest.map(|byte| (*byte as char).to_digit(36)).try_fold(0, |sum, digit| {
        let digit = digit?;
        Some((sum * if digit < 10 { 10 } else { 100 } + digit) % 97)
    });
    sum == Some(1)
}
