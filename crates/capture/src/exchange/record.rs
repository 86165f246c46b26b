//! The bytes of a record, in and out. Integers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | 0 for an exchange; else why it is none, and the record ends here |
//! | 2 × 18 | client and server: address, port |
//! | 8 | anomalies |
//! | 4 × 8 | nanoseconds from its start to: sent, all sent, answered, all answered ([`UNKNOWN`]) |
//! | 4 + n, 4 + n | method, target |
//! | message | the request |
//! | 2 | status |
//! | message | the response |
//!
//! A message: version (1), number of fields (2), for each the length of name (2) and value (4), the names and values one
//! after the other (4 + n), body as far as kept (4 + n), its length (8), bytes of it that are missing (8), whether all of
//! it was seen (1).

use model::ledger::Counter;
use model::message::{Field, FieldName, Version};

use super::{HostPort, REASONS};

/// A time that is not known.
pub(crate) const UNKNOWN: u64 = u64::MAX;

/// One side of an exchange.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Side<'a> {
    pub version: Version,
    /// Names and values, one after the other without anything between.
    pub bytes: &'a [u8],
    /// Where they lie.
    pub fields: &'a [Field],
    pub body: &'a [u8],
    /// Bytes of the body that were seen.
    pub len: u64,
    /// Bytes of the body that were not.
    pub missing: u64,
    pub complete: bool,
}

/// What [`write`] writes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Draft<'a> {
    pub client: HostPort,
    pub server: HostPort,
    pub anomalies: u64,
    /// Nanoseconds from its start to: sent, all sent, answered, all answered.
    pub times: [u64; 4],
    pub method: &'a [u8],
    pub target: &'a [u8],
    pub request: Side<'a>,
    pub status: u16,
    pub response: Side<'a>,
}

/// Appends the record of an entry that is no exchange.
pub(crate) fn write_reason(reason: Counter, out: &mut Vec<u8>) {
    let place = REASONS.iter().position(|known| *known == reason).unwrap_or(REASONS.len() - 1);
    out.push(place as u8 + 1);
}

/// Appends a record. Its parts are as bounded as the draft's are.
pub(crate) fn write(draft: &Draft<'_>, out: &mut Vec<u8>) {
    out.push(0);
    for end in [draft.client, draft.server] {
        out.extend_from_slice(&end.addr);
        out.extend_from_slice(&end.port.to_le_bytes());
    }
    out.extend_from_slice(&draft.anomalies.to_le_bytes());
    draft.times.iter().for_each(|time| out.extend_from_slice(&time.to_le_bytes()));
    bytes(draft.method, out);
    bytes(draft.target, out);
    side(&draft.request, out);
    out.extend_from_slice(&draft.status.to_le_bytes());
    side(&draft.response, out);
}

fn side(side: &Side<'_>, out: &mut Vec<u8>) {
    out.push(VERSIONS.iter().position(|version| *version == side.version).unwrap_or_default() as u8);
    out.extend_from_slice(&(side.fields.len() as u16).to_le_bytes());
    for field in side.fields {
        out.extend_from_slice(&field.name_len.to_le_bytes());
        out.extend_from_slice(&field.value_len.to_le_bytes());
    }
    bytes(side.bytes, out);
    bytes(side.body, out);
    out.extend_from_slice(&side.len.to_le_bytes());
    out.extend_from_slice(&side.missing.to_le_bytes());
    out.push(u8::from(side.complete));
}

fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Versions as records tell them, by place.
const VERSIONS: [Version; 5] = [Version::Http11, Version::Http09, Version::Http10, Version::Http2, Version::Http3];

/// Reads a record from the front. Every step is `None` when bytes are missing.
#[derive(Debug)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// At the start of `data`.
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Client and server.
    pub(crate) fn ends(&mut self) -> Option<(HostPort, HostPort)> {
        let client = HostPort { addr: self.array()?, port: self.u16()? };
        Some((client, HostPort { addr: self.array()?, port: self.u16()? }))
    }

    /// What follows the first byte of an exchange; the places of its fields go to `fields`, the request's and the
    /// response's.
    pub(super) fn draft<'f>(&mut self, fields: &'f mut [Vec<Field>; 2]) -> Option<Draft<'f>>
    where
        'a: 'f,
    {
        let [asked, answered] = fields;
        let (client, server) = self.ends()?;
        let anomalies = self.u64()?;
        let times = [self.u64()?, self.u64()?, self.u64()?, self.u64()?];
        let (method, target) = (self.bytes()?, self.bytes()?);
        let request = self.side(asked)?;
        let status = self.u16()?;
        let response = self.side(answered)?;
        Some(Draft { client, server, anomalies, times, method, target, request, status, response })
    }

    fn side<'f>(&mut self, fields: &'f mut Vec<Field>) -> Option<Side<'f>>
    where
        'a: 'f,
    {
        let version = VERSIONS.get(usize::from(self.u8()?)).copied().unwrap_or_default();
        fields.clear();
        let mut at = 0_u32;
        for _ in 0..self.u16()? {
            let (name_len, value_len) = (self.u16()?, self.u32()?);
            let value_at = at.checked_add(u32::from(name_len))?;
            fields.push(Field { id: FieldName::Other, name_at: at, name_len, value_at, value_len });
            at = value_at.checked_add(value_len)?;
        }
        let bytes = self.bytes()?;
        for field in fields.iter_mut() {
            field.id = FieldName::of(field.name_in(bytes));
        }
        let body = self.bytes()?;
        let (len, missing, complete) = (self.u64()?, self.u64()?, self.u8()? != 0);
        Some(Side { version, bytes, fields, body, len, missing, complete })
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()? as usize;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
