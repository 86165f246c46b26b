//! What the answer shows if a payload is believed: the result of its arithmetic, its own script, a delay.
//!
//! In: a value that matched rules, as a layer of it reads; later the answer. Out: proofs. Kept: of one transaction, bounded;
//! nothing of it leaves the shard but the numbers of rules and the delay.

use memchr::memmem;
use model::limits::{CLUE_BYTES_MAX, CLUES_MAX};

/// Results from so many digits on stand in no answer by chance; shorter ones count when they stand alone in a text.
const DIGITS_SURE: usize = 4;
/// Scripts shorter than this may stand in a page of their own.
const SCRIPT_BYTES_MIN: usize = 8;
/// Delays that are worth a look, in milliseconds: above what a network does, below what anybody waits for.
const DELAY_MILLIS: std::ops::RangeInclusive<u64> = 1_000..=120_000;
/// What work without a stated time takes at least, as attackers choose it.
const WORK_MILLIS: u64 = 1_000;

/// Of one transaction.
#[derive(Debug, Default)]
pub(super) struct Clues {
    sums: Vec<Sum>,
    scripts: Vec<Vec<u8>>,
    /// Milliseconds; 0 for none.
    delay: u64,
}

/// A result that is not in the payload, and the arithmetic it is of.
#[derive(Debug, PartialEq, Eq)]
struct Sum {
    result: Vec<u8>,
    of: Vec<u8>,
}

impl Clues {
    /// For the next transaction.
    pub(super) fn clear(&mut self) {
        self.sums.clear();
        self.scripts.clear();
        self.delay = 0;
    }

    /// The delay that was asked for, in milliseconds; 0 for none.
    pub(super) const fn delay(&self) -> u64 {
        self.delay
    }

    /// Takes an expression of a template: two numbers with a sign between them.
    pub(super) fn arithmetic(&mut self, text: &[u8]) {
        for opening in [&b"{{"[..], b"${", b"#{", b"<%=", b"*{", b"@("] {
            for at in memmem::find_iter(text, opening).take(CLUES_MAX) {
                self.expression(text.get(at + opening.len()..).unwrap_or_default());
            }
        }
    }

    fn expression(&mut self, text: &[u8]) {
        let Some((one, quoted, rest)) = operand(text) else { return };
        let Some((sign, rest)) = rest.trim_ascii_start().split_first() else { return };
        let Some((other, quoted_too, rest)) = operand(rest) else { return };
        let of = text.get(..text.len() - rest.len()).unwrap_or_default();
        // Some languages repeat a text that is multiplied.
        if *sign == b'*' && quoted != quoted_too {
            let (text, times) = if quoted { (one, other) } else { (other, one) };
            if times <= 32 {
                self.sum(text.to_string().repeat(times as usize), of);
            }
        }
        let result = match sign {
            b'*' => one.checked_mul(other),
            b'+' => one.checked_add(other),
            b'-' => one.checked_sub(other),
            _ => None,
        };
        if let Some(result) = result {
            self.sum(result.to_string(), of);
        }
    }

    fn sum(&mut self, result: String, of: &[u8]) {
        let sum = Sum { result: result.into_bytes(), of: of.trim_ascii().to_vec() };
        // What stands in the payload already proves nothing.
        let shown = memmem::find(of, &sum.result).is_some() || sum.result.len() < 2;
        if !shown && self.sums.len() < CLUES_MAX && sum.result.len() <= CLUE_BYTES_MAX && !self.sums.contains(&sum) {
            self.sums.push(sum);
        }
    }

    /// Takes a script or element as a browser would read it.
    pub(super) fn script(&mut self, text: &[u8]) {
        let from = text.iter().position(|byte| *byte == b'<').unwrap_or(text.len());
        let tag = text.get(from..).unwrap_or_default();
        let tag = tag.get(..CLUE_BYTES_MAX).unwrap_or(tag);
        if tag.len() >= SCRIPT_BYTES_MIN
            && self.scripts.len() < CLUES_MAX
            && !self.scripts.iter().any(|known| known == tag)
        {
            self.scripts.push(tag.to_vec());
        }
    }

    /// Takes a statement or command that waits.
    pub(super) fn waits(&mut self, text: &[u8]) {
        let text = text.to_ascii_lowercase();
        for millis in [slept(&text), waited(&text), pinged(&text), worked(&text)].into_iter().flatten() {
            if DELAY_MILLIS.contains(&millis) && (self.delay == 0 || millis < self.delay) {
                self.delay = millis;
            }
        }
    }

    /// Whether the answer holds a result, and not the arithmetic.
    pub(super) fn computed(&self, answer: &[u8]) -> bool {
        self.sums.iter().any(|sum| memmem::find(answer, &sum.of).is_none() && stands(&sum.result, answer))
    }

    /// Whether the answer, a page, holds a script as it was sent.
    pub(super) fn reflected(&self, answer: &[u8]) -> bool {
        self.scripts.iter().any(|script| memmem::find(answer, script).is_some())
    }
}

/// Whether a number stands in a text by itself: a long one between other signs, a short one as a whole value.
fn stands(number: &[u8], text: &[u8]) -> bool {
    memmem::find_iter(text, number).any(|at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at)).copied();
        let after = text.get(at + number.len()).copied();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let alone = !before.is_some_and(is_part) && !after.is_some_and(is_part);
        let whole = matches!((before, after), (Some(b'"'), Some(b'"')) | (Some(b'>'), Some(b'<')) | (None, None));
        alone && (number.len() >= DIGITS_SURE || whole)
    })
}

