//! Kinds of characters and how they alternate: what tells drawn tokens from words.
//!
//! A *run* is a maximal stretch of one kind (lower case, upper case, digits); one capital before lower case belongs to
//! their run, so that `camelCase` is two runs. Words have runs of four to eight, drawn base62 of about two.

/// Letters without a digit are a token only from this length on.
pub(super) const LETTERS_TOKEN_MIN: usize = 16;
/// Digits of a piece between separators that are an identifier: more than a year.
const DIGITS_PIECE_MIN: usize = 5;
/// Digits after letters that are an identifier (`ISO27001` is none).
const DIGITS_TAIL_MIN: usize = 6;
/// Hexadecimal digits that are a value.
const HEX_MIN: usize = 8;

/// Counts of one value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub(super) len: usize,
    pub(super) digits: usize,
    pub(super) lower: usize,
    pub(super) upper: usize,
    /// Letters `a`–`f` in either case.
    pub(super) hex_letters: usize,
    pub(super) dashes: usize,
    pub(super) underscores: usize,
    pub(super) dots: usize,
    pub(super) colons: usize,
    pub(super) at_signs: usize,
    /// `+`, `/`, `=`, `~`, `,`, `%`: characters of encodings and lists.
    pub(super) encodings: usize,
    /// Anything else: blanks, brackets, bytes above 0x7f.
    pub(super) other: usize,
    /// Runs, a capital counted with the lower case that follows.
    runs: usize,
    digit_runs: usize,
    longest_digits: usize,
}

const DIGIT: u8 = 0;
const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DASH: u8 = 3;
const UNDERSCORE: u8 = 4;
const DOT: u8 = 5;
const COLON: u8 = 6;
const AT: u8 = 7;
const ENCODING: u8 = 8;
const OTHER: u8 = 9;
/// Set beside the kind of a letter that is a hexadecimal digit.
const HEX: u8 = 0x10;

const KINDS: [u8; 256] = kinds();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, over the whole range of a byte")]
const fn kinds() -> [u8; 256] {
    let mut table = [OTHER; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => LOWER | HEX,
            b'A'..=b'F' => UPPER | HEX,
            b'g'..=b'z' => LOWER,
            b'G'..=b'Z' => UPPER,
            b'-' => DASH,
            b'_' => UNDERSCORE,
            b'.' => DOT,
            b':' => COLON,
            b'@' => AT,
            b'+' | b'/' | b'=' | b'~' | b',' | b'%' => ENCODING,
            _ => OTHER,
        };
        at += 1;
    }
    table
}

fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

