//! Why nothing was understood: each way of being blind, with its code and cure.

use model::record::Trailer;

use super::coverage::{Coverage, QUIC};
use super::text;
use crate::fault::Fault;

/// A run that read its input and found no transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Blindness {
    /// The capture holds no frames.
    Empty,
    /// No frame carried TCP payload.
    NoPayload(String),
    /// What there is, is encrypted.
    Encrypted(String),
    /// What there is, is not HTTP.
    NotHttp(String),
}

impl Blindness {
    /// None when transactions were seen.
    pub(crate) fn of(trailer: &Trailer) -> Option<Self> {
        if trailer.totals.transactions > 0 {
            return None;
        }
        let counter = |name: &str| trailer.counters.get(name).copied().unwrap_or(0);
        let frames = counter("frames.seen");
        let coverage = Coverage::of(trailer);
        let payload = text::bytes(coverage.whole);
        Some(if frames == 0 {
            Self::Empty
        } else if coverage.whole == 0 {
            Self::NoPayload(no_payload(trailer, frames))
        } else if encrypted(&coverage).saturating_mul(2) > coverage.whole {
            let share = text::percent(encrypted(&coverage), coverage.whole);
            let what = if coverage.unseen_as(QUIC) > 0 { "TLS or QUIC" } else { "TLS" };
            Self::Encrypted(format!("{share} of {payload} of {} is {what}", coverage.of_what()))
        } else {
            Self::NotHttp(format!("of {payload} of {}, {}", coverage.of_what(), coverage.rest()))
        })
    }

    /// One sentence without its end.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Empty => "no frame was captured; was the capture stopped early, or is nothing mirrored?".to_owned(),
            Self::NoPayload(why) => format!("no frame carries TCP payload: {why}"),
            Self::Encrypted(why) => format!("no readable API traffic: {why}"),
            Self::NotHttp(why) => format!("no HTTP that this version reads: {why}"),
        }
    }

    /// The same as an error, with its cure.
    pub(crate) fn fault(&self) -> Fault {
        let (code, cure) = match self {
            Self::Empty => ("E201", "capinfos FILE   (shows what a capture holds)"),
            Self::NoPayload(_) => ("E212", "tcpdump -nn -c 20 -r FILE   (shows what was captured)"),
            Self::Encrypted(_) => ("E210", "mirror behind the TLS terminator, where the traffic is readable"),
            Self::NotHttp(_) => ("E211", "tcpdump -nn -c 20 -r FILE   (shows which ports were captured)"),
        };
        Fault::new(code, self.sentence()).cure(cure)
    }
}

/// Bytes that nobody reads without keys.
fn encrypted(coverage: &Coverage) -> u64 {
    coverage.unseen_as("TLS").saturating_add(coverage.unseen_as(QUIC))
}

/// Why frames carry no payload: the largest reasons first.
fn no_payload(trailer: &Trailer, frames: u64) -> String {
    let words = [
        ("frames.ignored.filtered", "left out by the filter"),
        ("frames.ignored.link_type", "of a link type that is not read"),
        ("frames.ignored.not_ip", "not IP"),
        ("frames.ignored.not_tcp", "neither TCP nor QUIC"),
        ("frames.ignored.opaque", "encrypted at the link"),
        ("frames.ignored.har_scheme", "entries of HAR that are not HTTP"),
        ("frames.ignored.har_cached", "entries of HAR answered from a cache"),
        ("frames.ignored.har_failed", "entries of HAR without an answer"),
        ("frames.malformed.har", "malformed entries of HAR"),
        ("frames.malformed.checksum", "with a wrong checksum"),
        ("frames.accepted", "TCP without payload"),
    ];
    let counter = |name: &str| trailer.counters.get(name).copied().unwrap_or(0);
    let mut parts: Vec<_> = words.iter().map(|(name, words)| (counter(name), *words)).filter(|(n, _)| *n > 0).collect();
    parts.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let parts: Vec<_> = parts.iter().map(|(n, words)| format!("{} {words}", text::percent(*n, frames))).collect();
    let of = text::counted(frames, "frame", "frames");
    if parts.is_empty() { format!("{of}, none of them whole") } else { format!("of {of}, {}", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trailer(counters: &[(&str, u64)]) -> Trailer {
        Trailer { counters: counters.iter().map(|&(name, n)| (name.to_owned(), n)).collect(), ..Trailer::default() }
    }

    #[test]
    fn each_way_of_being_blind_has_its_code() {
        for (counters, code, sentence) in [
            (&[][..], "E201", "no frame was captured; was the capture stopped early, or is nothing mirrored?"),
            (
                &[("frames.seen", 4), ("frames.ignored.not_tcp", 3), ("frames.accepted", 1)],
                "E212",
                "no frame carries TCP payload: of 4 frames, 75.0 % neither TCP nor QUIC, 25.0 % TCP without payload",
            ),
            (
                &[("frames.seen", 4), ("payload.accepted", 2_000), ("payload.unparsed.tls", 2_000)],
                "E210",
                "no readable API traffic: 100 % of 2.0 KB of TCP payload is TLS",
            ),
            (
                &[("frames.seen", 4), ("payload.accepted", 2_000), ("payload.unparsed.not_http", 2_000)],
                "E211",
                "no HTTP that this version reads: of 2.0 KB of TCP payload, 100 % not HTTP",
            ),
        ] {
            let blind = Blindness::of(&trailer(counters)).unwrap();
            assert_eq!((blind.fault().code, blind.sentence().as_str()), (code, sentence));
        }
        let mut seen = trailer(&[]);
        seen.totals.transactions = 1;
        assert_eq!(Blindness::of(&seen), None);
    }
}
