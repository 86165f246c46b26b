//! Look-ups of Java naming as Log4j resolves them: `${jndi:…}`, and what is nested to hide the word.
//!
//! `${lower:J}` and `${upper:j}` give their letters, `${name:-default}` and `${::-j}` the default, `${date:'j'}` the quoted
//! text. Innermost first, as Log4j does it.

/// Look-ups within look-ups; deeper ones are judged by what they hold.
const DEPTH_MAX: usize = 32;

/// Whether `text` holds a look-up by name.
pub(crate) fn found(text: &[u8]) -> bool {
    if memchr::memmem::find(text, b"${").is_none() {
        return false;
    }
    let (mut out, mut open) = (Vec::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        if rest.starts_with(b"${") && open.len() < DEPTH_MAX {
            open.push(out.len());
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        match (*byte, open.pop()) {
            (b'}', Some(from)) => {
                if names(out.get(from..).unwrap_or_default()) {
                    return true;
                }
                let value = resolve(out.get(from..).unwrap_or_default());
                out.truncate(from);
                out.extend_from_slice(&value);
            }
            (byte, from) => {
                open.extend(from);
                out.push(byte);
            }
        }
        rest = tail;
    }
    // Cut, or left open.
    open.into_iter().any(|from| names(out.get(from..).unwrap_or_default()))
}

fn names(inner: &[u8]) -> bool {
    inner.get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"jndi:"))
}

fn resolve(inner: &[u8]) -> Vec<u8> {
    let colon = inner.iter().position(|byte| *byte == b':');
    let prefix = colon.and_then(|at| inner.get(..at)).unwrap_or_default().to_ascii_lowercase();
    let value = colon.and_then(|at| inner.get(at + 1..)).unwrap_or_default();
    match prefix.as_slice() {
        b"lower" => value.to_ascii_lowercase(),
        b"upper" => value.to_ascii_uppercase(),
        b"date" => value.iter().copied().filter(|byte| *byte != b'\'').collect(),
        _ => memchr::memmem::rfind(inner, b":-").and_then(|at| inner.get(at + 2..)).unwrap_or_default().to_vec(),
    }
}
