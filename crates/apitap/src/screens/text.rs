//! Words and numbers for people: escaping, short numbers, spans and times of day.
//!
//! Everything that came from the wire passes [`inert`] on its way to a screen, so that no name can steer a terminal or
//! reorder what stands beside it.

use std::time::Duration;

use model::PacketTime;

/// `text` with everything escaped that does not print as one ordinary character: control characters, line and paragraph
/// separators, characters without width, and those that change the direction of writing.
pub(crate) fn inert(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character could steer a terminal or hide or reorder text.
pub(crate) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// `1,204,110`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `9,120`, `212 k`, `1.2 M`: exact below ten thousand.
pub(crate) fn count(n: u64) -> String {
    match n {
        0..10_000 => grouped(n),
        10_000..1_000_000 => format!("{} k", n / 1_000),
        1_000_000..1_000_000_000 => scaled(n, 1_000_000, "M"),
        _ => scaled(n, 1_000_000_000, "G"),
    }
}

/// `n` things, with the word in singular or plural: `1 endpoint`, `47 endpoints`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// `1.1 KB`, `412 MB`: decimal units.
pub(crate) fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => scaled(n, 1_000, "KB"),
        1_000_000..1_000_000_000 => scaled(n, 1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => scaled(n, 1_000_000_000, "GB"),
        _ => scaled(n, 1_000_000_000_000, "TB"),
    }
}

/// `41 ms`, `2.1 s`, `870 µs`.
pub(crate) fn nanos(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} ns"),
        1_000..1_000_000 => scaled(n, 1_000, "µs"),
        1_000_000..1_000_000_000 => scaled(n, 1_000_000, "ms"),
        1_000_000_000..120_000_000_000 => scaled(n, 1_000_000_000, "s"),
        _ => span(Duration::from_nanos(n)),
    }
}

/// One decimal below ten of a unit, none above.
fn scaled(n: u64, unit: u64, name: &str) -> String {
    let tenths = u128::from(n) * 10 / u128::from(unit.max(1));
    if tenths < 100 { format!("{}.{} {name}", tenths / 10, tenths % 10) } else { format!("{} {name}", tenths / 10) }
}

/// `9.8 s`, `14 min`, `1 h 12 min`, `26 days`.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => nanos(span.as_nanos() as u64),
        1..60 => scaled(span.as_nanos() as u64, 1_000_000_000, "s"),
        60..3_600 => match seconds % 60 {
            0 => format!("{} min", seconds / 60),
            rest if seconds < 600 => format!("{} min {rest} s", seconds / 60),
            _ => format!("{} min", seconds / 60),
        },
        3_600..172_800 => match seconds / 60 % 60 {
            0 => format!("{} h", seconds / 3_600),
            minutes => format!("{} h {minutes} min", seconds / 3_600),
        },
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `91.7 %`; more than nothing is never `0.0 %`, and less than all never `100 %`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let tenths = u128::from(part) * 1_000 / u128::from(whole);
    match tenths {
        0 if part > 0 => "<0.1 %".to_owned(),
        1_000 => "100 %".to_owned(),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// A share of 0–1 as `99.2 %`.
pub(crate) fn share(share: f32) -> String {
    // By its shortest decimal: 0.992 as an `f32` is a little less than that.
    let share = share.to_string().parse::<f64>().ok().filter(|share| share.is_finite()).unwrap_or_default();
    let tenths = (share.clamp(0.0, 1.0) * 1_000.0 + 1e-6).floor();
    if tenths >= 1_000.0 { "100 %".to_owned() } else { format!("{:.1} %", tenths / 10.0) }
}

/// `2026-03-02`.
pub(crate) fn date(at: PacketTime) -> String {
    at.to_string().chars().take(10).collect()
}

/// `08:41`.
pub(crate) fn clock(at: PacketTime) -> String {
    at.to_string().chars().skip(11).take(5).collect()
}

/// `08:41:03`.
pub(crate) fn clock_seconds(at: PacketTime) -> String {
    at.to_string().chars().skip(11).take(8).collect()
}

/// `2026-03-02 08:00 – 09:12`, with the second date where it differs; seconds where the minutes do not.
pub(crate) fn between(first: PacketTime, last: PacketTime) -> String {
    let same_day = date(first) == date(last);
    let of = if same_day && clock(first) == clock(last) { clock_seconds } else { clock };
    let mut out = format!("{} {}", date(first), of(first));
    if same_day && of(first) == of(last) {
        return out;
    }
    out.push_str(" – ");
    if !same_day {
        out.extend([format!("{} ", date(last))]);
    }
    out.push_str(&of(last));
    out
}

/// Breaks `text` at spaces into lines of at most `width` characters; a longer word stands alone.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if used + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
                used += 1 + length;
            }
            _ => {
                lines.push(word.to_owned());
                used = length;
            }
        }
    }
    lines
}

