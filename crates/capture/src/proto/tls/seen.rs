//! What is told of a connection at its end.

use model::ledger::Counter;
use model::{FlowEnds, TlsBlind, TlsSeen};

use super::Tls;
use super::hello::{ClientHello, ServerHello};
use super::suites::Suite;
use crate::flow::Dir;
use crate::proto::{Moment, Output};

/// What the first handshake said.
#[derive(Debug, Default)]
pub(super) struct Meta {
    sni: Option<Box<[u8]>>,
    /// Protocol chosen, else offered first.
    pub alpn: Option<Box<[u8]>>,
    version: Option<u16>,
    suite: Option<u16>,
    ja4: Option<String>,
    ech: bool,
    /// Names in the server's certificate.
    pub names: Vec<Box<[u8]>>,
    /// The name in the client's certificate.
    pub client: Option<Box<[u8]>>,
}

impl Meta {
    /// Notes what the client says. A second hello, after a retry or to negotiate anew, is not news.
    pub(super) fn offered(&mut self, hello: &ClientHello) {
        if self.ja4.is_some() {
            return;
        }
        (self.sni, self.alpn) = (hello.sni.clone(), hello.alpn.clone());
        (self.version, self.ech, self.ja4) = (Some(hello.version), hello.ech, Some(hello.ja4.clone()));
    }

    /// Names the flow by what is known.
    pub(super) fn name(&self, client: Dir, out: &mut Output<'_>) {
        let version = self.version.unwrap_or_default();
        out.spare.named.tls(self.sni.as_deref(), version, self.alpn.as_deref(), client);
    }

    /// Notes what the server says.
    pub(super) fn agreed(&mut self, hello: &ServerHello, offer: Option<&ClientHello>) {
        if self.suite.is_some() {
            return;
        }
        (self.version, self.suite) = (Some(hello.version), Some(hello.suite));
        if hello.version < 0x0304 && offer.is_some() {
            // Without an answer there is no protocol beside the usual one.
            self.alpn.clone_from(&hello.alpn);
        }
    }
}

impl Tls {
    /// Counts the connection and tells the sink.
    pub(super) fn tell(&mut self, moment: &Moment, out: &mut Output<'_>) {
        let client = self.client.unwrap_or(Dir::Orig);
        let [client_half, server_half] = [self.half_ref(client), self.half_ref(client.flip())];
        let plain = [client_half.plain, server_half.plain];
        let why = self.why;
        let counter = match why {
            _ if plain != [0, 0] => Counter::TlsDecrypted,
            None => Counter::TlsEmpty,
            Some(TlsBlind::NoKey) => Counter::TlsNoKey,
            Some(TlsBlind::Suite) => Counter::TlsSuite,
            Some(TlsBlind::BadRecord) => Counter::TlsBadRecord,
            Some(TlsBlind::Gap) => Counter::TlsGap,
            Some(TlsBlind::Handshake) => Counter::TlsHandshake,
            // What is over TCP is not QUIC.
            Some(TlsBlind::OverLimit | TlsBlind::Quic) => Counter::TlsOverLimit,
        };
        out.ledger.add(counter, 1);
        let digests = out.sink.wants_digests().then(|| [client_half, server_half].map(digest_of));
        let flow = moment.flow;
        let (orig, resp) = if client == Dir::Orig { (flow.orig, flow.resp) } else { (flow.resp, flow.orig) };
        let meta = &self.meta;
        out.sink.tls(&TlsSeen {
            at: moment.at,
            flow_at: moment.flow_at,
            flow_frame: moment.flow_frame,
            flow: FlowEnds { orig, resp, ..flow },
            quic: false,
            sni: meta.sni.as_deref(),
            alpn: meta.alpn.as_deref(),
            version: meta.version,
            suite: meta.suite,
            suite_name: meta.suite.and_then(Suite::of).map(|suite| suite.name),
            ja4: meta.ja4.as_deref(),
            ech: meta.ech,
            names: &meta.names,
            bytes: [client_half.wire, server_half.wire],
            plain,
            digests,
            blind: why,
        });
    }
}

fn digest_of(half: &super::Half) -> [u8; 32] {
    use aws_lc_rs::digest::{Context, SHA256};
    let context = half.digest.as_ref().map_or_else(|| Context::new(&SHA256), |digest| digest.0.clone());
    context.finish().as_ref().first_chunk().copied().unwrap_or_default()
}
