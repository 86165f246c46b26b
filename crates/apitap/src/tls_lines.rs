//! Connections of TLS and QUIC: one JSON line each for `decode --tls`, and their names for the summary.

use std::collections::BTreeMap;

use model::{TlsSeen, limits};

use crate::output::{Clock, ends, list, number, quoted, string};
use crate::screens::text;

/// Writes one connection as a line.
pub(crate) fn row(line: &mut Vec<u8>, seen: &TlsSeen<'_>, clock: &mut Clock) {
    ends(line, &seen.flow);
    string(line, b",\"transport\":", Some(if seen.quic { b"quic" } else { b"tcp" }));
    string(line, b",\"sni\":", seen.sni);
    string(line, b",\"alpn\":", seen.alpn);
    string(line, b",\"version\":", seen.version.map(version).as_deref().map(str::as_bytes));
    let suite = seen.suite.map(|id| seen.suite_name.map_or_else(|| format!("0x{id:04x}"), str::to_owned));
    string(line, b",\"suite\":", suite.as_deref().map(str::as_bytes));
    string(line, b",\"ja4\":", seen.ja4.map(str::as_bytes));
    line.extend_from_slice(if seen.ech { b",\"ech\":true" } else { b",\"ech\":false" });
    line.extend_from_slice(b",\"certificate_names\":[");
    list(line, seen.names.iter(), |line, name| quoted(line, name));
    let ([client, server], [client_plain, server_plain]) = (seen.bytes, seen.plain);
    number(line, b"],\"client_tls_bytes\":", Some(client));
    number(line, b",\"server_tls_bytes\":", Some(server));
    number(line, b",\"client_bytes\":", Some(client_plain));
    number(line, b",\"server_bytes\":", Some(server_plain));
    let digests = seen.digests.map(|digests| digests.map(|digest| hex(&digest)));
    string(line, b",\"client_sha256\":", digests.as_ref().map(|[client, _]| client.as_bytes()));
    string(line, b",\"server_sha256\":", digests.as_ref().map(|[_, server]| server.as_bytes()));
    string(line, b",\"not_decrypted\":", seen.blind.map(|why| why.as_str().as_bytes()));
    number(line, b",\"frame\":", Some(seen.flow_frame));
    line.extend_from_slice(b",\"at\":\"");
    clock.write(line, seen.flow_at);
    line.extend_from_slice(b"\"}\n");
}

fn version(version: u16) -> String {
    match version {
        0x0304 => "1.3".to_owned(),
        0x0303 => "1.2".to_owned(),
        0x0302 => "1.1".to_owned(),
        0x0301 => "1.0".to_owned(),
        0x0300 => "SSL 3.0".to_owned(),
        other => format!("0x{other:04x}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Bytes that were not decrypted, by the name of the server.
#[derive(Default)]
pub(crate) struct Names {
    /// Of TLS and of QUIC.
    bytes: [BTreeMap<String, u64>; 2],
    any: bool,
}

impl Names {
    /// Counts a connection.
    pub(crate) fn add(&mut self, seen: &TlsSeen<'_>) {
        self.any = true;
        if seen.blind.is_none() && seen.plain != [0, 0] {
            return;
        }
        let Some(name) = seen.sni.or_else(|| seen.names.first().map(|name| &**name)) else { return };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let [tls, quic] = &mut self.bytes;
        let bytes = if seen.quic { quic } else { tls };
        let room = bytes.len() < limits::SERVICES_MAX;
        if room || bytes.contains_key(&name) {
            let [client, server] = seen.bytes;
            let sum = bytes.entry(name).or_default();
            *sum = sum.saturating_add(client).saturating_add(server);
        }
    }

    /// Whether there was no connection.
    pub(crate) const fn is_empty(&self) -> bool {
        !self.any
    }

    /// ` (14 names, largest pay.shop.example)`; empty without names.
    pub(crate) fn summary(&self, quic: bool) -> String {
        let [of_tls, of_quic] = &self.bytes;
        let bytes = if quic { of_quic } else { of_tls };
        let largest = bytes.iter().max_by_key(|(name, bytes)| (**bytes, std::cmp::Reverse(*name)));
        largest.map_or_else(String::new, |(name, _)| {
            let n = bytes.len();
            format!(" ({n} name{}, largest {})", if n == 1 { "" } else { "s" }, text::inert(name))
        })
    }
}
