//! Protocol flood: a caller sends frames of HTTP/2 or messages of a WebSocket that cost the server more than they cost the
//! sender (OWASP API4:2023).
//!
//! Judged: the mark that the reader of the connection sets, `h2.flood`: resets, settings, priorities, continuations and empty
//! frames, over a thousand within ten seconds and more than half as many as header blocks. No honest peer does that, so
//! nothing has to be learned. Of WebSockets: `ws.limit`, more control frames or fragments than anybody needs, and messages
//! that inflate without end (`content.bomb`). Silent: gateways that reset some of the streams of those behind them.

use std::time::Duration;

use model::Anomaly;
use model::finding::{DetectorInfo, Fact, Severity};
use model::life::Report;
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, Key, Model, Monitor, Verdict};

pub(crate) struct ProtocolFlood;

/// What one network sent on connections that flood.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flooded {
    calls: u64,
    unanswered: u64,
    /// Parts of WebSockets.
    #[serde(default)]
    streams: u64,
    /// Of these, with messages that inflate without end.
    #[serde(default)]
    bombs: u64,
}

impl Model for Flooded {
    fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.unanswered = self.unanswered.saturating_add(other.unanswered);
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
        version: 1,
        subject: "network",
        quiet: Duration::from_hours(1),
        doc: "detectors/protocol-flood.md",
        owasp: &["API4:2023"],
        cwe: &["CWE-400", "CWE-770"],
        attack: &["T1499.002"],
        next: "Bound resets and control frames for each connection in the server, bring it up to date, and block the network.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let has = |anomaly| row.anomalies.contains(anomaly);
        // A bomb in an answer or a request is looked at as far as is safe, and costs whoever inflates it once.
        let flood =
            has(Anomaly::H2Flood) || has(Anomaly::WsLimit) || row.streamed.is_some() && has(Anomaly::ContentBomb);
        flood.then(|| Concern { subject: Some(Key::of(call.network())), common: None })
    }

    fn judge(call: &Call<'_>, _common: Option<&()>, flooded: &mut Flooded, _open: bool) -> Verdict {
        if call.row().streamed.is_some() {
            let bomb = call.row().anomalies.contains(Anomaly::ContentBomb);
            flooded.streams = flooded.streams.saturating_add(1);
            flooded.bombs = flooded.bombs.saturating_add(u64::from(bomb));
            return Verdict::Cause(Severity::Medium);
        }
        flooded.calls = flooded.calls.saturating_add(1);
        flooded.unanswered = flooded.unanswered.saturating_add(u64::from(call.row().status == 0));
        Verdict::Cause(Severity::Medium)
    }

    fn closed(flooded: &mut Flooded) {
        *flooded = Flooded::default();
    }

    fn report(_about: &About, flooded: &Flooded) -> Report {
        let Flooded { calls, unanswered, streams, bombs } = *flooded;
        if calls == 0 && streams > 0 {
            return of_sockets(streams, bombs);
        }
        let fact = |name: &'static str, value: f64, text: String| Fact { name: name.into(), value, text };
        let most = model::limits::H2_CONTROL_FRAMES_MAX;
        Report {
            severity: Severity::Medium,
            confidence: 0.9,
            title: format!("connections of HTTP/2 are flooded with control frames; {calls} requests since the limit"),
            expected: vec![fact(
                "control_frames",
                f64::from(most),
                format!("at most {most} resets, settings and empty frames of a connection in ten seconds"),
            )],
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
