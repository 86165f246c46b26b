//! What became of the payload of each service: decoded, encrypted, lost, over a limit, not HTTP.
//!
//! A service is the name its clients use (server name of TLS, `Host`, `:authority`), else its address and port. A shard
//! counts for each flow into a [`Cell`]; cells are put together by service and hour, and leave as [`ServiceCoverage`].

use serde::{Deserialize, Serialize};

use crate::flow::{HostPort, Tenant};
use crate::time::PacketTime;

/// Bytes by what became of them. Bytes seen before are in none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Read as HTTP, or the framing of TLS that was opened.
    pub decoded: u64,
    /// TLS that was not opened.
    pub encrypted: u64,
    /// Missing from the capture, or unreadable because of it; sent twice with different bytes; outside the window.
    pub lost: u64,
    /// Not read because a limit was reached.
    pub over_limit: u64,
    /// Of other protocols, also those that a connection was upgraded to.
    pub not_http: u64,
}

impl Tally {
    /// Of all classes.
    pub const fn total(&self) -> u64 {
        self.decoded + self.encrypted + self.lost + self.over_limit + self.not_http
    }

    /// Adds `more`.
    #[inline]
    pub const fn add(&mut self, more: &Self) {
        self.decoded += more.decoded;
        self.encrypted += more.encrypted;
        self.lost += more.lost;
        self.over_limit += more.over_limit;
        self.not_http += more.not_http;
    }

    /// What was added since it stood at `earlier`.
    #[inline]
    #[must_use]
    pub const fn since(&self, earlier: &Self) -> Self {
        Self {
            decoded: self.decoded.saturating_sub(earlier.decoded),
            encrypted: self.encrypted.saturating_sub(earlier.encrypted),
            lost: self.lost.saturating_sub(earlier.lost),
            over_limit: self.over_limit.saturating_sub(earlier.over_limit),
            not_http: self.not_http.saturating_sub(earlier.not_http),
        }
    }

    /// Share decoded of what may have been HTTP; 1 of nothing.
    #[allow(clippy::cast_precision_loss, reason = "a share of bytes needs no more than four digits")]
    pub fn seen(&self) -> f64 {
        let whole = self.total() - self.not_http;
        if whole == 0 { 1.0 } else { self.decoded as f64 / whole as f64 }
    }
}

/// Which flows are counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    /// Tenant, or none.
    pub tenant: Tenant,
    /// The server's end; zero for flows that found no place.
    pub server: HostPort,
    /// Name in lower case without default port; empty when none was seen.
    pub name: String,
}

/// What one partition counted of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Which.
    pub key: CellKey,
    /// Bytes since the last span of the account ended.
    pub tally: Tally,
    /// What TLS told of itself, when there was any.
    pub tls: Option<TlsName>,
    /// The first bytes of a flow that is not HTTP.
    pub begins: Vec<u8>,
}

/// Version and protocol that a TLS connection offered or agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TlsName {
    /// `0x0303` is TLS 1.2.
    pub version: u16,
    /// ALPN (RFC 7301), printable; empty when none was named.
    pub alpn: String,
}

/// What is known of one service: a record of findings files, and a row of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCoverage {
    /// Name, else address and port; `{other}` for those that found no place.
    pub service: String,
    /// Tenant; 0 for none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub tenant: Tenant,
    /// Ports of the server, at most [`COVERAGE_PORTS_MAX`](crate::limits::COVERAGE_PORTS_MAX), in order.
    pub ports: Vec<u16>,
    /// TLS, when there was any: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsName>,
    /// The first bytes of a flow that is not HTTP, in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub begins: String,
    /// By hour of packet time, the earliest first.
    pub hours: Vec<HourCoverage>,
}

/// One hour of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourCoverage {
    /// Its begin.
    pub hour: PacketTime,
    /// What became of its bytes.
    #[serde(flatten)]
    pub bytes: Tally,
}

impl ServiceCoverage {
    /// Of all hours.
    pub fn total(&self) -> Tally {
        self.hours.iter().fold(Tally::default(), |mut sum, hour| {
            sum.add(&hour.bytes);
            sum
        })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_none(tenant: &Tenant) -> bool {
    tenant.0 == 0
}

/// Bytes in hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_http_is_no_part_of_what_was_to_be_seen() {
        assert!((Tally::default().seen() - 1.0).abs() < 1e-9);
        let tally = Tally { decoded: 3, lost: 1, not_http: 100, ..Tally::default() };
        assert!((tally.seen() - 0.75).abs() < 1e-9 && tally.total() == 104);
        let more = Tally { encrypted: 5, ..tally };
        assert_eq!(more.since(&tally), Tally { encrypted: 5, ..Tally::default() });
    }
}
