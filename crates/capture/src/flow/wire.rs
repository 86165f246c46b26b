//! Segments made by hand, for tests.

use model::ledger::Counter;
use model::message::TransactionSink;
use model::segment::{Carries, Tcp, TcpFlags};
use model::{FlowKey, Ledger, PacketTime, Segment, Tenant, Transaction};

use super::Flows;

/// A sink with a fault.
#[derive(Default)]
pub(super) struct Fragile(pub Vec<String>);

impl TransactionSink for Fragile {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        let request = transaction.request.as_ref().unwrap();
        assert_ne!(request.target, b"/boom");
        self.0.push(String::from_utf8(request.target.to_vec()).unwrap());
    }
}

/// The flow of a client's port, and whether the client is its low end.
pub(super) fn key(port: u16) -> (FlowKey, bool) {
    FlowKey::new([1; 16], port, [2; 16], 80, Tenant::NONE)
}

/// Clients of one server, by port.
pub(super) struct Wire {
    pub flows: Flows,
    pub ledger: Ledger,
    pub sink: Fragile,
}

impl Wire {
    pub(super) fn new() -> Self {
        Self { flows: Flows::new(7), ledger: Ledger::default(), sink: Fragile::default() }
    }

    /// Client `port` sends `payload` at `seq`, or the server does.
    pub(super) fn say(&mut self, port: u16, from_client: bool, seq: u32, payload: &[u8]) {
        let (key, client_is_low) = key(port);
        self.ledger.add(Counter::FramesSeen, 1);
        self.ledger.add(Counter::FramesAccepted, 1);
        self.ledger.add(Counter::PayloadAccepted, payload.len() as u64);
        let frame = self.ledger.get(Counter::FramesSeen);
        let tcp = Tcp {
            seq,
            flags: TcpFlags(TcpFlags::ACK),
            window: u16::MAX,
            wire_len: payload.len() as u32,
            ..Tcp::default()
        };
        let (hash, from_low) = (key.hash(7), from_client == client_is_low);
        let (at, carries) = (PacketTime(frame), Carries::Stream);
        let segment = Segment { frame, at, key, hash, from_low, tcp, carries, payload };
        self.flows.push(&segment, &mut self.ledger, &mut self.sink);
    }

    /// The client sends; returns where it goes on.
    pub(super) fn talk(&mut self, port: u16, seq: u32, payload: &[u8]) -> u32 {
        self.say(port, true, seq, payload);
        seq + payload.len() as u32
    }

    pub(super) fn ask(&mut self, port: u16, seq: u32, target: &str) -> u32 {
        self.talk(port, seq, format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n").as_bytes())
    }

    pub(super) fn answer(&mut self, port: u16, seq: u32) -> u32 {
        let response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        self.say(port, false, seq, response);
        seq + response.len() as u32
    }

    /// Ends all flows; returns the targets that were told. The account balances.
    pub(super) fn finish(&mut self) -> Vec<String> {
        self.flows.finish(u64::MAX >> 1, PacketTime(u64::MAX >> 1), &mut self.ledger, &mut self.sink);
        assert_eq!(self.ledger.check(), Ok(()));
        std::mem::take(&mut self.sink.0)
    }
}