/// A whole number, whether it is quoted, and what follows.
fn operand(text: &[u8]) -> Option<(u64, bool, &[u8])> {
    let text = text.trim_ascii_start();
    let quoted = matches!(text.first(), Some(b'"' | b'\''));
    let text = text.get(usize::from(quoted)..)?;
    let (number, rest) = digits(text)?;
    Some((number, quoted, rest.get(usize::from(quoted)..)?))
}

fn digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(text.get(..end)?).ok()?.parse().ok()?;
    Some((number, text.get(end..)?))
}

/// `sleep(5)`, `pg_sleep(5)`, `sleep 5`, and `sleep(5000)` where milliseconds are meant.
fn slept(text: &[u8]) -> Option<u64> {
    let at = memmem::find(text, b"sleep")?;
    let rest = text.get(at + 5..)?;
    let from = rest.iter().position(|byte| !matches!(byte, b' ' | b'(' | b'\'' | b'"'))?;
    let (number, _) = digits(rest.get(from..)?)?;
    Some(if number >= 1_000 { number } else { number * 1_000 })
}

/// `waitfor delay '0:0:5'`, and `receive_message('x',5)`.
fn waited(text: &[u8]) -> Option<u64> {
    if let Some(at) = memmem::find(text, b"delay") {
        let rest = text.get(at + 5..)?;
        let from = rest.iter().position(u8::is_ascii_digit).filter(|from| *from <= 4)?;
        let (mut seconds, mut rest) = digits(rest.get(from..)?)?;
        while let Some(tail) = rest.strip_prefix(b":") {
            let (part, tail) = digits(tail)?;
            (seconds, rest) = (seconds.checked_mul(60)?.checked_add(part)?, tail);
        }
        return seconds.checked_mul(1_000);
    }
    let at = memmem::find(text, b"receive_message")?;
    let call = text.get(at..)?;
    let comma = call.iter().rposition(|byte| *byte == b',')?;
    digits(call.get(comma + 1..)?.trim_ascii_start()).map(|(seconds, _)| seconds * 1_000)
}

/// `ping -c 6 127.0.0.1`: a second between two of them.
fn pinged(text: &[u8]) -> Option<u64> {
    let rest = text.get(memmem::find(text, b"ping")? + 4..)?;
    let at = memmem::find(rest, b"-c").or_else(|| memmem::find(rest, b"-n"))?;
    let (count, _) = digits(rest.get(at + 2..)?.trim_ascii_start())?;
    count.checked_sub(1)?.checked_mul(1_000)
}

fn worked(text: &[u8]) -> Option<u64> {
    let work = [&b"benchmark"[..], b"randomblob", b"generate_series"];
    work.into_iter().any(|word| memmem::find(text, word).is_some()).then_some(WORK_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computed(value: &[u8], answer: &[u8]) -> bool {
        let mut clues = Clues::default();
        clues.arithmetic(value);
        clues.computed(answer)
    }

    #[test]
    fn a_result_proves_where_the_arithmetic_is_gone() {
        assert!(computed(b"${1337*191}", b"<p>Hello 255367!</p>"));
        assert!(!computed(b"${1337*191}", b"<p>Hello ${1337*191}, 255367</p>"), "the answer repeats the payload");
        assert!(!computed(b"${1337*191}", b"<p>Hello 9255367</p>"), "part of another number");
        assert!(computed(b"{{7*7}}", b"{\"name\":\"49\"}") && computed(b"<%= 7*7 %>", b"<b>49</b>"));
        assert!(!computed(b"{{7*7}}", b"{\"price\":49,\"id\":4949}"), "a short number stands anywhere");
        assert!(computed(b"{{7*'7'}}", b"Hello 7777777"));
        assert!(!computed(b"{{49-0}}", b"\"49\""), "the result stands in the payload");
        assert!(!computed(b"{{name}}", b"\"49\""));
    }

    #[test]
    fn a_script_proves_when_it_comes_back_as_it_was() {
        let mut clues = Clues::default();
        clues.script(b"x\"><script>alert(1)</script>");
        assert!(clues.reflected(b"<p>x\"><script>alert(1)</script></p>"));
        assert!(!clues.reflected(b"<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"));
    }

    #[test]
    fn delays_are_read_as_each_language_writes_them() {
        for (text, millis) in [
            ("1' AND SLEEP(5)#", 5_000),
            ("1;select pg_sleep(7)--", 7_000),
            ("1; WAITFOR DELAY '0:0:5'--", 5_000),
            ("1' || dbms_pipe.receive_message(('a'),10) || '", 10_000),
            ("x; sleep 4", 4_000),
            ("x; ping -c 6 127.0.0.1", 5_000),
            ("';sleep(3000);'", 3_000),
            ("1 and benchmark(5000000,md5(1))", WORK_MILLIS),
            ("1' and sleep(0)#", 0),
            ("1' and 1=1#", 0),
        ] {
            let mut clues = Clues::default();
            clues.waits(text.as_bytes());
            assert_eq!(clues.delay(), millis, "{text}");
        }
    }
}
