//! One side of an entry: its fields and its content, as they were on the wire as far as HAR tells.
//!
//! Exporters write what a browser or proxy knows, which differs from the wire in a few ways that are undone here:
//! pseudo-fields of HTTP/2 are no fields; several `Set-Cookie` lines stand in one value, divided by line feeds; content is
//! already decoded while `content-encoding` still stands there; content that is not in the file is not the same as none.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use model::limits::{BODY_BYTES_MAX, FIELDS_MAX, HEAD_BYTES_MAX};
use model::message::{Field, FieldName, Version};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::json::{Json, Read, whole};
use super::name::Name;
use crate::exchange::record::Side;

/// Bytes of a version, media type or encoding that are looked at.
pub(super) const WORD_BYTES_MAX: usize = 256;
/// Characters of base64 that the kept bytes of a body come from.
const BASE64_BYTES_MAX: usize = BODY_BYTES_MAX.div_ceil(3) * 4;
/// Longest missing body that is believed: what a file says of bytes that it does not hold cannot be checked.
const MISSING_BYTES_MAX: u64 = u32::MAX as u64;

/// Padding or none, and bits left over: as lenient as browsers are.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One side of an entry, read member by member. Its buffers are used again.
#[derive(Debug, Default)]
pub(super) struct Message {
    version: Vec<u8>,
    fields: FieldList,
    /// `:authority` of HTTP/2.
    pub authority: Vec<u8>,
    text: Vec<u8>,
    /// Length of the whole text, when there was one.
    text_len: Option<u64>,
    encoding: Vec<u8>,
    media_type: Vec<u8>,
    form: Vec<u8>,
    /// Bytes of the content as the exporter counted them.
    size: Option<u64>,
    /// Whether something was longer than its bound.
    pub cut: bool,
    /// Whether the content is not in the encoding that it is said to be in.
    pub undecodable: bool,
    body: Found,
    name: Vec<u8>,
    value: Vec<u8>,
}

/// Which part of the content is there.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    len: u64,
    missing: u64,
    complete: bool,
}

/// Names and values one after the other, and where they lie.
#[derive(Debug, Default)]
struct FieldList {
    bytes: Vec<u8>,
    fields: Vec<Field>,
}

impl FieldList {
    /// Appends a field; whether there was room.
    fn push(&mut self, name: &[u8], value: &[u8]) -> bool {
        let room = HEAD_BYTES_MAX.saturating_sub(self.bytes.len());
        let Ok(name_len) = u16::try_from(name.len()) else { return false };
        if name.len().saturating_add(value.len()) > room || self.fields.len() >= FIELDS_MAX {
            return false;
        }
        let name_at = self.bytes.len() as u32;
        let value_at = name_at.saturating_add(u32::from(name_len));
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        let value_len = value.len() as u32;
        self.fields.push(Field { id: FieldName::of(name), name_at, name_len, value_at, value_len });
        true
    }

    fn first(&self, id: FieldName) -> Option<&[u8]> {
        self.fields.iter().find(|field| field.id == id).map(|field| field.value_in(&self.bytes))
    }

    /// Takes a field out, all of that name. The bytes of the others are moved together.
    fn remove(&mut self, id: FieldName) {
        let (mut bytes, fields) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.fields));
        for field in fields.iter().filter(|field| field.id != id) {
            self.push(field.name_in(&bytes), field.value_in(&bytes));
        }
        bytes.clear();
    }
}

impl Message {
    pub(super) fn reset(&mut self) {
        for buffer in [
            &mut self.version,
            &mut self.fields.bytes,
            &mut self.authority,
            &mut self.text,
            &mut self.encoding,
            &mut self.media_type,
            &mut self.form,
        ] {
            buffer.clear();
        }
        self.fields.fields.clear();
        (self.text_len, self.size, self.cut, self.undecodable) = (None, None, false, false);
        self.body = Found::default();
    }

    /// Reads `httpVersion`.
    pub(super) fn read_version(&mut self, json: &mut Json) -> Read<()> {
        json.text(&mut self.version, WORD_BYTES_MAX).map(|_| ())
    }

