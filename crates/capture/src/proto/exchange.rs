//! A request and its answer while they are being read, and the view of them that leaves.

use model::ledger::Counter;
use model::message::Response;
use model::{Anomaly, AnomalySet, FlowEnds, Stamp, Transaction};

use super::message::Message;
use super::{Moment, Output, Spare};

/// A response as it leaves: a message that was kept, or one that lies whole in its segment.
pub(in crate::proto) struct Answer<'a> {
    pub response: Response<'a>,
    pub anomalies: AnomalySet,
    pub missing: u64,
}

/// A request with what was answered so far.
#[derive(Debug, Default)]
pub(in crate::proto) struct Exchange {
    /// `None`: requests may have been lost here.
    pub request: Option<Box<Message>>,
    pub response: Option<Box<Message>>,
    pub interim: Vec<u16>,
    pub anomalies: AnomalySet,
}

impl Exchange {
    /// Stands for requests that a gap may have swallowed.
    pub(in crate::proto) const fn is_unknown(&self) -> bool {
        self.request.is_none()
    }

    /// Whether its request was seen whole.
    pub(in crate::proto) fn is_asked(&self) -> bool {
        self.request.as_ref().is_some_and(|m| m.whole)
    }

    /// Whether its answer has ended.
    pub(in crate::proto) fn is_answered(&self) -> bool {
        self.response.as_ref().is_some_and(|m| m.done)
    }

    pub(in crate::proto) fn is_complete(&self) -> bool {
        self.request.as_ref().is_some_and(|m| m.done) && self.response.as_ref().is_some_and(|m| m.done)
    }

    pub(in crate::proto) fn buffered(&self) -> usize {
        let request = self.request.as_deref().map_or(0, Message::buffered);
        request + self.response.as_deref().map_or(0, Message::buffered) + size_of::<Self>()
    }

    /// Both messages of a call of gRPC are of gRPC, also where the media type of one is not known.
    pub(in crate::proto) fn confirm_framing(&mut self) {
        let sides = [&mut self.request, &mut self.response];
        if sides.iter().any(|side| side.as_ref().is_some_and(|message| message.framing.is_sure())) {
            sides.into_iter().flatten().for_each(|message| message.framing.confirm());
        }
    }

    /// Gives its memory back.
    pub(in crate::proto) fn recycle(self, spare: &mut Spare) {
        for message in [self.request, self.response].into_iter().flatten() {
            spare.keep_message(message);
        }
    }

    /// Its response as far as it was kept.
    pub(in crate::proto) fn answer(&self) -> Option<Answer<'_>> {
        self.response.as_deref().map(Message::answer)
    }

    /// Hands the exchange to the sink, with the answer given.
    pub(in crate::proto) fn emit(
        &self,
        answer: Option<Answer<'_>>,
        ends: FlowEnds,
        ordinal: u32,
        moment: &Moment,
        out: &mut Output<'_>,
    ) {
        let mut anomalies = moment.anomalies;
        anomalies.extend(self.anomalies);
        let mut missing = 0;
        if let Some(request) = &self.request {
            anomalies.extend(request.head.anomalies);
            missing += request.missing;
        }
        if let Some(answer) = &answer {
            anomalies.extend(answer.anomalies);
            missing += answer.missing;
        }
        if moment.midstream {
            anomalies.insert(Anomaly::TcpMidstream);
        }
        out.ledger.add(
            match (&self.request, &answer) {
                (Some(_), Some(_)) => Counter::TransactionsComplete,
                (Some(_), None) => Counter::TransactionsRequestOnly,
                _ => Counter::TransactionsResponseOnly,
            },
            1,
        );
        out.sink.transaction(&Transaction {
            stamp: stamp(moment, ordinal),
            at: moment.at,
            flow: ends,
            flow_at: moment.flow_at,
            ordinal,
            request: self.request.as_deref().map(Message::request),
            response: answer.map(|answer| answer.response),
            interim: &self.interim,
            certificate: out.certificate,
            anomalies,
            missing,
        });
    }
}

/// Tells of a connection that is abused, whether or not a message of it will be told.
pub(in crate::proto) fn abused(ends: FlowEnds, marks: AnomalySet, moment: &Moment, out: &mut Output<'_>) {
    let mut anomalies = moment.anomalies;
    anomalies.extend(marks);
    out.sink.abused(&Transaction {
        stamp: stamp(moment, u32::MAX),
        at: moment.at,
        flow: ends,
        flow_at: moment.flow_at,
        ordinal: u32::MAX,
        request: None,
        response: None,
        interim: &[],
        certificate: out.certificate,
        anomalies,
        missing: 0,
    });
}

fn stamp(moment: &Moment, ordinal: u32) -> Stamp {
    Stamp { frame: moment.frame, phase: moment.phase, flow: moment.flow_frame, sub: ordinal }
}