impl Shape {
    /// Counts `value` in one pass.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut counts = [0usize; 16];
        let (mut hex_letters, mut runs, mut digit_runs) = (0, 0, 0);
        let (mut last, mut run, mut longest_digits) = (OTHER, 0usize, 0);
        for &byte in value {
            let class = kind(byte);
            let kind = class & 0x0f;
            hex_letters += usize::from(class >> 4);
            if let Some(count) = counts.get_mut(usize::from(kind)) {
                *count += 1;
            }
            if kind == last {
                run += 1;
            } else {
                let capital = kind == LOWER && last == UPPER && run == 1;
                runs += usize::from(kind <= UPPER && !capital);
                digit_runs += usize::from(kind == DIGIT);
                (last, run) = (kind, 1);
            }
            if kind == DIGIT && run > longest_digits {
                longest_digits = run;
            }
        }
        let [digits, lower, upper, dashes, underscores, dots, colons, at_signs, encodings, other, ..] = counts;
        Self {
            len: value.len(),
            digits,
            lower,
            upper,
            hex_letters,
            dashes,
            underscores,
            dots,
            colons,
            at_signs,
            encodings,
            other,
            runs,
            digit_runs,
            longest_digits,
        }
    }

    /// ASCII letters and digits only.
    pub(super) const fn plain(&self) -> bool {
        self.digits + self.lower + self.upper == self.len
    }

    /// Characters that are neither letter nor digit.
    pub(super) const fn marks(&self) -> usize {
        self.len - self.digits - self.lower - self.upper
    }

    /// Whether a piece without separators was drawn by a machine.
    pub(super) const fn random(&self) -> bool {
        let letters = self.lower + self.upper;
        if letters == 0 {
            return self.digits >= DIGITS_PIECE_MIN;
        }
        if self.digits == 0 {
            return self.len >= LETTERS_TOKEN_MIN && self.lower > 0 && self.upper > 0 && self.runs * 5 >= self.len * 2;
        }
        if self.longest_digits >= DIGITS_TAIL_MIN {
            return true;
        }
        let mixed = self.digits >= 2 && self.digit_runs >= 2;
        match self.len {
            0..8 => false,
            8..10 => mixed && self.runs * 3 >= self.len * 2,
            10..16 => mixed && self.runs >= 5 && self.runs * 3 >= self.len,
            16..20 => mixed && self.runs * 3 >= self.len,
            _ => self.runs * 4 >= self.len && self.runs >= 5,
        }
    }

    /// Whether the whole, separators of base64 and base64url aside, alternates as only drawn text does.
    pub(super) const fn random_whole(&self) -> bool {
        let alphabet = self.digits + self.lower + self.upper + self.dashes + self.underscores + self.encodings;
        alphabet == self.len
            && self.len >= LETTERS_TOKEN_MIN
            && self.digits >= 2
            && self.lower > 0
            && self.upper > 0
            && self.runs * 2 >= self.len
    }
}

/// Whether all are hexadecimal digits, as machines write them: `decade2000` is not, `7f3c2a1b` is.
pub(super) fn is_hex(value: &[u8], shape: &Shape) -> bool {
    let (body, digits, letters) = match value.split_at_checked(2) {
        Some((b"0x" | b"0X", rest)) => (rest.len(), shape.digits - 1, shape.hex_letters),
        _ => (value.len(), shape.digits, shape.hex_letters),
    };
    digits + letters == body && body >= HEX_MIN && letters > 0 && (shape.runs >= 3 || body >= 16)
}

/// Hexadecimal octets with separators: `00:1a:2b:3c:4d:5e`.
pub(super) fn hex_groups(value: &[u8]) -> bool {
    let separator = if value.contains(&b':') { b':' } else { b'-' };
    let mut groups = 0;
    value.split(|b| *b == separator).all(|group| {
        groups += 1;
        group.len() == 2 && group.iter().all(u8::is_ascii_hexdigit)
    }) && groups >= 6
}

/// Whether some piece between separators was drawn by a machine.
pub(super) fn random_piece(value: &[u8]) -> bool {
    let separator = |b: &u8| matches!(b, b'-' | b'_' | b'.' | b':' | b'~' | b',' | b'@' | b'+' | b'/' | b'=' | b'%');
    let mut pieces = 0;
    let found = value.split(separator).any(|piece| {
        pieces += 1;
        let shape = Shape::of(piece);
        let mixed = shape.digits > 0 && shape.digits < piece.len();
        shape.random() || (mixed && is_hex(piece, &shape))
    });
    found && (pieces > 1 || value.len() > DIGITS_PIECE_MIN)
}

/// Keys whose form their issuer has published, too regular for the general rule: AWS key ids.
pub(super) fn prefixed_key(value: &[u8]) -> bool {
    value.len() == 20
        && matches!(value.get(..4), Some(b"AKIA" | b"ASIA" | b"AROA" | b"AIDA"))
        && value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Base64 that ends with its padding.
pub(super) fn padded_base64(value: &[u8], shape: &Shape) -> bool {
    let bare = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"="));
    bare.is_some_and(|bare| {
        value.len().is_multiple_of(4)
            && value.len() >= 8
            && shape.lower > 0
            && shape.upper + shape.digits > 0
            && bare.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'))
    })
}