    /// Reads `bodySize` or `size`; less than zero is how exporters write that they do not know.
    pub(super) fn read_size(&mut self, json: &mut Json) -> Read<()> {
        self.size = json.number()?.and_then(whole).map(|size| size.min(MISSING_BYTES_MAX));
        Ok(())
    }

    /// Reads `headers`. A list that comes a second time replaces the first.
    pub(super) fn read_headers(&mut self, json: &mut Json) -> Read<()> {
        self.fields.bytes.clear();
        self.fields.fields.clear();
        self.authority.clear();
        self.pairs(json, Self::add_header)
    }

    /// Reads `postData` or `content`.
    pub(super) fn read_content(&mut self, json: &mut Json) -> Read<()> {
        if !json.enter(b'{')? {
            return Ok(());
        }
        let mut first = true;
        while json.more(&mut first, b'}')? {
            match json.name()? {
                Name::Text => self.text_len = json.text(&mut self.text, BASE64_BYTES_MAX)?,
                Name::Encoding => drop(json.text(&mut self.encoding, WORD_BYTES_MAX)?),
                Name::MimeType => drop(json.text(&mut self.media_type, WORD_BYTES_MAX)?),
                Name::Size => self.read_size(json)?,
                Name::Params => {
                    self.form.clear();
                    self.pairs(json, Self::add_to_form)?;
                }
                _ => json.skip()?,
            }
        }
        Ok(())
    }

    /// Reads an array of objects with `name` and `value`. `take` is told of values that were cut.
    fn pairs(&mut self, json: &mut Json, take: fn(&mut Self, &[u8], &[u8])) -> Read<()> {
        if !json.enter(b'[')? {
            return Ok(());
        }
        let (mut name, mut value) = (std::mem::take(&mut self.name), std::mem::take(&mut self.value));
        let mut first = true;
        while json.more(&mut first, b']')? {
            name.clear();
            value.clear();
            let mut longest = 0;
            if json.enter(b'{')? {
                let mut first = true;
                while json.more(&mut first, b'}')? {
                    let len = match json.name()? {
                        Name::Label => json.text(&mut name, HEAD_BYTES_MAX)?,
                        Name::PairValue => json.text(&mut value, HEAD_BYTES_MAX)?,
                        _ => json.skip().map(|()| None)?,
                    };
                    longest = longest.max(len.unwrap_or_default());
                }
            }
            if longest > HEAD_BYTES_MAX as u64 {
                self.cut = true;
            } else if !name.is_empty() {
                take(self, &name, &value);
            }
        }
        (self.name, self.value) = (name, value);
        Ok(())
    }

    fn add_header(&mut self, name: &[u8], value: &[u8]) {
        if let Some(pseudo) = name.strip_prefix(b":") {
            if pseudo == b"authority" {
                self.authority.clear();
                self.authority.extend_from_slice(value);
            }
            return;
        }
        for line in value.split(|byte| *byte == b'\n') {
            self.cut |= !self.fields.push(name.trim_ascii(), line.trim_ascii());
        }
    }

    /// A parameter of a form whose text is not there.
    fn add_to_form(&mut self, name: &[u8], value: &[u8]) {
        let pair = [if self.form.is_empty() { "" } else { "&" }].into_iter();
        let pair = pair.chain(percent_encode(name, NON_ALPHANUMERIC)).chain(["="]);
        for part in pair.chain(percent_encode(value, NON_ALPHANUMERIC)) {
            let room = BODY_BYTES_MAX.saturating_sub(self.form.len());
            self.cut |= part.len() > room;
            self.form.extend_from_slice(part.as_bytes().get(..part.len().min(room)).unwrap_or_default());
        }
    }

    /// Whether the side has a field of that name.
    pub(super) fn has(&self, id: FieldName) -> bool {
        self.fields.first(id).is_some()
    }

    /// Adds a field that the wire had, though the list has it not.
    pub(super) fn add(&mut self, name: &[u8], value: &[u8]) {
        self.cut |= !self.fields.push(name, value);
    }

