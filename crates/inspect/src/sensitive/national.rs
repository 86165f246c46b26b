//! National numbers: form, ranges, dates inside, check digits.
//!
//! `formed` tells numbers whose form or checks nothing else has by chance; the others need the field's name.

use model::DataClass;

use super::digits::{Digits, is_birth_day, luhn, mod_11_10, verhoeff};

/// Whether the value is a valid number of the class.
pub(super) fn is(class: DataClass, value: &[u8]) -> bool {
    match class {
        DataClass::UsSsn => us_ssn(value),
        DataClass::GbNino => gb_nino(value),
        DataClass::DeTaxId => de_tax_id(value),
        DataClass::FrNir => fr_nir(value),
        DataClass::EsDni => es_dni(value),
        DataClass::ItCodiceFiscale => it_codice_fiscale(value),
        DataClass::NlBsn => nl_bsn(value),
        DataClass::PlPesel => pl_pesel(value),
        DataClass::BrCpf => br_cpf(value),
        DataClass::InAadhaar => in_aadhaar(value),
        DataClass::CnResidentId => cn_resident_id(value),
        DataClass::CaSin => ca_sin(value),
        _ => false,
    }
}

/// The class of a value by form alone, and whether it is sure.
pub(super) fn formed(value: &[u8]) -> Option<(DataClass, bool)> {
    match value.len() {
        9 if es_dni(value) => Some((DataClass::EsDni, false)),
        9 | 13 if gb_nino(value) => Some((DataClass::GbNino, false)),
        11 if value.get(3) == Some(&b'-') && us_ssn(value) => Some((DataClass::UsSsn, false)),
        14 if value.get(3) == Some(&b'.') && br_cpf(value) => Some((DataClass::BrCpf, true)),
        15 if fr_nir(value) => Some((DataClass::FrNir, false)),
        16 if it_codice_fiscale(value) => Some((DataClass::ItCodiceFiscale, true)),
        18 if cn_resident_id(value) => Some((DataClass::CnResidentId, false)),
        _ => None,
    }
}

/// Area, group and serial number as SSA gives them (POMS RM 10201.030; no area 9xx, which is a tax number's).
fn us_ssn(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b"- ") else { return false };
    let formed = match value.len() {
        9 => true,
        11 => matches!(value, [_, _, _, b'-' | b' ', _, _, b'-' | b' ', ..]),
        _ => false,
    };
    let area = digits.number(0, 3);
    formed
        && digits.list().len() == 9
        && !matches!(area, 0 | 666 | 900..)
        && digits.number(3, 5) > 0
        && digits.number(5, 9) > 0
        // Printed on a wallet's sample card, and a pattern.
        && !matches!(digits.number(0, 9), 78_051_120 | 123_456_789 | 219_099_999)
        && !digits.all_one()
}

/// HMRC manual NIM39110.
fn gb_nino(value: &[u8]) -> bool {
    let mut bare = [0u8; 9];
    let mut len = 0;
    for byte in value.iter().filter(|byte| **byte != b' ') {
        let Some(slot) = bare.get_mut(len) else { return false };
        *slot = byte.to_ascii_uppercase();
        len += 1;
    }
    let [a, b, digits @ .., suffix] = bare;
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"DFIQUV".contains(&byte);
    len == 9
        && letter(a)
        && letter(b)
        && b != b'O'
        && ![b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"].contains(&&[a, b])
        && digits.iter().all(u8::is_ascii_digit)
        && matches!(suffix, b'A'..=b'D')
}

/// `BZSt`: eleven digits, the first not 0; of the first ten one digit stands there twice or three times, the others once
/// at most; ISO/IEC 7064 MOD 11,10.
fn de_tax_id(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b" ") else { return false };
    let list = digits.list();
    if list.len() != 11 || list.first() == Some(&0) || !mod_11_10(list) {
        return false;
    }
    let count = |digit: u8| list.iter().take(10).filter(|one| **one == digit).count();
    let repeated = (0..10).map(count).filter(|count| *count > 1);
    repeated.clone().count() == 1 && repeated.max().is_some_and(|most| most <= 3)
}

/// INSEE: sex, year, month, department (2A and 2B stand for 19 and 18), commune, order; key 97 − n mod 97.
fn fr_nir(value: &[u8]) -> bool {
    let mut bare = [0u8; 15];
    let mut len = 0;
    for byte in value.iter().filter(|byte| **byte != b' ') {
        let Some(slot) = bare.get_mut(len) else { return false };
        *slot = byte.to_ascii_uppercase();
        len += 1;
    }
    if len != 15 || !matches!(bare, [b'1' | b'2' | b'7' | b'8', ..]) {
        return false;
    }
    if let [_, _, _, _, _, d1, d2, ..] = &mut bare
        && *d1 == b'2'
        && matches!(d2, b'A' | b'B')
    {
        (*d1, *d2) = (b'1', if *d2 == b'A' { b'9' } else { b'8' });
    }
    let Some(digits) = Digits::of(&bare, b"") else { return false };
    let month = digits.number(3, 5);
    matches!(month, 1..=12 | 20..=42 | 50..=99)
        && digits.number(5, 7) > 0
        && digits.number(10, 13) > 0
        && digits.number(13, 15) == 97 - digits.number(0, 13) % 97
}

