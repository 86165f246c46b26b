//! Protocol flood: a caller sends little that costs the server much (OWASP API4:2023).
//!
//! Judged: marks that the reader of the connection sets, and that no honest peer earns, so that nothing has to be learned:
//! `h2.flood` (resets, settings, pings, empty frames in great number, header blocks without end), `h2.header_bomb` (header
//! blocks that stand for many times their size), `h2.open_streams` (streams opened and left open), `content.request_bomb`
//! (compressed content that does the same). Of WebSockets: `ws.limit`, more control frames or
//! fragments than anybody needs, and messages that inflate without end (`content.bomb`). Silent: gateways that reset some of
//! the streams of those behind them.

use std::time::Duration;

use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use model::{Anomaly, AnomalySet};
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};

pub(crate) struct ProtocolFlood;

/// What one network sent on connections that flood.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flooded {
    calls: u64,
    unanswered: u64,
    #[serde(default)]
    marks: AnomalySet,
    /// Parts of WebSockets.
    #[serde(default)]
    streams: u64,
    /// Of these, with messages that inflate without end.
    #[serde(default)]
    bombs: u64,
}

/// Each kind with what it is, what is usual, and the least that is not.
const KINDS: [(Anomaly, &str, &str, f64); 4] = [
    (
        Anomaly::H2Flood,
        "connections of HTTP/2 are flooded with control frames",
        "resets, settings, pings and empty frames of a connection in ten seconds",
        model::limits::H2_CONTROL_FRAMES_MAX as f64,
    ),
    (
        Anomaly::H2HeaderBomb,
        "header blocks of HTTP/2 stand for many times their size",
        "bytes that one header block stands for",
        model::limits::H2_LIST_BYTES_MAX as f64,
    ),
    (
        Anomaly::H2OpenStreams,
        "streams of HTTP/2 are opened by the thousand and left open",
        "streams of a connection left open in ten seconds",
        model::limits::H2_CONTROL_FRAMES_MAX as f64,
    ),
    (
        Anomaly::ContentRequestBomb,
        "compressed bodies of requests expand to many times their size",
        "bytes of content for each byte sent",
        model::limits::DECODED_RATIO_MAX as f64,
    ),
];

/// The kinds that a set of marks shows.
fn kinds(marks: AnomalySet) -> impl Iterator<Item = &'static (Anomaly, &'static str, &'static str, f64)> {
    KINDS.iter().filter(move |(mark, ..)| marks.contains(*mark))
}

impl Model for Flooded {
    fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.unanswered = self.unanswered.saturating_add(other.unanswered);
        self.marks.extend(other.marks);
        self.streams = self.streams.saturating_add(other.streams);
        self.bombs = self.bombs.saturating_add(other.bombs);
    }
}

impl Monitor for ProtocolFlood {
    type Common = ();
    type Model = Flooded;

    const STREAMS: bool = true;

    const INFO: DetectorInfo = DetectorInfo {
        id: "protocol-flood",
        version: 2,
        subject: "network",
        quiet: Duration::from_hours(1),
        doc: "detectors/protocol-flood.md",
        owasp: &["API4:2023"],
        cwe: &["CWE-400", "CWE-770", "CWE-409"],
        attack: &["T1499.002"],
        next: "Bound frames, streams and the size of decoded heads and bodies in the server, bring it up to date, and block the network.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        // A bomb in an answer is looked at as far as is safe, and costs whoever inflates it once.
        let flood = kinds(row.anomalies).next().is_some() || row.streamed.is_some() && is_costly(row.anomalies);
        flood.then(|| Concern { subject: Some(Key::of(call.network())), common: None })
    }

    fn judge(call: &Call<'_>, _common: Option<&()>, flooded: &mut Flooded, _open: bool) -> Verdict {
        let row = call.row();
        if row.streamed.is_some() && is_costly(row.anomalies) {
            let bomb = row.anomalies.contains(Anomaly::ContentBomb);
            flooded.streams = flooded.streams.saturating_add(1);
            flooded.bombs = flooded.bombs.saturating_add(u64::from(bomb));
            return Verdict::Cause(Severity::Medium);
        }
        kinds(row.anomalies).for_each(|(mark, ..)| flooded.marks.insert(*mark));
        if !row.is_bare() && row.streamed.is_none() {
            flooded.calls = flooded.calls.saturating_add(1);
            flooded.unanswered = flooded.unanswered.saturating_add(u64::from(row.status == 0));
        }
        Verdict::Cause(Severity::Medium)
    }

    fn closed(flooded: &mut Flooded) {
        *flooded = Flooded::default();
    }

    fn report(_about: &About, flooded: &Flooded) -> Report {
        let Flooded { calls, unanswered, marks, streams, bombs } = *flooded;
        if streams > 0 && kinds(marks).next().is_none() {
            return of_sockets(streams, bombs);
        }
        let fact = |name: &'static str, value: f64, text: String| Fact { name: name.into(), value, text };
        let titles: Vec<&str> = kinds(marks).map(|(_, title, ..)| *title).collect();
        let expected =
            kinds(marks).map(|(mark, _, what, most)| fact(mark.as_str(), *most, format!("at most {most} {what}")));
        Report {
            severity: Severity::Medium,
            confidence: 0.9,
            title: match calls {
                0 => titles.join("; "),
                1 => format!("{}; one request with it", titles.join("; ")),
                calls => format!("{}; {calls} requests with it", titles.join("; ")),
            },
            expected: expected.collect(),
            observed: vec![
                fact("requests", calls as f64, format!("{calls} requests after that on the same connections")),
                fact("unanswered", unanswered as f64, format!("{unanswered} of them given up before an answer")),
            ],
            peers: Vec::new(),
            ruled_out: vec![
                "a busy gateway: it resets few of the streams that it opens".to_owned(),
                "a page that was left: a browser resets some hundred streams at most".to_owned(),
            ],
        }
    }
}

/// Whether a part of a WebSocket costs the server more than the sender.
fn is_costly(marks: AnomalySet) -> bool {
    marks.contains(Anomaly::WsLimit) || marks.contains(Anomaly::ContentBomb)
}

/// What is said of WebSockets.
fn of_sockets(streams: u64, bombs: u64) -> Report {
    let fact = |name: &'static str, value: f64, text: String| Fact { name: name.into(), value, text };
    let (frames, fragments) = (model::limits::WS_CONTROL_FRAMES_MAX, model::limits::WS_FRAGMENTS_MAX);
    let ratio = model::limits::DECODED_RATIO_MAX;
    let what = if bombs > 0 { "messages that inflate without end" } else { "control frames and fragments" };
    Report {
        severity: Severity::Medium,
        confidence: 0.9,
        title: format!("WebSockets are flooded with {what}"),
        expected: vec![
            fact(
                "control_frames",
                f64::from(frames),
                format!(
                    "at most {frames} control frames of a direction in ten seconds, and {fragments} fragments of a message"
                ),
            ),
            fact("inflated_ratio", ratio as f64, format!("messages that inflate to at most {ratio} times their size")),
        ],
        observed: vec![
            fact(
                "parts",
                streams as f64,
                format!("{streams} parts of WebSockets, of a minute at most, that held more"),
            ),
            fact("bombs", bombs as f64, format!("{bombs} of them with messages that inflate without end")),
        ],
        peers: Vec::new(),
        ruled_out: vec![
            "a client that looks whether the connection is alive: some frames a minute do".to_owned(),
            "text that repeats itself: it compresses to a hundredth at most".to_owned(),
        ],
    }
}
