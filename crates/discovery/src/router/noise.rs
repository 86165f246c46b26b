//! What is not a call of an endpoint, told by its answer.

use model::{Anomaly, Noise, Observed, SignalKind, ValueClass};

/// What the message alone says, before any name is looked up.
pub(crate) fn not_a_call(seen: &Observed<'_>) -> Option<Noise> {
    let method = seen.method();
    if method.is_empty() {
        return Some(Noise::NoRequest);
    }
    if seen.row.anomalies.contains(Anomaly::H2Desync) {
        return Some(Noise::Unreadable);
    }
    // A pre-flight never carries credentials (Fetch standard), a call of an OPTIONS operation may.
    let preflight = method == b"OPTIONS" && seen.row.auth.is_empty();
    let no_path = seen.template().first() != Some(&b'/');
    (method == b"CONNECT" || preflight || no_path).then_some(Noise::NotACall)
}

/// Why an unknown name is not learned from this answer; `None` when it is.
pub(crate) fn not_learned(seen: &Observed<'_>) -> Option<Noise> {
    let row = seen.row;
    if !row.succeeded() {
        return Some(Noise::NeverAnswered);
    }
    // A redirect of a caller without credentials is how log-in pages answer every path there is. One that hands out a
    // credential is a log-in that was carried out.
    let hands_out = seen.signals().iter().any(|signal| signal.kind == SignalKind::Issued);
    if (300..400).contains(&row.status) && row.status != 304 && row.auth.is_empty() && !hands_out {
        return Some(Noise::SameAnswer);
    }
    is_static(seen).then_some(Noise::Static)
}

/// A page, or a file that belongs to one.
fn is_static(seen: &Observed<'_>) -> bool {
    if !matches!(seen.method(), b"GET" | b"HEAD") {
        return false;
    }
    if let [only] = seen.segments()
        && std::str::from_utf8(seen.text(only.text)).is_ok_and(super::words::is_site_file)
    {
        return true;
    }
    let media = seen.text(seen.row.response.content_type);
    let file = seen.segments().last().is_some_and(|last| last.class == ValueClass::File);
    match media {
        b"text/html"
        | b"application/xhtml+xml"
        | b"text/css"
        | b"text/javascript"
        | b"application/javascript"
        | b"application/x-javascript"
        | b"application/manifest+json"
        | b"application/wasm" => true,
        b"" => file && seen.row.status == 304,
        b"text/plain" => file && seen.segments().len() == 1,
        _ if media.starts_with(b"font/") || media.starts_with(b"application/font") => true,
        _ => file && [&b"image/"[..], b"video/", b"audio/"].iter().any(|kind| media.starts_with(kind)),
    }
}

/// Shape of the answer; 0 when it says nothing about the content, as 304 does.
pub(crate) fn shape(seen: &Observed<'_>) -> u64 {
    if seen.row.status == 304 { 0 } else { seen.row.answer_shape }
}

/// Whether an answer may be the one a server gives to every path: not data, and not empty.
pub(crate) fn may_be_same_answer(seen: &Observed<'_>) -> bool {
    let media = seen.text(seen.row.response.content_type);
    let data = media.ends_with(b"json") || media.ends_with(b"xml") || media.starts_with(b"application/");
    !data && seen.row.response.bytes > 0
}
