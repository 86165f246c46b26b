//! Protocols, from frames to transactions.

use capture::Frame;
use capture::inline::Inline;
use capture::link::DecapSettings;
use make_fixtures::{Conversation, Cut, Packet, disturb, http};
use model::message::TransactionSink;
use model::{Ledger, PacketTime, TlsSeen, Transaction};

use super::{Found, all};

/// What came out: `METHOD TARGET STATUS BYTES` of each exchange, and server names.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub exchanges: Vec<String>,
    names: Vec<String>,
}

impl TransactionSink for Seen {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        if let (Some(request), Some(response)) = (&transaction.request, &transaction.response)
            && request.body.complete
            && response.body.complete
        {
            let text = String::from_utf8_lossy;
            let (method, target) = (text(request.method), text(request.target));
            let bytes = request.body.len + response.body.len;
            self.exchanges.push(format!("{method} {target} {} {bytes}", response.status));
        }
    }

    fn tls(&mut self, seen: &TlsSeen<'_>) {
        self.names.extend(seen.sni.map(|name| String::from_utf8_lossy(name).into_owned()));
    }
}

/// Reads packets of Ethernet.
pub(super) fn decode(packets: &[Packet]) -> Result<Seen, String> {
    let frames = packets.iter().map(|packet| (packet.at_ns, &packet.bytes[..]));
    read(frames).map(|(seen, _)| seen)
}

fn read<'a>(frames: impl Iterator<Item = (u64, &'a [u8])>) -> Result<(Seen, Ledger), String> {
    let mut inline = Inline::new(DecapSettings::default());
    let mut seen = Seen::default();
    for (number, (at, data)) in (1..).zip(frames) {
        let wire_len = u32::try_from(data.len()).unwrap_or(u32::MAX);
        inline.frame(&Frame { number, at: PacketTime(at), link_type: 1, data, wire_len }, &mut seen);
    }
    let ledger = inline.finish(&mut seen);
    ledger.check().map_err(|imbalance| imbalance.to_string())?;
    Ok((seen, ledger))
}

/// Exchanges of HTTP/1, in order and cut small, out of order, and sent twice.
pub(super) fn http1() -> Found {
    const EXCHANGES: usize = 24;
    let mut talk = Conversation::new(([192, 0, 2, 10], 40_000), ([198, 51, 100, 20], 8080));
    let mut expected = Vec::new();
    for n in 0..EXCHANGES {
        let (target, answer) = (format!("/v1/orders/{n}"), format!("{{\"id\":{n}}}"));
        expected.push(format!("POST {target} 200 {}", 2 + answer.len()));
        let json = [("Content-Type", "application/json")];
        talk = talk.client(http::request("POST", &target, "api.example", &json, b"{}"));
        talk = talk.server(http::response(200, &json, answer.as_bytes()));
    }
    let plain = talk.packets(&Cut::Mss(97));
    for packets in [disturb::reorder(&plain, 4, 7), disturb::overlap_equal(&plain, 3, 7), plain] {
        let seen = decode(&packets)?;
        let right = seen.exchanges.iter().zip(&expected).filter(|(seen, expected)| seen == expected).count();
        all(right, EXCHANGES, "exchanges read")?;
    }
    Ok(format!("{EXCHANGES} of {EXCHANGES} exchanges read, cut small, out of order and sent twice"))
}

/// The first packet of RFC 9001 names its server.
pub(super) fn quic() -> Found {
    if !cfg!(feature = "tls") {
        return Ok("left out of this build, and TLS with it".to_owned());
    }
    let seen = decode(&make_fixtures::cases::quic_packets())?;
    match &seen.names[..] {
        [name] if name == "example.com" => Ok("the first packet of RFC 9001 opened, and its server named".to_owned()),
        other => Err(format!("the first packet of RFC 9001 names {other:?}")),
    }
}
