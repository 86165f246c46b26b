//! One entry: a request, its answer, when and where.
//!
//! In: the members of the object, in any order; of those named twice the later counts, as in JSON elsewhere. Out: a
//! record, and the time the entry began. Kept: buffers, each as long as the longest part that is kept of an entry.

use foldhash::fast::FixedState;
use model::flow::HostPort;
use model::ledger::Counter;
use model::limits::{HAR_SPAN_MAX, METHOD_BYTES_MAX, TARGET_BYTES_MAX};
use model::message::FieldName;
use model::{Anomaly, AnomalySet, PacketTime};
use std::hash::BuildHasher as _;

use super::json::{Json, Read, whole};
use super::message::{Message, WORD_BYTES_MAX};
use super::name::Name;
use super::url::Url;
use crate::exchange::record::{self, Draft, UNKNOWN};

/// Bytes of a URL that are looked at: a target, and an authority before it.
const URL_BYTES_MAX: usize = TARGET_BYTES_MAX + 1_024;

/// An entry, read member by member. Its buffers are used again.
#[derive(Debug, Default)]
pub(super) struct Entry {
    started: Vec<u8>,
    method: Vec<u8>,
    url: Vec<u8>,
    url_len: u64,
    server: Vec<u8>,
    connection: Vec<u8>,
    fetch: Vec<u8>,
    target: Vec<u8>,
    status: u16,
    cached: bool,
    timings: Timings,
    request: Message,
    response: Message,
}

/// Parts of the time an entry took, in nanoseconds; `None` when the exporter does not know.
#[derive(Clone, Copy, Debug, Default)]
struct Timings {
    whole: Option<u64>,
    blocked: Option<u64>,
    dns: Option<u64>,
    connect: Option<u64>,
    send: Option<u64>,
    wait: Option<u64>,
    receive: Option<u64>,
}

impl Timings {
    /// Nanoseconds from the start of the entry to: sent, all sent, answered, all answered. What comes before the first
    /// byte of the request is no time of the server.
    fn times(&self) -> [u64; 4] {
        let sum = |parts: &[Option<u64>]| parts.iter().flatten().sum::<u64>();
        let sent = sum(&[self.blocked, self.dns, self.connect]);
        let all_sent = sent + sum(&[self.send]);
        let answered = all_sent + sum(&[self.wait]);
        let all_answered = answered + sum(&[self.receive]);
        match self.whole.filter(|whole| *whole > 0) {
            // Nothing takes no time: zeros are how exporters fill in what they do not know.
            _ if all_answered > sent => [sent, all_sent, answered, all_answered],
            Some(whole) => [0, 0, whole, whole],
            None => [0, 0, UNKNOWN, UNKNOWN],
        }
    }
}