/// Eight digits, or X, Y, Z and seven; a letter by the remainder of 23.
fn es_dni(value: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let Some((letter, number)) = value.split_last() else { return false };
    let mut number = <[u8; 8]>::try_from(number.strip_suffix(b"-").unwrap_or(number)).unwrap_or_default();
    let [first, ..] = &mut number;
    *first = match first.to_ascii_uppercase() {
        b'X' => b'0',
        b'Y' => b'1',
        b'Z' => b'2',
        byte => byte,
    };
    let Some(digits) = Digits::of(&number, b"") else { return false };
    let rest = digits.number(0, 8) % 23;
    digits.number(0, 8) > 0 && LETTERS.get(rest as usize) == Some(&letter.to_ascii_uppercase())
}

/// D.M. 12 March 1974: letters of the names, year, month, day, place, check letter; digits may be replaced by letters
/// (omocodia), which is not read.
fn it_codice_fiscale(value: &[u8]) -> bool {
    const ODD_DIGITS: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    const ODD_LETTERS: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Ok(code) = <[u8; 16]>::try_from(value) else { return false };
    let code = code.map(|byte| byte.to_ascii_uppercase());
    let digits_at = [6, 7, 9, 10, 12, 13, 14];
    let formed = code
        .iter()
        .enumerate()
        .all(|(at, byte)| if digits_at.contains(&at) { byte.is_ascii_digit() } else { byte.is_ascii_uppercase() });
    let [_, _, _, _, _, _, _, _, month, d1, d2, ..] = code;
    let day = u32::from(d1.wrapping_sub(b'0')) * 10 + u32::from(d2.wrapping_sub(b'0'));
    if !formed || !b"ABCDEHLMPRST".contains(&month) || !matches!(day, 1..=31 | 41..=71) {
        return false;
    }
    let sum: u32 = code
        .iter()
        .take(15)
        .enumerate()
        .map(|(at, byte)| match (at % 2 == 0, byte.is_ascii_digit()) {
            (true, true) => ODD_DIGITS.get(usize::from(byte - b'0')).copied().unwrap_or_default(),
            (true, false) => ODD_LETTERS.get(usize::from(byte.wrapping_sub(b'A'))).copied().unwrap_or_default(),
            (false, true) => u32::from(byte - b'0'),
            (false, false) => u32::from(byte.wrapping_sub(b'A')),
        })
        .sum();
    code.last().is_some_and(|check| u32::from(check.wrapping_sub(b'A')) == sum % 26)
}

/// The test of eleven (elfproef).
fn nl_bsn(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b".- ") else { return false };
    let list = digits.list();
    let check = u32::from(list.last().copied().unwrap_or_default());
    let sum = digits.weighted(&[9, 8, 7, 6, 5, 4, 3, 2]);
    list.len() == 9 && digits.number(0, 9) > 0 && !digits.all_one() && (sum + 11 - check % 11) % 11 == 0
}

/// Date of birth (the century in the month), serial number, weights 1 3 7 9.
fn pl_pesel(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b"") else { return false };
    let month = digits.number(2, 4);
    let century = match month / 20 {
        0 => 1900,
        1 => 2000,
        _ => return false,
    };
    digits.list().len() == 11
        && is_birth_day(century + digits.number(0, 2), month % 20, digits.number(4, 6))
        && digits.weighted(&[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0
}

/// Receita Federal: two check digits modulo 11.
fn br_cpf(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b".-") else { return false };
    let list = digits.list();
    let check = |weights: &[u32]| {
        let rest = digits.weighted(weights) * 10 % 11;
        Some(if rest == 10 { 0 } else { rest as u8 })
    };
    list.len() == 11
        && !digits.all_one()
        && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == list.get(9).copied()
        && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == list.get(10).copied()
}

/// UIDAI: twelve digits, the first not 0 or 1; Verhoeff.
fn in_aadhaar(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b" -") else { return false };
    digits.list().len() == 12 && digits.number(0, 1) >= 2 && !digits.all_one() && verhoeff(digits.list())
}

/// GB 11643-1999: region, date of birth, serial number; ISO/IEC 7064 MOD 11-2.
fn cn_resident_id(value: &[u8]) -> bool {
    let Some((check, number)) = value.split_last() else { return false };
    let Some(digits) = Digits::of(number, b"") else { return false };
    let rest = digits.weighted(&[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
    digits.list().len() == 17
        && matches!(digits.number(0, 2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82)
        && is_birth_day(digits.number(6, 10), digits.number(10, 12), digits.number(12, 14))
        && b"10X98765432".get(rest as usize) == Some(&check.to_ascii_uppercase())
}

/// Nine digits, the first neither 0 nor 8; Luhn.
fn ca_sin(value: &[u8]) -> bool {
    let Some(digits) = Digits::of(value, b" -") else { return false };
    digits.list().len() == 9 && !matches!(digits.number(0, 1), 0 | 8) && !digits.all_one() && luhn(digits.list())
}
