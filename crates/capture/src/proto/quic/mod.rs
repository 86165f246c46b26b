//! QUIC: which services are reached by HTTP/3, and how many bytes of it are not read.
//!
//! In: datagrams that look like QUIC. Out: their bytes as `payload.unparsed.quic`, and at the end of each connection one
//! [`TlsSeen`] with server name, protocol and fingerprint, which stand in a client's first packets (`packet`). Kept: one
//! row for each connection whose beginning was seen, at most [`limits::QUIC_CONNECTIONS_MAX`] a partition, and the pieces of
//! at most [`limits::QUIC_GATHERING_MAX`] hellos (`hello`). Content is not decrypted, key log or not.
//! Sources: RFC 9000, RFC 9001, RFC 9369.

mod hello;
mod keys;
mod packet;
mod table;

#[cfg(test)]
mod tests;

pub(crate) use packet::looks_like_quic;
pub(crate) use table::Table;
