//! Kinds of characters and how they alternate: what tells drawn tokens from words.
//!
//! A *run* is a maximal stretch of one kind (lower case, upper case, digits); one capital before lower case belongs to
//! their run, so that `camelCase` is two runs. Words have runs of four to eight, drawn base62 of about two.

/// Letters without a digit are a token only from this length on.
pub(super) const LETTERS_TOKEN_MIN: usize = 16;
/// Letters of both cases and digits are a token from this length on when they alternate.
const THREE_KINDS_MIN: usize = 12;
/// Letters of which every third being of another kind than the one before is enough: words have four to a run.
const LONG_LETTERS_MIN: usize = 20;
/// Digits of a piece between separators that are an identifier: more than a year.
const DIGITS_PIECE_MIN: usize = 5;
/// Digits after letters that are an identifier (`ISO27001` is none).
const DIGITS_TAIL_MIN: usize = 6;
/// Hexadecimal digits that are a value.
const HEX_MIN: usize = 8;

/// Counts of one value, taken in one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) len: usize,
    pub(super) digits: usize,
    pub(super) lower: usize,
    pub(super) upper: usize,
    /// Letters `a`–`f` in either case.
    pub(super) hex_letters: usize,
    pub(super) dashes: usize,
    pub(super) dots: usize,
    pub(super) colons: usize,
    /// `_`, `+`, `/`, `=`, `~`, `,`, `%`: characters of encodings and lists.
    pub(super) joiners: usize,
}

/// For each byte a one in the lanes of eight bits that count it, in the order of [`Shape`]'s fields after `len`.
const LANES: [u64; 256] = lanes();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, over the whole range of a byte")]
const fn lanes() -> [u64; 256] {
    const HEX_LETTER: u64 = 1 << 24;
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = match at as u8 {
            b'0'..=b'9' => 1,
            b'a'..=b'f' => 1 << 8 | HEX_LETTER,
            b'A'..=b'F' => 1 << 16 | HEX_LETTER,
            b'g'..=b'z' => 1 << 8,
            b'G'..=b'Z' => 1 << 16,
            b'-' => 1 << 32,
            b'.' => 1 << 40,
            b':' => 1 << 48,
            b'_' | b'+' | b'/' | b'=' | b'~' | b',' | b'%' => 1 << 56,
            _ => 0,
        };
        at += 1;
    }
    table
}

/// Bytes after which a lane is full.
const LANE_MAX: usize = 255;

impl Shape {
    /// Counts `value` in one pass.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut counts = [0usize; 8];
        for chunk in value.chunks(LANE_MAX) {
            let lanes = chunk
                .iter()
                .fold(0u64, |sum, byte| sum.wrapping_add(LANES.get(usize::from(*byte)).copied().unwrap_or_default()));
            for (count, lane) in counts.iter_mut().zip(lanes.to_le_bytes()) {
                *count += usize::from(lane);
            }
        }
        let [digits, lower, upper, hex_letters, dashes, dots, colons, joiners] = counts;
        Self { len: value.len(), digits, lower, upper, hex_letters, dashes, dots, colons, joiners }
    }

    /// ASCII letters and digits only.
    pub(super) const fn plain(&self) -> bool {
        self.marks() == 0
    }

    /// Characters that are neither letter nor digit.
    pub(super) const fn marks(&self) -> usize {
        self.len - self.digits - self.lower - self.upper
    }

    /// `@` and what has no count: blanks, brackets, bytes above 0x7f.
    pub(super) const fn foreign(&self) -> usize {
        self.marks() - self.dashes - self.dots - self.colons - self.joiners
    }
}

/// How kinds of characters alternate; only counted where the counts leave the question open.
#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    /// All of letters and digits, a capital counted with the lower case that follows.
    all: usize,
    of_digits: usize,
    longest_digits: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Digit,
    Lower,
    Upper,
    Mark,
}

impl Kind {
    const fn of(byte: u8) -> Self {
        match byte {
            b'0'..=b'9' => Self::Digit,
            b'a'..=b'z' => Self::Lower,
            b'A'..=b'Z' => Self::Upper,
            _ => Self::Mark,
        }
    }
}