impl Entry {
    /// Reads the object whose opening bracket was consumed.
    pub(super) fn read(&mut self, json: &mut Json) -> Read<()> {
        self.reset();
        let mut first = true;
        while json.more(&mut first, b'}')? {
            match json.name()? {
                Name::StartedDateTime => drop(json.text(&mut self.started, WORD_BYTES_MAX)?),
                Name::Time => self.timings.whole = span(json)?,
                Name::Request => self.read_request(json)?,
                Name::Response => self.read_response(json)?,
                Name::Timings => self.read_timings(json)?,
                Name::ServerIpAddress => drop(json.text(&mut self.server, WORD_BYTES_MAX)?),
                Name::Connection => drop(json.text(&mut self.connection, WORD_BYTES_MAX)?),
                Name::FromCache => self.cached |= json.says_yes()?,
                Name::FetchType => {
                    json.text(&mut self.fetch, WORD_BYTES_MAX)?;
                    self.cached |= self.fetch.ends_with(b" Cache");
                }
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        for buffer in [&mut self.started, &mut self.method, &mut self.url, &mut self.server, &mut self.connection] {
            buffer.clear();
        }
        self.request.reset();
        self.response.reset();
        (self.url_len, self.status, self.cached, self.timings) = (0, 0, false, Timings::default());
    }

    fn read_request(&mut self, json: &mut Json) -> Read<()> {
        if !json.enter(b'{')? {
            return Ok(());
        }
        let mut first = true;
        while json.more(&mut first, b'}')? {
            match json.name()? {
                Name::Method => drop(json.text(&mut self.method, METHOD_BYTES_MAX + 1)?),
                Name::Url => self.url_len = json.text(&mut self.url, URL_BYTES_MAX)?.unwrap_or(0),
                Name::HttpVersion => self.request.read_version(json)?,
                Name::Headers => self.request.read_headers(json)?,
                Name::BodySize => self.request.read_size(json)?,
                Name::PostData => self.request.read_content(json)?,
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    fn read_response(&mut self, json: &mut Json) -> Read<()> {
        if !json.enter(b'{')? {
            return Ok(());
        }
        let mut first = true;
        while json.more(&mut first, b'}')? {
            match json.name()? {
                // A status has three digits (RFC 9110 §15); all else is none.
                Name::Status => {
                    let status = json.number()?.and_then(whole).filter(|status| (100..1_000).contains(status));
                    self.status = status.unwrap_or(0) as u16;
                }
                Name::HttpVersion => self.response.read_version(json)?,
                Name::Headers => self.response.read_headers(json)?,
                Name::Content => self.response.read_content(json)?,
                Name::FromCache => self.cached |= json.says_yes()?,
                Name::FetchType => {
                    json.text(&mut self.fetch, WORD_BYTES_MAX)?;
                    self.cached |= self.fetch.ends_with(b" Cache");
                }
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    fn read_timings(&mut self, json: &mut Json) -> Read<()> {
        if !json.enter(b'{')? {
            return Ok(());
        }
        let mut first = true;
        while json.more(&mut first, b'}')? {
            let timings = &mut self.timings;
            let slot = match json.name()? {
                Name::Blocked => &mut timings.blocked,
                Name::Dns => &mut timings.dns,
                Name::Connect => &mut timings.connect,
                Name::Send => &mut timings.send,
                Name::Wait => &mut timings.wait,
                Name::Receive => &mut timings.receive,
                _ => {
                    json.skip()?;
                    continue;
                }
            };
            *slot = span(json)?;
        }
        Ok(())
    }

    /// Appends the record of the entry, or of why it is no exchange, and returns the time it began; `None` when it does
    /// not say.
    pub(super) fn write(&mut self, client: [u8; 16], out: &mut Vec<u8>) -> Option<PacketTime> {
        let started = PacketTime::from_rfc3339(self.started.trim_ascii());
        let written = match started {
            Some(_) => self.write_exchange(client, out),
            None => Err(Counter::FramesBadHar),
        };
        if let Err(reason) = written {
            record::write_reason(reason, out);
        }
        started
    }

    fn write_exchange(&mut self, client: [u8; 16], out: &mut Vec<u8>) -> Result<(), Counter> {
        let url = Url::of(&self.url)?;
        if !(1..=METHOD_BYTES_MAX).contains(&self.method.len()) || !self.method.iter().all(u8::is_ascii_graphic) {
            return Err(Counter::FramesBadHar);
        }
        if self.cached {
            return Err(Counter::FramesHarCached);
        }
        if self.status == 0 {
            return Err(Counter::FramesHarFailed);
        }
        let server = url.server(&self.server);
        let long = self.url_len > self.url.len() as u64;
        let mut cut = long || write_target(&self.method, &url, &mut self.target);
        if !self.request.has(FieldName::Host) {
            let authority = std::mem::take(&mut self.request.authority);
            let host = if authority.is_empty() { url.authority } else { &authority };
            self.request.add(b"host", host);
        }
        self.request.settle(false, false);
        let none = self.method == b"HEAD" || matches!(self.status, 100..200 | 204 | 304) || self.method == b"CONNECT";
        self.response.settle(none, true);
        cut |= self.request.cut || self.response.cut;
        let mut anomalies = AnomalySet::EMPTY;
        if cut {
            anomalies.insert(Anomaly::HttpLimit);
        }
        if self.request.undecodable || self.response.undecodable {
            anomalies.insert(Anomaly::ContentMalformed);
        }
        let draft = Draft {
            client: HostPort { addr: client, port: port(&self.connection) },
            server,
            anomalies: anomalies.0,
            times: self.timings.times(),
            method: &self.method,
            target: &self.target,
            request: self.request.side(),
            status: self.status,
            response: self.response.side(),
        };
        record::write(&draft, out);
        Ok(())
    }
}

/// The target as a client sends it to a server (RFC 9112 §3.2); whether it was longer than is kept.
fn write_target(method: &[u8], url: &Url<'_>, target: &mut Vec<u8>) -> bool {
    target.clear();
    if method == b"CONNECT" {
        target.extend_from_slice(url.authority);
    } else {
        if url.rest.first() != Some(&b'/') {
            target.push(b'/');
        }
        target.extend_from_slice(url.rest);
    }
    let long = target.len() > TARGET_BYTES_MAX;
    target.truncate(TARGET_BYTES_MAX);
    long
}

/// A client's port: the number of the connection when it is one, else one made of its name, else none.
///
/// Exporters give a port (Firefox), a number (Chrome) or a name (proxies); any of them tells connections apart.
fn port(connection: &[u8]) -> u16 {
    let number = str::from_utf8(connection).ok().and_then(|text| text.parse::<u16>().ok());
    match number {
        Some(port) => port,
        None if connection.is_empty() => 0,
        None => FixedState::with_seed(0).hash_one(connection) as u16,
    }
}

/// Milliseconds as nanoseconds; less than zero is how HAR writes that a part does not apply.
fn span(json: &mut Json) -> Read<Option<u64>> {
    let nanos = json.number()?.and_then(|millis| whole(millis * 1_000_000.0));
    Ok(nanos.map(|nanos| nanos.min(HAR_SPAN_MAX.as_nanos() as u64)))
}
