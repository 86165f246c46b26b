//! A fault of ours costs one flow, not the run.
//!
//! In: one step on one flow, everything below it included: parsers, pairing, the sink. Out: whether it came to its end.
//! A panic is told by the panic hook; the caller counts it and drops the flow.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `step`, and says whether it came to its end without a panic.
///
/// What a panic leaves half-done is dropped with the flow, but for two things that outlive it: the ledger, whose counters
/// are whole at any time, and spare buffers, which are empty where they lie.
#[inline]
pub(super) fn survives(step: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(step)).is_ok()
}

#[cfg(test)]
mod tests {
    use model::flow::Tenant;
    use model::ledger::Counter;
    use model::message::TransactionSink;
    use model::segment::{Carries, Tcp, TcpFlags};
    use model::{FlowKey, Ledger, PacketTime, Segment, Transaction};

    use super::super::Flows;

    /// Keeps the targets of requests; `/boom` is more than it can bear.
    #[derive(Default)]
    struct Fragile(Vec<String>);

    impl TransactionSink for Fragile {
        fn wants_bodies(&self) -> bool {
            false
        }

        fn transaction(&mut self, transaction: &Transaction<'_>) {
            let request = transaction.request.as_ref().unwrap();
            assert_ne!(request.target, b"/boom");
            self.0.push(String::from_utf8(request.target.to_vec()).unwrap());
        }
    }

    struct Wire {
        flows: Flows,
        ledger: Ledger,
        sink: Fragile,
    }

    impl Wire {
        fn new() -> Self {
            Self { flows: Flows::new(7), ledger: Ledger::default(), sink: Fragile::default() }
        }

        /// Client `port` sends `payload` at `seq`, or the server does.
        fn say(&mut self, port: u16, from_client: bool, seq: u32, payload: &[u8]) {
            let (client, server) = ([1; 16], [2; 16]);
            let (key, client_is_low) = FlowKey::new(client, port, server, 80, Tenant::NONE);
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

        fn ask(&mut self, port: u16, seq: u32, target: &str) -> u32 {
            let request = format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n");
            self.say(port, true, seq, request.as_bytes());
            seq + request.len() as u32
        }

        fn answer(&mut self, port: u16, seq: u32) -> u32 {
            let response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            self.say(port, false, seq, response);
            seq + response.len() as u32
        }
    }

    #[test]
    fn a_fault_costs_the_flow_it_happened_on() {
        let mut wire = Wire::new();
        let (first, second) = (wire.ask(1, 1, "/a"), wire.ask(2, 1, "/b"));
        let (first_back, second_back) = (wire.answer(1, 1), wire.answer(2, 1));
        let first = wire.ask(1, first, "/boom");
        let first_back = wire.answer(1, first_back);
        wire.ask(2, second, "/c");
        wire.ask(1, first, "/after");
        wire.answer(1, first_back);
        wire.answer(2, second_back);
        wire.flows.finish(99, PacketTime(99), &mut wire.ledger, &mut wire.sink);
        assert_eq!(wire.sink.0, ["/a", "/b", "/c"]);
        assert_eq!(wire.ledger.get(Counter::FlowsPoisoned), 1);
        assert_eq!(wire.ledger.get(Counter::FlowsOpened), 2);
        assert_eq!(wire.ledger.check(), Ok(()));
    }

    #[test]
    fn a_fault_at_the_end_of_a_flow_is_counted_once() {
        let mut wire = Wire::new();
        wire.ask(1, 1, "/boom");
        wire.ask(2, 1, "/b");
        wire.flows.finish(99, PacketTime(99), &mut wire.ledger, &mut wire.sink);
        assert_eq!(wire.sink.0, ["/b"]);
        assert_eq!((wire.ledger.get(Counter::FlowsPoisoned), wire.ledger.get(Counter::FlowsUnfinished)), (1, 1));
        assert_eq!(wire.ledger.check(), Ok(()));
    }
}
