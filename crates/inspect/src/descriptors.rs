//! Descriptor sets: what `protoc --descriptor_set_out` writes (`google/protobuf/descriptor.proto`).
//!
//! In: the bytes of a `FileDescriptorSet`. Out: methods with the types of their messages, fields by number with their names
//! and kinds. They are read with the same reader as messages of the wire; what is in them is the operator's.

use std::collections::HashMap;
use std::fmt;

use model::limits::{DESCRIPTOR_FIELDS_MAX, DESCRIPTOR_MESSAGES_MAX, DESCRIPTOR_NESTING_MAX};
use model::{Id, RpcKind};

use crate::json::End;
use crate::protobuf::{Raw, Raws, wire};

/// What descriptor sets tell.
#[derive(Debug, Default)]
pub struct Descriptors {
    messages: Vec<Message>,
    enums: Vec<Vec<(i64, Box<[u8]>)>>,
    /// By `package.Service/Method`.
    methods: HashMap<Box<[u8]>, Method>,
    fields: usize,
    /// Of all sets, in order.
    digest: Id,
}

#[derive(Debug, Default)]
struct Message {
    /// By number.
    fields: Vec<(u64, Field)>,
}

/// A field of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// As in JSON: `orderId`.
    pub(crate) name: Box<[u8]>,
    pub(crate) kind: Kind,
    pub(crate) repeated: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A signed varint.
    Int,
    Unsigned,
    Zigzag,
    Bool,
    Enum(u32),
    Fixed64,
    Signed64,
    Fixed32,
    Signed32,
    Double,
    Float,
    Text,
    Bytes,
    Message(u32),
}

impl Kind {
    /// Bytes of one value, when all have the same.
    pub(crate) const fn size(self) -> Option<usize> {
        match self {
            Self::Fixed64 | Self::Signed64 | Self::Double => Some(8),
            Self::Fixed32 | Self::Signed32 | Self::Float => Some(4),
            _ => None,
        }
    }

    /// Whether it may be encoded so; repeated numbers may be packed.
    pub(crate) const fn fits(self, encoded: u64, repeated: bool) -> bool {
        match self {
            Self::Text | Self::Bytes => encoded == wire::BYTES,
            Self::Message(_) => matches!(encoded, wire::BYTES | wire::GROUP),
            _ => {
                let plain = match self.size() {
                    None => wire::VARINT,
                    Some(8) => wire::EIGHT,
                    Some(_) => wire::FOUR,
                };
                encoded == plain || repeated && encoded == wire::BYTES
            }
        }
    }
}

/// A method as declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    pub(crate) input: u32,
    pub(crate) output: u32,
    /// How it streams.
    pub kind: RpcKind,
}

/// Why a descriptor set cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Not protobuf, or cut, at this file of the set.
    Malformed(usize),
    /// No file, or none with a message: something else, as the source text is.
    Empty,
    /// A field or method is of a type that no file of the set defines.
    Undefined(String),
    /// More than is kept.
    Large,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(at) => write!(f, "file {at} of the set is no FileDescriptorProto, or cut"),
            Self::Empty => f.write_str("it holds no message; protoc --descriptor_set_out writes descriptor sets"),
            Self::Undefined(name) => {
                write!(f, "no file of the set defines {name}; protoc --include_imports adds what is imported")
            }
            Self::Large => write!(
                f,
                "it holds more than {DESCRIPTOR_MESSAGES_MAX} types, {DESCRIPTOR_FIELDS_MAX} fields, or {DESCRIPTOR_NESTING_MAX} types in one another"
            ),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Types found so far, by full name.
