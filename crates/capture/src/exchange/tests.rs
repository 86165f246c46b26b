//! Records there and back, records of any bytes, and a sink that fails.

use model::ledger::Counter;
use model::message::{FieldName, TransactionSink, Version};
use model::{Ledger, PacketTime, Transaction};
use proptest::prelude::*;

use super::record::{Draft, Side, UNKNOWN, write};
use super::{HostPort, LINK_TYPE};
use crate::Frame;
use crate::inline::Inline;
use crate::link::DecapSettings;
use model::message::Field;

/// Keeps what each exchange says; `/boom` is more than it can bear.
#[derive(Default)]
struct Fragile(Vec<String>);

impl TransactionSink for Fragile {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, tx: &Transaction<'_>) {
        let (request, response) = (tx.request.as_ref().unwrap(), tx.response.as_ref().unwrap());
        assert_ne!(request.target, b"/boom");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = request.fields.iter().map(|(id, name, value)| format!("{id:?} {}={}", text(name), text(value)));
        self.0.push(format!(
            "{} {} {} {} {} {:?} {} {} {}",
            tx.flow.orig,
            tx.flow.resp,
            request.version.as_str(),
            text(request.method),
            text(request.target),
            fields.collect::<Vec<_>>(),
            response.status,
            text(response.body.kept),
            response.span.last_at == PacketTime::ZERO,
        ));
    }
}

fn record(target: &str) -> Vec<u8> {
    let field =
        |name_at, name_len, value_at, value_len| Field { id: FieldName::Other, name_at, name_len, value_at, value_len };
    let request = Side {
        version: Version::Http3,
        bytes: b"Hosta.exampleX1",
        fields: &[field(0, 4, 4, 9), field(13, 1, 14, 1)],
        complete: true,
        ..Side::default()
    };
    let response = Side { body: b"{}", len: 2, complete: true, missing: 7, ..Side::default() };
    let end = |last, port| HostPort { addr: model::flow::mapped([10, 0, 0, last]), port };
    let draft = Draft {
        client: end(1, 7),
        server: end(2, 443),
        anomalies: 0,
        times: [0, 0, UNKNOWN, UNKNOWN],
        method: b"GET",
        target: target.as_bytes(),
        request,
        status: 200,
        response,
    };
    let mut out = Vec::new();
    write(&draft, &mut out);
    out
}

fn read(records: &[Vec<u8>]) -> (Vec<String>, Ledger) {
    let (mut inline, mut sink) = (Inline::new(DecapSettings::default()), Fragile::default());
    for (number, data) in (1..).zip(records) {
        let at = PacketTime::from_parts(number, 0);
        inline.frame(&Frame { number, at, link_type: LINK_TYPE, data, wire_len: data.len() as u32 }, &mut sink);
    }
    let ledger = inline.finish(&mut sink);
    assert_eq!(ledger.check(), Ok(()));
    assert_eq!(ledger.get(Counter::HarEntries), records.len() as u64);
    (sink.0, ledger)
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let (told, ledger) = read(&[record("/v1")]);
    let line = "10.0.0.1:7 10.0.0.2:443 3 GET /v1 [\"Host Host=a.example\", \"Other X=1\"] 200 {} true";
    assert_eq!(told, [line]);
    assert_eq!((ledger.get(Counter::PayloadMissing), ledger.get(Counter::PayloadNotHttp)), (7, 0));
}

#[test]
fn a_fault_on_one_exchange_costs_that_one() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (told, ledger) = read(&[record("/a"), record("/boom"), record("/b")]);
    std::panic::set_hook(hook);
    assert_eq!(told.len(), 2);
    assert_eq!(ledger.get(Counter::FlowsPoisoned), 1);
    assert_eq!(ledger.get(Counter::PayloadPoisoned), record("/boom").len() as u64);
}

#[test]
fn a_record_cut_anywhere_is_counted_and_tells_nothing() {
    let whole = record("/v1");
    for len in 0..whole.len() {
        let (told, ledger) = read(&[whole[..len].to_vec()]);
        let lost = ledger.get(Counter::FramesBadHar) + u64::from(ledger.get(Counter::PayloadNotHttp) > 0);
        assert_eq!((told.len(), lost), (0, 1), "cut at {len}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        hurts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        tail in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = record("/v1");
        for (at, byte) in hurts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read(&[bytes, tail]);
    }
}
