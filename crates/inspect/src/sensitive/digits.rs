//! Digits of a number as people write it, and the check digits they share.

/// Most digits of any number looked at.
pub(super) const DIGITS_MAX: usize = 24;

/// Digits without the separators between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    list: [u8; DIGITS_MAX],
    len: usize,
}

impl Digits {
    /// Of a value that holds digits and single separators out of `separators` only.
    pub(super) fn of(value: &[u8], separators: &[u8]) -> Option<Self> {
        let mut digits = Self { list: [0; DIGITS_MAX], len: 0 };
        let mut separated = true;
        for byte in value {
            if byte.is_ascii_digit() {
                *digits.list.get_mut(digits.len)? = byte - b'0';
                digits.len += 1;
                separated = false;
            } else if separated || !separators.contains(byte) {
                return None;
            } else {
                separated = true;
            }
        }
        (!separated).then_some(digits)
    }

    /// One number of 0–9 for each.
    pub(super) fn list(&self) -> &[u8] {
        self.list.get(..self.len).unwrap_or_default()
    }

    /// The number that the digits from `from` to `to` are.
    pub(super) fn number(&self, from: usize, to: usize) -> u64 {
        let part = self.list().get(from..to).unwrap_or_default();
        part.iter().fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(*digit)))
    }

    /// Whether one digit stands everywhere, as in made-up numbers.
    pub(super) fn all_one(&self) -> bool {
        self.list().windows(2).all(|pair| pair.first() == pair.last())
    }

    /// Sum of the digits by `weights`, as many as there are weights.
    pub(super) fn weighted(&self, weights: &[u32]) -> u32 {
        self.list().iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
    }
}

/// ISO/IEC 7812-1 annex B.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let doubled = u32::from(*digit) << (at % 2);
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Verhoeff's check digit over the dihedral group D5 (1969).
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    let turned = |at: usize, digit: u8| {
        // The permutation of step `at`: the first one applied `at` times; it has the order 8.
        const FIRST: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        (0..at % 8).fold(digit, |digit, _| FIRST.get(usize::from(digit)).copied().unwrap_or_default())
    };
    digits.iter().rev().enumerate().fold(0, |sum, (at, digit)| product(sum, turned(at, *digit))) == 0
}

/// The product of D5: 0–4 are turns, 5–9 are mirrored.
const fn product(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// ISO/IEC 7064, MOD 11,10.
pub(super) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((check, digits)) = digits.split_last() else { return false };
    let product = digits.iter().fold(10, |product, digit| {
        let sum = (product + u32::from(*digit)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == u32::from(*check)
}

/// Whether such a day is in the calendar, with a year in which somebody living was born.
pub(super) const fn is_birth_day(year: u64, month: u64, day: u64) -> bool {
    let last = match month {
        2 => 28 + (year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))) as u64,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year >= 1900 && year <= 2039 && day >= 1 && day <= last
}