#[derive(Default)]
struct Names<'a> {
    messages: HashMap<Vec<u8>, u32>,
    enums: HashMap<Vec<u8>, u32>,
    /// Fields and methods whose types are looked up once all are known.
    fields: Vec<(u32, Raws<'a>)>,
    methods: Vec<(Vec<u8>, Raws<'a>)>,
}

impl Descriptors {
    /// Adds the content of a descriptor set.
    pub fn add(&mut self, set: &[u8]) -> Result<(), Unreadable> {
        let mut names = Names::default();
        let mut raws = Raws { rest: set };
        let mut count = 0;
        while !raws.rest.is_empty() {
            count += 1;
            let malformed = |_: End| Unreadable::Malformed(count);
            let raw = raws.field().map_err(malformed)?;
            if let (1, wire::BYTES) = (raw.number, raw.wire) {
                self.file(raw.bytes, &mut names).map_err(|stop| match stop {
                    Stop::Malformed => Unreadable::Malformed(count),
                    Stop::Large => Unreadable::Large,
                })?;
            } else {
                return Err(Unreadable::Malformed(count));
            }
        }
        if names.messages.is_empty() {
            return Err(Unreadable::Empty);
        }
        self.join(&names)?;
        self.digest = Id::of("descriptors", &[&self.digest.0, set]);
        Ok(())
    }

    /// Stands for the content of all sets.
    pub const fn digest(&self) -> Id {
        self.digest
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The method of a path `…/package.Service/Method`.
    pub(crate) fn method(&self, path: &[u8]) -> Option<Method> {
        if self.methods.is_empty() {
            return None;
        }
        let mut slashes = path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let service = slashes.nth(1)?;
        self.methods.get(path.get(service + 1..)?).copied()
    }

    /// Methods by `package.Service/Method`, in order.
    pub fn methods(&self) -> Vec<(String, RpcKind)> {
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        let mut all: Vec<_> = self.methods.iter().map(|(name, method)| (text(name), method.kind)).collect();
        all.sort();
        all
    }

    pub(crate) fn field(&self, message: u32, number: u64) -> Option<&Field> {
        let fields = &self.messages.get(message as usize)?.fields;
        let at = fields.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        fields.get(at).map(|(_, field)| field)
    }

    /// The name of a value of an enumeration.
    pub(crate) fn value(&self, of: u32, number: i64) -> Option<&[u8]> {
        let values = self.enums.get(of as usize)?;
        values.iter().find(|(known, _)| *known == number).map(|(_, name)| &**name)
    }

    fn file<'a>(&mut self, file: &'a [u8], names: &mut Names<'a>) -> Result<(), Stop> {
        let mut package = Vec::new();
        for raw in Fields(Raws { rest: file }) {
            let raw = raw?;
            if (raw.number, raw.wire) == (2, wire::BYTES) {
                package = raw.bytes.to_vec();
            }
        }
        for raw in Fields(Raws { rest: file }) {
            let raw = raw?;
            match (raw.number, raw.wire) {
                (4, wire::BYTES) => self.message(raw.bytes, &package, names)?,
                (5, wire::BYTES) => self.enumeration(raw.bytes, &package, names)?,
                (6, wire::BYTES) => service(raw.bytes, &package, names)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A message and those in it.
    fn message<'a>(&mut self, bytes: &'a [u8], scope: &[u8], names: &mut Names<'a>) -> Result<(), Stop> {
        let mut open = vec![(bytes, scope.to_vec(), 0)];
        while let Some((bytes, scope, depth)) = open.pop() {
            if self.messages.len() >= DESCRIPTOR_MESSAGES_MAX || depth > DESCRIPTOR_NESTING_MAX {
                return Err(Stop::Large);
            }
            let full = full_name(&scope, name_of(bytes)?);
            let id = self.messages.len() as u32;
            self.messages.push(Message::default());
            for raw in Fields(Raws { rest: bytes }) {
                let raw = raw?;
                match (raw.number, raw.wire) {
                    (2, wire::BYTES) => names.fields.push((id, Raws { rest: raw.bytes })),
                    (3, wire::BYTES) => open.push((raw.bytes, full.clone(), depth + 1)),
                    (4, wire::BYTES) => self.enumeration(raw.bytes, &full, names)?,
                    _ => {}
                }
                if names.fields.len() > DESCRIPTOR_FIELDS_MAX {
                    return Err(Stop::Large);
                }
            }
            names.messages.insert(full, id);
        }
        Ok(())
    }

    fn enumeration(&mut self, bytes: &[u8], scope: &[u8], names: &mut Names<'_>) -> Result<(), Stop> {
        let mut values = Vec::new();
        for raw in Fields(Raws { rest: bytes }) {
            let raw = raw?;
            if (raw.number, raw.wire) != (2, wire::BYTES) {
                continue;
            }
            let mut number = 0;
            for part in Fields(Raws { rest: raw.bytes }) {
                let part = part?;
                if (part.number, part.wire) == (2, wire::VARINT) {
                    number = part.value.cast_signed();
                }
            }
            values.push((number, name_of(raw.bytes)?.into()));
            self.fields += 1;
            if self.fields > DESCRIPTOR_FIELDS_MAX {
                return Err(Stop::Large);
            }
        }
        let id = self.enums.len() as u32;
        self.enums.push(values);
        names.enums.insert(full_name(scope, name_of(bytes)?), id);
        Ok(())
    }

    /// Fields and methods, now that all types are known.
    fn join(&mut self, names: &Names<'_>) -> Result<(), Unreadable> {
        for (message, raws) in &names.fields {
            self.fields += 1;
            if self.fields > DESCRIPTOR_FIELDS_MAX {
                return Err(Unreadable::Large);
            }
            let (number, field) = declared(*raws, names)?;
            if let Some(message) = self.messages.get_mut(*message as usize) {
                message.fields.push((number, field));
            }
        }
        self.messages.iter_mut().for_each(|message| message.fields.sort_by_key(|(number, _)| *number));
        for (name, raws) in &names.methods {
            let (mut input, mut output, mut streams) = (None, None, (false, false));
            for raw in Fields(*raws) {
                let raw = raw.map_err(|_| Unreadable::Undefined(String::from_utf8_lossy(name).into_owned()))?;
                match (raw.number, raw.wire) {
                    (2, wire::BYTES) => input = Some(raw.bytes),
                    (3, wire::BYTES) => output = Some(raw.bytes),
                    (5, wire::VARINT) => streams.0 = raw.value != 0,
                    (6, wire::VARINT) => streams.1 = raw.value != 0,
                    _ => {}
                }
            }
            let id = |of: Option<&[u8]>| known(&names.messages, of.unwrap_or_default());
            let kind = RpcKind::of(streams.0, streams.1);
            let method = Method { input: id(input)?, output: id(output)?, kind };
            self.methods.insert(name.as_slice().into(), method);
        }
        Ok(())
    }
}

/// Why reading stopped.
enum Stop {
    Malformed,
    Large,
}

/// Fields in order, to the end or to the first that cannot be read.
struct Fields<'a>(Raws<'a>);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Raw<'a>, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return None;
        }
        let raw = self.0.field();
        if raw.is_err() {
            self.0.rest = &[];
        }
        Some(raw.map_err(|_| Stop::Malformed))
    }
}