/// `text` in at most `width` characters: its middle is left out, since paths differ at both ends.
pub(crate) fn cut_middle(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let tail = kept / 2;
    let head = kept - tail;
    let mut out: String = text.chars().take(head).collect();
    out.push('…');
    out.extend(text.chars().skip(length - tail));
    out
}

/// `text` in at most `width` characters: its end is left out.
pub(crate) fn cut_end(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(width.saturating_sub(1)).collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_keep_their_size() {
        for (n, expected) in
            [(0, "0"), (9_120, "9,120"), (212_999, "212 k"), (1_250_000, "1.2 M"), (34_000_000, "34 M")]
        {
            assert_eq!(count(n), expected);
        }
        for (n, expected) in [(999, "999 B"), (1_100, "1.1 KB"), (38_400, "38 KB"), (4_000_000_000, "4.0 GB")] {
            assert_eq!(bytes(n), expected);
        }
        for (n, expected) in
            [(870_000, "870 µs"), (41_200_000, "41 ms"), (2_140_000_000, "2.1 s"), (900_000_000_000, "15 min")]
        {
            assert_eq!(nanos(n), expected);
        }
    }

    #[test]
    fn a_small_share_is_never_called_nothing_or_all() {
        assert_eq!(percent(1, 1_000_000), "<0.1 %");
        assert_eq!(percent(0, 7), "0.0 %");
        assert_eq!(percent(999_999, 1_000_000), "99.9 %");
        assert_eq!(percent(7, 7), "100 %");
        assert_eq!(share(0.999_9), "99.9 %");
    }

    #[test]
    fn spans_and_instants_read_well() {
        for (seconds, expected) in
            [(9, "9.0 s"), (74, "1 min 14 s"), (840, "14 min"), (4_320, "1 h 12 min"), (2_246_400, "26 days")]
        {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
        let first = PacketTime::from_parts(1_772_440_863, 0);
        let plus = |seconds| between(first, first.plus(Duration::from_secs(seconds)));
        assert_eq!(plus(0), "2026-03-02 08:41:03");
        assert_eq!(plus(9), "2026-03-02 08:41:03 – 08:41:12");
        assert_eq!(plus(900), "2026-03-02 08:41 – 08:56");
        assert_eq!(plus(90_000), "2026-03-02 08:41 – 2026-03-03 09:41");
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        for hostile in ["\u{1b}[2J", "a\u{202e}b", "\u{9b}1m", "x\u{200d}y", "\r\n", "\u{7f}", "\u{e0041}"] {
            assert!(!inert(hostile).chars().any(steers), "{hostile:?}");
        }
        assert_eq!(inert("/käse/{int}"), "/käse/{int}");
    }

    #[test]
    fn cuts_keep_within_the_width() {
        assert_eq!(cut_middle("api.shop.example/v1/orders/{int}", 15), "api.sho…s/{int}");
        assert_eq!(cut_end("abcdef", 4), "abc…");
        for width in 1..20 {
            assert!(cut_middle("0123456789ä", width).chars().count() <= width);
        }
        assert_eq!(wrapped("aa bb cc", 5), ["aa bb", "cc"]);
    }
}
