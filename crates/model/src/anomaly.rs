//! Oddities of the wire. They are data, never errors: parsing goes on where it can.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! anomalies {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One kind of oddity; `as_str` is its stable dotted name in records, metrics and docs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Anomaly { $($(#[$doc])* $variant,)* }

        impl Anomaly {
            /// Every anomaly, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable dotted name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The anomaly of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

anomalies! {
    /// A byte was sent twice with different values; the first copy was used.
    TcpOverlapConflict = "tcp.overlap_conflict",
    /// Bytes of the stream are not in the capture.
    TcpGap = "tcp.gap",
    /// The opening of the flow is not in the capture.
    TcpMidstream = "tcp.midstream",
    /// Urgent data was sent.
    TcpUrgent = "tcp.urgent",
    /// Payload outside the window, or flags no stack sends.
    TcpInvalid = "tcp.invalid",
    /// IP fragments overlap with different bytes.
    IpFragOverlap = "ip.frag_overlap",
    /// An IP datagram was never completed.
    IpFragIncomplete = "ip.frag_incomplete",
    /// The same frame was captured more than once.
    CaptureDuplicate = "capture.duplicate",
    /// Only one direction of the flow is in the capture.
    CaptureOneSided = "capture.one_sided",
    /// Frames were cut by the snap length.
    CaptureTruncated = "capture.truncated",
    /// Timestamps ran backwards or jumped.
    CaptureClock = "capture.clock",
    /// The capture file is damaged or cut.
    FileDamaged = "file.damaged",
    /// The message has more than one reading of where it ends.
    HttpAmbiguousFraming = "http.ambiguous_framing",
    /// Request target, Host fields or several of them name different hosts.
    HttpAmbiguousHost = "http.ambiguous_host",
    /// Syntax that RFC 9112 forbids and servers tolerate.
    HttpMalformed = "http.malformed",
    /// A limit was reached and something was not kept.
    HttpLimit = "http.limit",
    /// A field asks the server to treat the request as another method or path.
    HttpOverride = "http.override",
    /// Dot segments, encoded separators or NUL, double or overlong encoding in the path.
    HttpPathTrick = "http.path_trick",
    /// More or fewer responses than requests.
    HttpResponseCountMismatch = "http.response_count_mismatch",
    /// A response for which no request was seen.
    HttpUnsolicitedResponse = "http.unsolicited_response",
    /// Compressed content expands beyond the allowed ratio.
    ContentBomb = "content.bomb",
    /// Content beyond an inspection limit was not looked at.
    ContentLimit = "content.limit",
    /// Content does not decode as declared.
    ContentMalformed = "content.malformed",
    /// The inventory is full; new names are folded.
    InventoryLimit = "inventory.limit",
    /// The identity table is full; the oldest idle are forgotten.
    IdentityLimit = "identity.limit",
    /// Fields or frames that RFC 9113 forbids and servers tolerate.
    H2Malformed = "h2.malformed",
    /// Fields of the request are unknown or in doubt: their table began before the capture, or bytes of it are missing.
    H2Desync = "h2.desync",
    /// The same of the response.
    H2ResponseDesync = "h2.response_desync",
    /// More resets, settings, pings or empty frames than any honest peer sends, or a header block without end.
    H2Flood = "h2.flood",
    /// A header block that stands for many times its size.
    H2HeaderBomb = "h2.header_bomb",
    /// More streams open at once than any server allows.
    H2OpenStreams = "h2.open_streams",
    /// Compressed content of a request expands beyond the allowed ratio.
    ContentRequestBomb = "content.request_bomb",
    /// Frames or messages that RFC 6455 forbids.
    WsMalformed = "ws.malformed",
    /// More control frames, or fragments of one message, than any honest peer sends.
    WsLimit = "ws.limit",
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of anomalies: one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnomalySet(pub u64);

const _: () = assert!(Anomaly::ALL.len() <= 64);

impl AnomalySet {
    /// Nothing odd.
    pub const EMPTY: Self = Self(0);

    /// Adds one.
    pub const fn insert(&mut self, anomaly: Anomaly) {
        self.0 |= 1 << anomaly as u8;
    }

    /// Adds all of `other`.
    pub const fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether `anomaly` is in the set.
    pub const fn contains(self, anomaly: Anomaly) -> bool {
        self.0 & (1 << anomaly as u8) != 0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Anomaly> {
        Anomaly::ALL.iter().copied().filter(move |a| self.contains(*a))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_dotted() {
        for &anomaly in Anomaly::ALL {
            assert_eq!(Anomaly::from_name(anomaly.as_str()), Some(anomaly));
            assert_eq!(anomaly.as_str().matches('.').count(), 1);
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = AnomalySet::EMPTY;
        set.insert(Anomaly::TcpGap);
        set.insert(Anomaly::IdentityLimit);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Anomaly::TcpGap, Anomaly::IdentityLimit]);
    }
}
