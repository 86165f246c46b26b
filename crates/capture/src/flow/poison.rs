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
    use model::PacketTime;
    use model::ledger::Counter;

    use crate::flow::wire::Wire;

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
