//! What is told of a conversation, without what depends on how it is cut.

use capture::inline::Inline;
use capture::link::DecapSettings;
use model::message::TransactionSink;
use model::{AnomalySet, Ledger, StreamCounts, StreamPart, Transaction, limits};

use crate::wire::Wire;

/// What must not depend on cuts. Frames and times do, and are left out.
#[derive(Debug, PartialEq)]
pub struct Told {
    ordinal: u32,
    request: Option<(Vec<u8>, Vec<u8>, u64, bool)>,
    response: Option<(u16, u64, bool)>,
    interim: Vec<u16>,
    anomalies: AnomalySet,
    missing: u64,
}

/// Messages of streams: what was kept of them, and the counts of both directions.
#[derive(Debug, Default, PartialEq)]
pub struct Messages {
    kept: Vec<(bool, bool, Vec<u8>)>,
    sent: StreamCounts,
    received: StreamCounts,
}

impl TransactionSink for Messages {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, _transaction: &Transaction<'_>) {}

    fn streamed(&mut self, part: &StreamPart<'_>) {
        self.sent.add(&part.sent);
        self.received.add(&part.received);
        let kept: usize = part.messages.iter().map(|(_, content)| content.len()).sum();
        assert!(
            kept <= limits::PART_BYTES_MAX && part.messages.len() <= limits::PART_SENT_MAX + limits::PART_RECEIVED_MAX
        );
        // What the server sends is a sample of each part, and where parts end depends on how the directions come together.
        let sent = part.messages.iter().filter(|(message, _)| message.sent);
        self.kept.extend(sent.map(|(message, content)| (message.text, message.whole, content.to_vec())));
    }
}

/// The messages of a conversation cut into such pieces, and its account.
pub fn messages(client: &[u8], server: &[u8], cuts: &[usize]) -> (Messages, Ledger) {
    let (mut inline, mut seen) = (Inline::new(DecapSettings::default()), Messages::default());
    Wire::default().conversation(client, server, cuts, |frame| inline.frame(frame, &mut seen));
    let ledger = inline.finish(&mut seen);
    ledger.check().expect("the account balances");
    (seen, ledger)
}

#[derive(Default)]
struct Collect(Vec<Told>);

impl TransactionSink for Collect {
    fn wants_bodies(&self) -> bool {
        true
    }

    fn transaction(&mut self, transaction: &Transaction<'_>) {
        self.0.push(Told {
            ordinal: transaction.ordinal,
            request: transaction.request.map(|r| (r.method.to_vec(), r.target.to_vec(), r.body.len, r.body.complete)),
            response: transaction.response.map(|r| (r.status, r.body.len, r.body.complete)),
            interim: transaction.interim.to_vec(),
            anomalies: transaction.anomalies,
            missing: transaction.missing,
        });
    }
}

/// The transactions of a conversation cut into such pieces, and its account.
pub fn transactions(client: &[u8], server: &[u8], cuts: &[usize]) -> (Vec<Told>, Ledger) {
    let (mut inline, mut seen) = (Inline::new(DecapSettings::default()), Collect::default());
    Wire::default().conversation(client, server, cuts, |frame| inline.frame(frame, &mut seen));
    let ledger = inline.finish(&mut seen);
    ledger.check().expect("the account balances");
    (seen.0, ledger)
}
