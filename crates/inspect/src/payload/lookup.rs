//! Look-ups of Java naming as Log4j resolves them: `${jndi:…}`, and what is nested to hide the word.
//!
//! `${lower:J}` and `${upper:j}` give their letters, `${name:-default}` and `${::-j}` the default, `${date:'j'}` the quoted
//! text. Innermost first, as Log4j does it.

/// Look-ups within look-ups; deeper ones are judged by what they hold.
const DEPTH_MAX: usize = 32;

/// The look-up by name that `text` holds, as it reads once all within it is resolved.
pub(crate) fn found(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memmem::find(text, b"${")?;
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
                let inner = out.get(from..).unwrap_or_default();
                if names(inner) {
                    return Some(inner.to_vec());
                }
                let value = resolve(inner);
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
    open.into_iter().filter_map(|from| out.get(from..)).find(|inner| names(inner)).map(<[u8]>::to_vec)
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
