//! The account of everything seen and everything lost.
//!
//! Each stage owns one [`Ledger`] and is its only writer; they are summed when read. Every loss is counted once, under
//! one reason, and [`Ledger::check`] proves that the sums agree. `docs/records.md` describes each counter.

use std::fmt;

use crate::coverage::Tally;

macro_rules! counters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One counter; `as_str` is its stable dotted name in records, metrics and docs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Counter { $($(#[$doc])* $variant,)* }

        impl Counter {
            /// Every counter, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable dotted name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The counter of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

counters! {
    /// Frames read from the source.
    FramesSeen = "frames.seen",
    /// Frames whose TCP segment or datagram of QUIC reached a flow shard.
    FramesAccepted = "frames.accepted",
    /// Frames held as fragments of a datagram that a later frame completed, or never.
    FramesFragment = "frames.fragment",
    /// Frames that the capture filter (`-f`) left out.
    FramesFiltered = "frames.ignored.filtered",
    /// Frames of a link type apitap does not read.
    FramesLinkType = "frames.ignored.link_type",
    /// Frames that carry no IP (ARP, LLDP, control frames).
    FramesNotIp = "frames.ignored.not_ip",
    /// IP packets that carry neither TCP nor QUIC.
    FramesNotTcp = "frames.ignored.not_tcp",
    /// Frames that hold nothing but encrypted or compressed link payload.
    FramesOpaque = "frames.ignored.opaque",
    /// Entries of a HAR file whose URL is not HTTP: `data:`, `blob:`, `ws:`, `file:`.
    FramesHarScheme = "frames.ignored.har_scheme",
    /// Entries of a HAR file that the client answered from its cache.
    FramesHarCached = "frames.ignored.har_cached",
    /// Entries of a HAR file without an answer (status 0): blocked, failed or cancelled.
    FramesHarFailed = "frames.ignored.har_failed",
    /// Frames that end inside a link-layer header.
    FramesShortLink = "frames.malformed.short_link",
    /// Frames that end inside an IP header, or whose IP header is invalid.
    FramesBadIp = "frames.malformed.ip",
    /// Frames that end inside a tunnel header, or whose tunnel header is invalid.
    FramesBadTunnel = "frames.malformed.tunnel",
    /// Frames that end inside a TCP header, or whose TCP header is invalid.
    FramesBadTcp = "frames.malformed.tcp",
    /// Frames with more nested headers than allowed.
    FramesTooDeep = "frames.malformed.too_deep",
    /// Frames whose checksum is wrong while checksums are judged.
    FramesBadChecksum = "frames.malformed.checksum",
    /// Entries of a HAR file without a usable method, URL or time.
    FramesBadHar = "frames.malformed.har",
    /// Frames discarded by us under load, live only.
    FramesShed = "frames.shed",
    /// Frames the kernel had no room for, live only; not part of `frames.seen`.
    KernelDropped = "capture.kernel_dropped",
    /// Frames the interface had no room for, live only; not part of `frames.seen`.
    InterfaceDropped = "capture.interface_dropped",
    /// Frames the kernel still held when the run ended, live only; not part of `frames.seen`.
    Unread = "capture.unread",
    /// Entries of HAR files; each is also counted as a frame.
    HarEntries = "capture.har_entries",
    /// Frames cut by the snap length; they are also counted as what they are.
    FramesTruncated = "capture.truncated",
    /// Frames recognised as a second copy of one already read; they are also counted as what they are.
    FramesDuplicate = "capture.duplicate",
    /// Timestamps that ran backwards.
    ClockRegressions = "capture.clock_regressions",
    /// Timestamps that jumped ahead by more than an hour.
    ClockJumps = "capture.clock_jumps",
    /// Bytes of a damaged or cut capture file that could not be read as frames.
    DamagedBytes = "file.damaged_bytes",
    /// Datagrams put together from fragments.
    DatagramsReassembled = "ip.datagrams_reassembled",
    /// Datagrams given up because a fragment never came.
    DatagramsExpired = "ip.datagrams_expired",
    /// Datagrams given up because the fragment table was full.
    DatagramsEvicted = "ip.datagrams_evicted",
    /// Datagrams given up because fragments overlapped with other bytes.
    DatagramsConflict = "ip.datagrams_conflict",

    /// Bytes of TCP payload, and of datagrams of QUIC, of accepted frames.
    PayloadAccepted = "payload.accepted",
    /// Payload bytes handed to the HTTP/1 parser and understood.
    PayloadHttp1 = "payload.delivered.http1",
    /// Payload bytes handed to the HTTP/2 parser and understood.
    PayloadHttp2 = "payload.delivered.http2",
    /// Payload bytes of WebSocket connections, read as frames.
    PayloadWebSocket = "payload.delivered.websocket",
    /// Bytes of exchanges that HAR files hold, bodies as far as they are kept.
    PayloadHar = "payload.delivered.har",
    /// Payload bytes of decrypted TLS that are no content: handshakes, heads of records, tags, padding.
    PayloadTlsRecords = "payload.delivered.tls",
    /// Payload bytes seen before.
    PayloadDuplicate = "payload.duplicate",
    /// Payload bytes that differ from bytes seen before at the same place.
    PayloadConflict = "payload.conflict",
    /// Payload bytes outside the receive window, or of flows already over.
    PayloadOutsideWindow = "payload.outside_window",
    /// Payload bytes dropped because a limit was reached.
    PayloadOverLimit = "payload.over_limit",
    /// Payload bytes of TLS that was not decrypted.
    PayloadTls = "payload.unparsed.tls",
    /// Payload bytes of QUIC (HTTP/3), which is not decrypted.
    PayloadQuic = "payload.unparsed.quic",
    /// Payload bytes after an upgrade to another protocol than HTTP/2 or WebSocket.
    PayloadUpgraded = "payload.unparsed.upgraded",
    /// Payload bytes of protocols that are not HTTP.
    PayloadNotHttp = "payload.unparsed.not_http",
    /// Payload bytes between a gap and the next certain message boundary; content of HTTP/2 whose head was not seen.
    PayloadDesync = "payload.unparsed.desync",
    /// Payload bytes of flows ended by a fault of ours.
    PayloadPoisoned = "payload.unparsed.poisoned",
    /// Stream bytes that are not in the capture; beside `payload.accepted`.
    PayloadMissing = "payload.missing",

    /// Flows opened.
    FlowsOpened = "flows.opened",
    /// Flows ended by FIN in both directions or by RST.
    FlowsClosed = "flows.closed",
    /// Flows given up after silence.
    FlowsExpired = "flows.expired",
    /// Half-open flows (no payload yet) forgotten to make room.
    FlowsEvictedHalfOpen = "flows.evicted.half_open",
    /// Flows with payload forgotten to make room.
    FlowsEvicted = "flows.evicted.active",
    /// Flows still open when the input ended.
    FlowsUnfinished = "flows.unfinished",
    /// Flows given up because their partition was shed, live only.
    FlowsShed = "flows.shed",
    /// Flows ended by a fault of ours.
    FlowsPoisoned = "flows.poisoned",

    /// Times a flow had to let go of what it kept: it kept more than its share, or most when its partition was full.
    FlowsRelieved = "tcp.flows_relieved",

    /// Transactions with a request and its final response.
    TransactionsComplete = "transactions.complete",
    /// Requests whose response was not seen.
    TransactionsRequestOnly = "transactions.request_only",
    /// Responses whose request was not seen.
    TransactionsResponseOnly = "transactions.response_only",
    /// Flows recognised as HTTP/1.
    FlowsHttp1 = "protocols.http1",
    /// Flows recognised as TLS.
    FlowsTls = "protocols.tls",
    /// Flows recognised as HTTP/2.
    FlowsHttp2 = "protocols.http2",
    /// Connections of QUIC whose beginning was seen; they are no `flows`.
    ProtocolsQuic = "protocols.quic",
    /// Connections, or streams of HTTP/2, that became WebSockets.
    WebSockets = "streams.websocket",
    /// Answers that were streams of server-sent events.
    EventStreams = "streams.events",
    /// Answers without a length that were open so long that they were told of before their end.
    LongAnswers = "streams.long",
    /// Flows with payload in which no known protocol was recognised.
    FlowsUnknown = "protocols.unknown",
    /// Messages of WebSockets, and events.
    StreamMessages = "streams.messages",
    /// Of these, messages whose content is not known.
    StreamMessagesUnread = "streams.unread",
    /// Connections of TLS with content that was decrypted.
    TlsDecrypted = "tls.flows.decrypted",
    /// Connections of TLS for which no key is known.
    TlsNoKey = "tls.flows.no_key",
    /// Connections of TLS with a cipher suite, compression or version that is not decrypted.
    TlsSuite = "tls.flows.suite",
    /// Connections of TLS whose records do not open with the key at hand.
    TlsBadRecord = "tls.flows.bad_record",
    /// Connections of TLS given up after a gap.
    TlsGap = "tls.flows.gap",
    /// Connections of TLS whose handshake is not in the capture, or is none.
    TlsHandshake = "tls.flows.handshake",
    /// Connections of TLS that reached a limit.
    TlsOverLimit = "tls.flows.over_limit",
    /// Connections of TLS without content.
    TlsEmpty = "tls.flows.empty",
    /// Connections whose secrets were forgotten to make room.
    TlsKeysForgotten = "tls.keys_forgotten",
    /// Content bytes decrypted; they are also counted as what they are.
    TlsPlainBytes = "tls.plain_bytes",
    /// Records of TLS that did not open and were passed over.
    TlsRecordsFailed = "tls.records.failed",
    /// Records of TLS lost in gaps, as far as their number is known.
    TlsRecordsLost = "tls.records.lost",

    /// Connections of QUIC whose hello was not read: over a limit, or none.
    QuicUnread = "quic.unread",
    /// Connections of QUIC forgotten to make room.
    QuicEvicted = "quic.evicted",

    /// Observations made by the flow shards.
    ObservationsMade = "observations.made",
    /// Observations named by the router and judged by the workers.
    ObservationsJudged = "observations.judged",
    /// Of these, parts of streams and their messages, which are no transactions.
    ObservationsStreamed = "observations.streamed",
    /// Observations refused because a partition's share of the epoch was full.
    ObservationsRefusedEpoch = "observations.refused.epoch_bytes",

    /// Endpoints folded into a catch-all because the inventory was full.
    InventoryFolded = "inventory.folded",
    /// Answers recognised as noise (never-existing paths) and kept out of the inventory.
    InventoryNoise = "inventory.noise",
    /// Looks at a place of the paths for values that took in a part of it only: more stood there than is compared.
    InventoryUnjudged = "inventory.unjudged",
    /// Services whose payload is counted with others because too many were seen at once.
    CoverageFolded = "coverage.folded",
    /// Targets named by payloads whose connection is not waited for: their server was told of too many at once.
    CallOutsRefused = "call_outs.refused",
    /// Identities or pairs forgotten to make room.
    SubjectsEvicted = "baseline.subjects_evicted",
    /// Parts of what a monitor learned (steps, fields, callers, kinds of calls) that found no room in their model.
    ModelsCut = "baseline.models_cut",
    /// Findings folded into an open one because their number was limited.
    FindingsFolded = "findings.folded",
    /// Calls of a finding that were not written one by one because their number was limited.
    AttemptsFolded = "findings.attempts_folded",
}

const COUNT: usize = Counter::ALL.len();

/// One value for each [`Counter`].
#[derive(Clone, PartialEq, Eq)]
pub struct Ledger {
    values: [u64; COUNT],
    /// Sums of payload counters, kept with them because they are asked for with every segment.
    tally: Tally,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { values: [0; COUNT], tally: Tally::default() }
    }
}

/// The class of payload that a counter is of.
#[inline]
const fn class(tally: &mut Tally, counter: Counter) -> Option<&mut u64> {
    use Counter as C;
    match counter {
        C::PayloadHttp1 | C::PayloadHttp2 | C::PayloadWebSocket | C::PayloadTlsRecords => Some(&mut tally.decoded),
        C::PayloadTls | C::PayloadQuic => Some(&mut tally.encrypted),
        C::PayloadConflict | C::PayloadOutsideWindow | C::PayloadDesync | C::PayloadMissing => Some(&mut tally.lost),
        C::PayloadOverLimit => Some(&mut tally.over_limit),
        C::PayloadNotHttp | C::PayloadUpgraded => Some(&mut tally.not_http),
        _ => None,
    }
}

/// Two sides of an account that should be equal and are not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger does not balance: {left} is {left_sum}, its parts add up to {right_sum}")]
pub struct Imbalance {
    /// The whole.
    pub left: &'static str,
    /// Its value.
    pub left_sum: u64,
    /// The sum of the parts.
    pub right_sum: u64,
}

impl Ledger {
    /// Adds `n` to a counter, saturating.
    #[inline]
    pub fn add(&mut self, counter: Counter, n: u64) {
        if let Some(value) = self.values.get_mut(counter as usize) {
            *value = value.saturating_add(n);
        }
        if let Some(sum) = class(&mut self.tally, counter) {
            *sum = sum.saturating_add(n);
        }
    }

    /// Takes `n` back from a counter: what was counted turned out otherwise (an accepted frame that had to be shed).
    pub fn take(&mut self, counter: Counter, n: u64) {
        if let Some(value) = self.values.get_mut(counter as usize) {
            *value = value.saturating_sub(n);
        }
        if let Some(sum) = class(&mut self.tally, counter) {
            *sum = sum.saturating_sub(n);
        }
    }

    /// Sets a counter whose source reports totals (kernel drops).
    pub fn set(&mut self, counter: Counter, n: u64) {
        self.take(counter, self.get(counter));
        self.add(counter, n);
    }

    /// The value of a counter.
    pub fn get(&self, counter: Counter) -> u64 {
        self.values.get(counter as usize).copied().unwrap_or(0)
    }

    /// Adds every counter of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (value, more) in self.values.iter_mut().zip(other.values) {
            *value = value.saturating_add(more);
        }
        self.tally.add(&other.tally);
    }

    /// What was counted since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut out = self.clone();
        for (value, before) in out.values.iter_mut().zip(earlier.values) {
            *value = value.saturating_sub(before);
        }
        out.tally = self.tally.since(&earlier.tally);
        out
    }

    /// Non-zero counters in declaration order.
    pub fn iter(&self) -> impl Iterator<Item = (Counter, u64)> + '_ {
        Counter::ALL.iter().copied().map(|c| (c, self.get(c))).filter(|(_, n)| *n > 0)
    }

    /// Sum of all counters whose name starts with `prefix`.
    pub fn sum(&self, prefix: &str) -> u64 {
        Counter::ALL.iter().filter(|c| c.as_str().starts_with(prefix)).map(|c| self.get(*c)).sum()
    }

    /// What became of the payload of flows so far.
    #[inline]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The parts that `payload.accepted` must add up to.
    pub fn payload_parts(&self) -> u64 {
        self.sum("payload.delivered.")
            + self.sum("payload.unparsed.")
            + self.get(Counter::PayloadDuplicate)
            + self.get(Counter::PayloadConflict)
            + self.get(Counter::PayloadOutsideWindow)
            + self.get(Counter::PayloadOverLimit)
    }

    /// Checks that whole and parts agree. Holds whenever no bytes wait in a reassembly buffer: at the end of input.
    pub fn check(&self) -> Result<(), Imbalance> {
        use Counter as C;
        let equal = |left: &'static str, left_sum: u64, right_sum: u64| {
            if left_sum == right_sum { Ok(()) } else { Err(Imbalance { left, left_sum, right_sum }) }
        };
        let frames = self.get(C::FramesAccepted)
            + self.get(C::FramesFragment)
            + self.sum("frames.ignored.")
            + self.sum("frames.malformed.")
            + self.get(C::FramesShed);
        equal("frames.seen", self.get(C::FramesSeen), frames)?;
        equal("payload.accepted", self.get(C::PayloadAccepted), self.payload_parts())?;
        let flows = self.sum("flows.") - self.get(C::FlowsOpened);
        equal("flows.opened", self.get(C::FlowsOpened), flows)?;
        let observations = self.get(C::ObservationsJudged) + self.sum("observations.refused.");
        equal("observations.made", self.get(C::ObservationsMade), observations)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(c, n)| (c.as_str(), n))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_without_a_reason_is_found() {
        let mut ledger = Ledger::default();
        ledger.add(Counter::FramesSeen, 3);
        ledger.add(Counter::FramesAccepted, 2);
        assert_eq!(ledger.check(), Err(Imbalance { left: "frames.seen", left_sum: 3, right_sum: 2 }));
        ledger.add(Counter::FramesNotTcp, 1);
        assert_eq!(ledger.check(), Ok(()));
    }

    #[test]
    fn names_round_trip() {
        for &counter in Counter::ALL {
            assert_eq!(Counter::from_name(counter.as_str()), Some(counter));
        }
    }

    #[test]
    fn classes_are_the_sums_of_their_counters() {
        let (mut ledger, mut earlier) = (Ledger::default(), Ledger::default());
        for (n, &counter) in (1..).zip(Counter::ALL) {
            ledger.add(counter, 10 * n);
            ledger.take(counter, n);
            earlier.set(counter, n);
        }
        let of = |ledger: &Ledger, names: &[&str]| -> u64 {
            names.iter().filter_map(|name| Counter::from_name(name)).map(|counter| ledger.get(counter)).sum()
        };
        let decoded = ["http1", "http2", "websocket", "tls"].map(|protocol| format!("payload.delivered.{protocol}"));
        let decoded = decoded.each_ref().map(String::as_str);
        let grown = ledger.since(&earlier);
        for ledger in [&ledger, &earlier, &grown] {
            let tally = ledger.tally();
            assert_eq!((tally.decoded, tally.over_limit), (of(ledger, &decoded), of(ledger, &["payload.over_limit"])));
            let apart = ["payload.accepted", "payload.duplicate", "payload.delivered.har", "payload.unparsed.poisoned"];
            assert_eq!(tally.total(), ledger.sum("payload.") - of(ledger, &apart));
        }
    }

    #[test]
    fn merge_is_the_sum_and_since_its_inverse() {
        let (mut a, mut b) = (Ledger::default(), Ledger::default());
        a.add(Counter::FramesSeen, 3);
        b.add(Counter::FramesSeen, 4);
        let before = a.clone();
        a.merge(&b);
        assert_eq!(a.get(Counter::FramesSeen), 7);
        assert_eq!(a.since(&before), b);
    }
}
