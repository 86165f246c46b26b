//! Calls of gRPC: how they end, what they send, and what the inventory keeps of that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The highest code there is (`google.rpc.Code`). Others stand for 2, `UNKNOWN`, as the statuses document has it.
pub const CODE_MAX: u16 = 16;
const UNKNOWN: u16 = 2;

/// What is told of a call of gRPC, beside what is told of every call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rpc {
    /// Its `grpc-status`, at most [`CODE_MAX`]; `None` when none was seen.
    pub code: Option<u16>,
    /// Messages of the client, and of the server.
    pub asked: RpcSide,
    /// See `asked`.
    pub answered: RpcSide,
    /// How it streams, as descriptors say.
    pub declared: Option<RpcKind>,
    /// Whether messages were not looked at because their coding is not known.
    pub unread: bool,
}

/// The code that a number stands for.
pub fn code(number: u32) -> u16 {
    u16::try_from(number).ok().filter(|code| *code <= CODE_MAX).unwrap_or(UNKNOWN)
}

/// Messages that one side of a call sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RpcSide {
    /// How many ended.
    pub messages: u64,
    /// Their bytes, as sent.
    pub bytes: u64,
    /// Bytes of the largest.
    pub largest: u32,
    /// Whether these are all that were sent.
    pub exact: bool,
}

/// Who sends several messages in one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RpcKind {
    /// One message each.
    #[default]
    Unary,
    /// The client.
    ClientStream,
    /// The server.
    ServerStream,
    /// Both.
    Bidi,
}

impl RpcKind {
    /// By whether the client, and whether the server, sends a stream.
    pub const fn of(client: bool, server: bool) -> Self {
        match (client, server) {
            (false, false) => Self::Unary,
            (true, false) => Self::ClientStream,
            (false, true) => Self::ServerStream,
            (true, true) => Self::Bidi,
        }
    }

    /// The word for it in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unary => "unary",
            Self::ClientStream => "client_stream",
            Self::ServerStream => "server_stream",
            Self::Bidi => "bidi",
        }
    }
}

/// What the inventory shows of a method of gRPC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrpcRecord {
    /// Calls.
    pub calls: u64,
    /// How it streams: as descriptors say, else as it was seen; none before a call succeeded whose messages are all known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RpcKind>,
    /// Whether descriptors say so.
    pub declared: bool,
    /// Calls by code; those whose end was not seen are left out.
    pub codes: BTreeMap<u16, u64>,
    /// Messages of clients.
    pub requests: GrpcMessages,
    /// Messages of the server.
    pub responses: GrpcMessages,
    /// Calls whose messages were not looked at because their coding is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread: u64,
}

/// Messages of one side, over all calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrpcMessages {
    /// How many were counted.
    pub count: u64,
    /// Their bytes, as sent.
    pub bytes: u64,
    /// Bytes of the largest.
    pub largest: u32,
    /// Most in one call.
    pub most: u64,
    /// Calls of which there may have been more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub incomplete: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_are_none_are_unknown() {
        assert_eq!([0, 16, 17, 70_000, u32::MAX].map(code), [0, 16, 2, 2, 2]);
    }
}
