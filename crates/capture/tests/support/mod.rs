//! What tests of this crate share.

use capture::Frame;
use capture::inline::Inline;
use capture::link::DecapSettings;
use make_fixtures::Packet;
use model::message::TransactionSink;
use model::{Ledger, PacketTime};

/// Shows packets to a reader, and returns its account, which balances.
pub(crate) fn feed(packets: &[Packet], sink: &mut dyn TransactionSink) -> Ledger {
    let mut inline = Inline::new(DecapSettings::default());
    for (number, packet) in (1..).zip(packets) {
        let (data, wire_len) = (&packet.bytes[..], packet.bytes.len() as u32);
        inline.frame(&Frame { number, at: PacketTime(packet.at_ns), link_type: 1, data, wire_len }, sink);
    }
    let ledger = inline.finish(sink);
    ledger.check().unwrap();
    ledger
}
