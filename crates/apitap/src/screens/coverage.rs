//! The coverage statement: what share of the traffic was understood, and what became of the rest.
//!
//! The whole is every byte of TCP payload, and of datagrams of QUIC, that the streams had: what was captured, without what was seen before, and with
//! what is missing from the capture. So a capture with losses never claims to be whole.

use model::record::Trailer;

use super::text;

/// How much of a run's traffic was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Bytes of TCP payload the streams had.
    pub whole: u64,
    /// Bytes understood.
    pub understood: u64,
    /// Bytes understood, by protocol, most first.
    pub protocols: Vec<(String, u64)>,
    /// Bytes of exchanges in HAR files, and of bodies that they should hold when nothing else was read.
    har: u64,
    /// Bytes not understood, by reason, most first.
    pub unseen: Vec<(String, u64)>,
}

/// The words for datagrams of QUIC.
pub(super) const QUIC: &str = "QUIC (HTTP/3)";

/// Counters of payload that was not understood, and the words for them.
const REASONS: [(&str, &str); 10] = [
    ("payload.unparsed.tls", "TLS"),
    ("payload.unparsed.quic", QUIC),
    ("payload.unparsed.upgraded", "upgraded or tunnelled"),
    ("payload.unparsed.not_http", "not HTTP"),
    ("payload.unparsed.desync", "after a gap"),
    ("payload.unparsed.poisoned", "fault of apitap"),
    ("payload.conflict", "sent twice with different bytes"),
    ("payload.outside_window", "outside the window"),
    ("payload.over_limit", "over a limit"),
    ("payload.missing", "missing from the capture"),
];

impl Coverage {
    /// From the counters of a trailer.
    pub(crate) fn of(trailer: &Trailer) -> Self {
        let counter = |name: &str| trailer.counters.get(name).copied().unwrap_or(0);
        let delivered = "payload.delivered.";
        let protocols = trailer.counters.iter().filter_map(|(name, &n)| Some((name.strip_prefix(delivered)?, n)));
        let protocols = sorted(protocols.map(|(name, n)| (protocol(name), n)).collect());
        let unseen = sorted(REASONS.iter().map(|&(name, words)| (words.to_owned(), counter(name))).collect());
        let captured = counter("payload.accepted").saturating_sub(counter("payload.duplicate"));
        let har = counter("payload.delivered.har");
        Self {
            har: if har == captured { har.saturating_add(counter("payload.missing")) } else { har },
            whole: captured.saturating_add(counter("payload.missing")),
            understood: protocols.iter().map(|(_, n)| n).sum(),
            protocols,
            unseen,
        }
    }

    /// What the shares are of.
    pub(crate) fn of_what(&self) -> &'static str {
        if self.har == 0 && self.unseen_as(QUIC) > 0 {
            return "TCP and QUIC payload";
        }
        match (self.har > 0, self.whole > self.har) {
            (false, _) => "TCP payload",
            (true, true) => "TCP payload and HAR content",
            (true, false) => "HAR content",
        }
    }

    /// `91.7 %`.
    pub(crate) fn share(&self) -> String {
        text::percent(self.understood, self.whole)
    }

    /// `7.9 % TLS, 0.3 % missing from the capture`; empty when all was understood.
    pub(crate) fn rest(&self) -> String {
        let parts = self.unseen.iter().map(|(words, n)| format!("{} {words}", text::percent(*n, self.whole)));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// Bytes not understood for this reason.
    pub(crate) fn unseen_as(&self, words: &str) -> u64 {
        self.unseen.iter().find(|(reason, _)| reason == words).map_or(0, |(_, n)| *n)
    }
}

fn sorted(mut parts: Vec<(String, u64)>) -> Vec<(String, u64)> {
    parts.retain(|(_, n)| *n > 0);
    parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    parts
}

fn protocol(name: &str) -> String {
    match name {
        "http1" => "HTTP/1".to_owned(),
        "har" => "HAR".to_owned(),
        "http2" => "HTTP/2".to_owned(),
        "websocket" => "WebSocket".to_owned(),
        other => text::inert(other),
    }
}

/// Why a run has no endpoints to show, in one sentence; none when it has.
pub(crate) fn why_no_endpoints(trailer: &Trailer) -> Option<String> {
    if trailer.totals.endpoints > 0 {
        return None;
    }
    let counter = |name: &str| trailer.counters.get(name).copied().unwrap_or(0);
    let totals = trailer.totals;
    let why = if totals.transactions == 0 {
        super::blind::Blindness::of(trailer).map_or_else(|| "no transaction was seen".to_owned(), |b| b.sentence())
    } else if totals.noise >= totals.transactions {
        let n = text::counted(totals.transactions, "transaction names", "transactions name");
        format!(
            "the {n} no endpoint: refused or not found (answers such as 404), unanswered, scans, or pages and files"
        )
    } else if counter("transactions.response_only") >= totals.transactions {
        "only responses were captured: without requests there are no paths".to_owned()
    } else {
        format!("no service admitted any of the {} requests", text::grouped(totals.transactions - totals.noise))
    };
    Some(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_the_streams_had() {
        let counters = [
            ("payload.accepted", 1_000),
            ("payload.duplicate", 100),
            ("payload.delivered.http1", 600),
            ("payload.unparsed.tls", 300),
            ("payload.missing", 100),
        ];
        let trailer = Trailer { counters: counters.map(|(name, n)| (name.to_owned(), n)).into(), ..Trailer::default() };
        let coverage = Coverage::of(&trailer);
        assert_eq!((coverage.whole, coverage.understood), (1_000, 600));
        assert_eq!(coverage.share(), "60.0 %");
        assert_eq!(coverage.rest(), "30.0 % TLS, 10.0 % missing from the capture");
    }

    #[test]
    fn shares_say_what_they_are_of() {
        for (counters, words) in [
            (&[("payload.accepted", 9), ("payload.delivered.http1", 9)][..], "TCP payload"),
            (&[("payload.accepted", 9), ("payload.unparsed.quic", 4)], "TCP and QUIC payload"),
            (&[("payload.accepted", 9), ("payload.delivered.har", 9), ("payload.missing", 4)], "HAR content"),
            (&[("payload.accepted", 9), ("payload.delivered.har", 5)], "TCP payload and HAR content"),
        ] {
            let counters = counters.iter().map(|&(name, n)| (name.to_owned(), n)).collect();
            assert_eq!(Coverage::of(&Trailer { counters, ..Trailer::default() }).of_what(), words);
        }
    }

    #[test]
    fn every_counter_of_lost_payload_has_its_words() {
        use model::ledger::Counter;
        let apart = ["payload.accepted", "payload.duplicate"];
        for counter in Counter::ALL.iter().map(|c| c.as_str()).filter(|name| name.starts_with("payload.")) {
            let known = REASONS.iter().any(|(name, _)| *name == counter);
            assert!(known || counter.starts_with("payload.delivered.") || apart.contains(&counter), "{counter}");
        }
    }
}