    /// Judges which part of the content is there. `none` says that there can be none on the wire; `sized` that the size
    /// is that of the decoded content, so that a shorter text is a part of it.
    pub(super) fn settle(&mut self, none: bool, sized: bool) {
        if none {
            self.text.clear();
            self.body.complete = true;
            return;
        }
        if self.text.is_empty() && !self.form.is_empty() && self.media_type.starts_with(b"application/x-www-form") {
            std::mem::swap(&mut self.text, &mut self.form);
            self.text_len = Some(self.text.len() as u64);
        }
        let declared = self.size.or_else(|| self.content_length());
        let Some(text_len) = self.text_len.filter(|len| *len > 0 || declared.unwrap_or(0) == 0) else {
            let framed = self.has(FieldName::TransferEncoding);
            // Of an answer whose size nobody tells, nothing is known; a request has content only where it says so.
            let unknown = declared.is_none() && (sized || framed);
            let missing = declared.unwrap_or(0);
            self.text.clear();
            self.body = Found { len: 0, missing, complete: missing == 0 && !unknown };
            return;
        };
        let len = if self.encoding.eq_ignore_ascii_case(b"base64") { self.undo_base64(text_len) } else { text_len };
        if self.undecodable {
            self.text.clear();
            self.body = Found { len: 0, missing: declared.unwrap_or(0), complete: false };
            return;
        }
        let missing = if sized { self.size.unwrap_or(0).saturating_sub(len) } else { 0 };
        self.body = Found { len, missing, complete: missing == 0 };
        self.text.truncate(BODY_BYTES_MAX);
        if !self.is_still_coded() {
            self.fields.remove(FieldName::ContentEncoding);
        }
        if !self.has(FieldName::ContentType) && self.media_type.contains(&b'/') && len > 0 {
            let media_type = std::mem::take(&mut self.media_type);
            self.add(b"content-type", &media_type);
            self.media_type = media_type;
        }
    }

    fn content_length(&self) -> Option<u64> {
        let digits = str::from_utf8(self.fields.first(FieldName::ContentLength)?).ok()?;
        digits.parse::<u64>().ok().map(|length| length.min(MISSING_BYTES_MAX))
    }

    /// Replaces the text by the bytes it stands for; returns how many the whole text stands for.
    fn undo_base64(&mut self, text_len: u64) -> u64 {
        let whole = self.text.len() as u64 == text_len;
        self.text.retain(|byte| !byte.is_ascii_whitespace());
        if !whole {
            self.text.truncate(self.text.len() / 4 * 4);
        }
        let Ok(bytes) = BASE64.decode(&self.text) else {
            self.undecodable = true;
            return 0;
        };
        self.text = bytes;
        if whole { self.text.len() as u64 } else { text_len / 4 * 3 }
    }

    /// Whether the bytes begin as those of the coding they were sent in do: some proxies export what they saw.
    fn is_still_coded(&self) -> bool {
        let coding = self.fields.first(FieldName::ContentEncoding).unwrap_or_default();
        let gzip = coding.eq_ignore_ascii_case(b"gzip") && self.text.starts_with(&[0x1f, 0x8b, 8]);
        gzip || coding.eq_ignore_ascii_case(b"zstd") && self.text.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
    }

    /// This side as a record has it.
    pub(super) fn side(&self) -> Side<'_> {
        let Found { len, missing, complete } = self.body;
        let (bytes, fields) = (self.fields.bytes.as_slice(), self.fields.fields.as_slice());
        Side { version: version(&self.version), bytes, fields, body: &self.text, len, missing, complete }
    }
}

/// `HTTP/1.1`, `http/2.0`, `h2`, `h3-29`, `spdy` …; what is not known is taken as HTTP/1.1.
fn version(text: &[u8]) -> Version {
    let text = text.to_ascii_lowercase();
    let number = text.strip_prefix(b"http/").or_else(|| text.strip_prefix(b"h")).unwrap_or_default();
    match number {
        b"0.9" => Version::Http09,
        b"1.0" | b"1" => Version::Http10,
        [b'2', ..] => Version::Http2,
        [b'3', ..] => Version::Http3,
        _ => Version::Http11,
    }
}
