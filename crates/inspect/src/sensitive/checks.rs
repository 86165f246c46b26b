//! Check digits that classes of the configuration may ask for.

use super::digits::{luhn, verhoeff};

/// A scheme of check digits. What is no digit, letter or other character of the scheme is a separator and skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// No check digit.
    #[default]
    None,
    /// ISO/IEC 7812-1 annex B over the digits.
    Luhn,
    /// ISO/IEC 7064 MOD 97-10 over digits and letters (A is 10): the remainder is 1. An IBAN has its first four characters
    /// moved to the end; they are where they belong when the value is not one by itself but is so turned.
    Mod97,
    /// The weights 1, 2, 3 … from the right, a last `X` is 10: the sum is a multiple of 11 (ISBN-10, NHS number).
    Mod11,
    /// Verhoeff over the digits.
    Verhoeff,
}

impl Check {
    /// Every scheme, as the configuration names it.
    pub const ALL: [(&'static str, Self); 5] = [
        ("none", Self::None),
        ("luhn", Self::Luhn),
        ("mod97", Self::Mod97),
        ("mod11", Self::Mod11),
        ("verhoeff", Self::Verhoeff),
    ];

    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, check)| *check == self).map_or("none", |(name, _)| name)
    }

    /// Whether the check digits of `value` are right. A value with fewer than two digits has none.
    pub(super) fn passes(self, value: &[u8]) -> bool {
        if self == Self::None {
            return true;
        }
        let digits: Vec<u8> = value.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect();
        if digits.len() < 2 {
            return false;
        }
        match self {
            Self::None => true,
            Self::Luhn => luhn(&digits),
            Self::Verhoeff => verhoeff(&digits),
            Self::Mod97 => {
                let characters: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
                let turned = characters.iter().skip(4).chain(characters.iter().take(4));
                mod_97(characters.iter()) == 1 || mod_97(turned) == 1
            }
            Self::Mod11 => mod_11(&digits, matches!(value.last(), Some(b'X' | b'x'))),
        }
    }
}

/// Remainder by 97 of the number that digits and letters are, a letter as two digits.
fn mod_97<'a>(characters: impl Iterator<Item = &'a u8>) -> u32 {
    characters.filter_map(|byte| (*byte as char).to_digit(36)).fold(0, |sum, digit| {
        let shift = if digit < 10 { 10 } else { 100 };
        (sum * shift + digit) % 97
    })
}

/// `tenth` says that the check character, behind the digits, is an X.
fn mod_11(digits: &[u8], tenth: bool) -> bool {
    let first = if tenth { (10, 2) } else { (0, 1) };
    let (sum, _) = digits
        .iter()
        .rev()
        .fold(first, |(sum, weight), digit| ((sum + u32::from(*digit) * (weight % 11)) % 11, (weight + 1) % 11));
    sum == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_pass_and_a_changed_digit_does_not() {
        for (check, value) in [
            (Check::Luhn, "79927398713"),
            (Check::Luhn, "EMP-7992 7398 713"),
            (Check::Mod97, "GB82 WEST 1234 5698 7654 32"),
            (Check::Mod97, "5493001KJTIIGC8Y1R12"), // a legal entity identifier (ISO 17442)
            (Check::Mod11, "0-306-40615-2"),
            (Check::Mod11, "080442957X"),
            (Check::Mod11, "943 476 5919"),
            (Check::Verhoeff, "2363"),
        ] {
            assert!(check.passes(value.as_bytes()), "{} {value}", check.as_str());
            let at = value.rfind(|c: char| c.is_ascii_digit()).unwrap();
            let digit = (value.as_bytes()[at] - b'0' + 1) % 10;
            let changed = format!("{}{digit}{}", &value[..at], &value[at + 1..]);
            assert!(!check.passes(changed.as_bytes()), "{} {changed}", check.as_str());
        }
        assert!(Check::None.passes(b"") && !Check::Luhn.passes(b"0") && !Check::Mod11.passes(b"X"));
    }
}