/// Field 1 of each of these descriptors.
fn name_of(bytes: &[u8]) -> Result<&[u8], Stop> {
    for raw in Fields(Raws { rest: bytes }) {
        let raw = raw?;
        if (raw.number, raw.wire) == (1, wire::BYTES) {
            return Ok(raw.bytes);
        }
    }
    Err(Stop::Malformed)
}

fn full_name(scope: &[u8], name: &[u8]) -> Vec<u8> {
    if scope.is_empty() { name.to_vec() } else { [scope, b".", name].concat() }
}

fn service<'a>(bytes: &'a [u8], package: &[u8], names: &mut Names<'a>) -> Result<(), Stop> {
    let full = full_name(package, name_of(bytes)?);
    for raw in Fields(Raws { rest: bytes }) {
        let raw = raw?;
        if (raw.number, raw.wire) == (2, wire::BYTES) {
            if names.methods.len() >= DESCRIPTOR_MESSAGES_MAX {
                return Err(Stop::Large);
            }
            names.methods.push(([&full, &b"/"[..], name_of(raw.bytes)?].concat(), Raws { rest: raw.bytes }));
        }
    }
    Ok(())
}

/// The id of a type by its full name with a point before it.
fn known(ids: &HashMap<Vec<u8>, u32>, name: &[u8]) -> Result<u32, Unreadable> {
    let bare = name.strip_prefix(b".").unwrap_or(name);
    ids.get(bare).copied().ok_or_else(|| Unreadable::Undefined(String::from_utf8_lossy(bare).into_owned()))
}

/// A `FieldDescriptorProto`.
fn declared(raws: Raws<'_>, names: &Names<'_>) -> Result<(u64, Field), Unreadable> {
    let (mut name, mut json, mut number, mut label, mut kind, mut of) = (&b""[..], &b""[..], 0, 0, 0, &b""[..]);
    for raw in Fields(raws) {
        let raw = raw.map_err(|_| Unreadable::Undefined(String::from_utf8_lossy(name).into_owned()))?;
        match (raw.number, raw.wire) {
            (1, wire::BYTES) => name = raw.bytes,
            (3, wire::VARINT) => number = raw.value,
            (4, wire::VARINT) => label = raw.value,
            (5, wire::VARINT) => kind = raw.value,
            (6, wire::BYTES) => of = raw.bytes,
            (10, wire::BYTES) => json = raw.bytes,
            _ => {}
        }
    }
    let kind = match kind {
        1 => Kind::Double,
        2 => Kind::Float,
        4 | 13 => Kind::Unsigned,
        6 => Kind::Fixed64,
        7 => Kind::Fixed32,
        8 => Kind::Bool,
        9 => Kind::Text,
        10 | 11 => Kind::Message(known(&names.messages, of)?),
        12 => Kind::Bytes,
        14 => Kind::Enum(known(&names.enums, of)?),
        15 => Kind::Signed32,
        16 => Kind::Signed64,
        17 | 18 => Kind::Zigzag,
        _ => Kind::Int,
    };
    // protoc writes the name of JSON; other writers may leave it out.
    let name = if json.is_empty() { lower_camel(name) } else { json.into() };
    Ok((number, Field { name, kind, repeated: label == 3 }))
}

/// `order_id` as JSON has it: `orderId`.
fn lower_camel(name: &[u8]) -> Box<[u8]> {
    let mut out = Vec::with_capacity(name.len());
    let mut upper = false;
    for byte in name {
        if *byte == b'_' {
            upper = true;
        } else {
            out.push(if upper { byte.to_ascii_uppercase() } else { *byte });
            upper = false;
        }
    }
    out.into()
}

#[cfg(test)]
pub(crate) mod tests;