impl Runs {
    fn of(value: &[u8]) -> Self {
        let mut runs = Self::default();
        let (mut last, mut length) = (Kind::Mark, 0usize);
        for &byte in value {
            let kind = Kind::of(byte);
            if kind == last {
                length += 1;
            } else {
                let capital = kind == Kind::Lower && last == Kind::Upper && length == 1;
                runs.all += usize::from(kind != Kind::Mark && !capital);
                runs.of_digits += usize::from(kind == Kind::Digit);
                (last, length) = (kind, 1);
            }
            if kind == Kind::Digit && length > runs.longest_digits {
                runs.longest_digits = length;
            }
        }
        runs
    }
}

/// Whether a piece without separators was drawn by a machine.
pub(super) fn random(piece: &[u8], shape: &Shape) -> bool {
    let len = shape.len;
    if shape.digits == len {
        return shape.digits >= DIGITS_PIECE_MIN;
    }
    if shape.digits == 0 {
        let enough = if len < LONG_LETTERS_MIN { len * 2 } else { len.div_ceil(3) * 5 };
        return may_be_letters_token(shape) && Runs::of(piece).all * 5 >= enough;
    }
    if len < HEX_MIN && shape.digits < DIGITS_TAIL_MIN {
        return false;
    }
    let runs = Runs::of(piece);
    if runs.longest_digits >= DIGITS_TAIL_MIN || is_ulid(piece, shape) {
        return true;
    }
    // Drawn from three kinds: every second character is another than the one before.
    if len >= THREE_KINDS_MIN && shape.lower > 0 && shape.upper > 0 && runs.all * 2 >= len {
        return true;
    }
    let mixed = shape.digits >= 2 && runs.of_digits >= 2;
    match len {
        0..8 => false,
        8..10 => mixed && runs.all * 3 >= len * 2,
        10..16 => mixed && runs.all >= 5 && runs.all * 3 >= len,
        16..20 => mixed && runs.all * 3 >= len,
        _ => runs.all * 4 >= len && runs.all >= 5,
    }
}

/// 26 characters of Crockford's base 32 in one case, which begin with a time (github.com/ulid/spec).
fn is_ulid(piece: &[u8], shape: &Shape) -> bool {
    let base32 = |b: &u8| b.is_ascii_alphanumeric() && !matches!(b.to_ascii_uppercase(), b'I' | b'L' | b'O' | b'U');
    shape.len == 26
        && (shape.lower == 0 || shape.upper == 0)
        && matches!(piece.first(), Some(b'0'..=b'7'))
        && piece.iter().all(base32)
}

/// Long enough, and letters of both cases: what a token without digits has at least.
const fn may_be_letters_token(shape: &Shape) -> bool {
    shape.len >= LETTERS_TOKEN_MIN && shape.lower > 0 && shape.upper > 0
}

/// Whether the whole, separators of base64 and base64url aside, alternates as only drawn text does.
pub(super) fn random_whole(value: &[u8], shape: &Shape) -> bool {
    shape.dots + shape.colons + shape.foreign() == 0
        && shape.digits >= 1
        && may_be_letters_token(shape)
        && Runs::of(value).all * 2 >= shape.len
}

/// Whether all are hexadecimal digits, as machines write them: `decade2000` is not, `7f3c2a1b` is.
pub(super) fn is_hex(value: &[u8], shape: &Shape) -> bool {
    let (body, digits, letters) = match value.split_at_checked(2) {
        Some((b"0x" | b"0X", rest)) => (rest.len(), shape.digits - 1, shape.hex_letters),
        _ => (value.len(), shape.digits, shape.hex_letters),
    };
    digits + letters == body && body >= HEX_MIN && letters > 0 && (body >= 16 || Runs::of(value).all >= 3)
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
pub(super) fn random_piece(value: &[u8], whole: &Shape) -> bool {
    // Without digits only long pieces in both cases are, and no piece has more of anything than the whole.
    if whole.digits == 0 && !may_be_letters_token(whole) {
        return false;
    }
    let separator = |b: &u8| matches!(b, b'-' | b'_' | b'.' | b':' | b'~' | b',' | b'@' | b'+' | b'/' | b'=' | b'%');
    let mut pieces = 0;
    let found = value.split(separator).any(|piece| {
        pieces += 1;
        let shape = Shape::of(piece);
        let mixed = shape.digits > 0 && shape.digits < piece.len();
        random(piece, &shape) || (mixed && is_hex(piece, &shape))
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
