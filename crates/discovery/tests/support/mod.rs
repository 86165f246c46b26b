//! Builds observations as `inspect` would, from lines of made-up traffic.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests that fails has failed the test"
)]
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(unreachable_pub, reason = "shared by test binaries")]

use std::collections::BTreeMap;

use discovery::{EpochEnd, Override, Overrides, Router};
use model::identity::AuthSet;
use model::observation::{Param, PathSegment, Rows, Side};
use model::{
    AuthKind, EndpointIndex, EndpointName, Id, Identity, Ledger, Naming, Noise, Observation, ObservationBatch,
    PacketTime, ParamPlace, ResolvedEpoch, Stamp, Step, ValueClass,
};

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    pub service: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub media: String,
    pub shape: u64,
    pub bytes: u64,
    pub bearer: bool,
    pub caller: u64,
    pub params: Vec<(ParamPlace, String, ValueClass, Option<u64>)>,
}

pub fn call(method: &str, path: &str, status: u16, shape: u64) -> Call {
    Call {
        service: "api.example".into(),
        method: method.into(),
        path: path.into(),
        status,
        media: "application/json".into(),
        shape,
        bytes: 100,
        bearer: false,
        caller: 1,
        params: Vec::new(),
    }
}

/// `GET /users/42 200 7`: method, path, status, shape of the answer; then what differs from a JSON answer.
pub fn line(text: &str) -> Call {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let mut call = call(next(), next(), next().parse().unwrap(), next().parse().unwrap());
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("auth", _) => call.bearer = true,
            ("media", media) => call.media = media.into(),
            ("bytes", bytes) => call.bytes = bytes.parse().unwrap(),
            ("service", service) => call.service = service.into(),
            other => panic!("{other:?}"),
        }
    }
    call
}

fn class(segment: &str) -> ValueClass {
    let all = |test: fn(&u8) -> bool| segment.bytes().all(|b| test(&b));
    match segment {
        _ if all(u8::is_ascii_digit) => ValueClass::Int,
        _ if segment.len() >= 8 && all(u8::is_ascii_hexdigit) => ValueClass::Hex,
        _ if segment.starts_with('v') && segment[1..].parse::<u8>().is_ok() => ValueClass::Version,
        _ if [".css", ".js", ".png", ".txt"].iter().any(|end| segment.ends_with(end)) => ValueClass::File,
        _ => ValueClass::Word,
    }
}

/// Appends a call to a batch, completed by frame `frame`.
pub fn push(batch: &mut ObservationBatch, call: &Call, frame: u64) {
    let method = batch.push_text(call.method.as_bytes());
    let service = batch.push_text(call.service.as_bytes());
    let at = batch.segments.len() as u32;
    let mut template = String::new();
    for segment in call.path.split('/').filter(|s| !s.is_empty()) {
        let class = class(segment);
        let shown = if class.is_value() { format!("{{{}}}", class.as_str()) } else { segment.to_owned() };
        template.push('/');
        template.push_str(&shown);
        let text = batch.push_text(shown.as_bytes());
        batch.segments.push(PathSegment { class, text, number: segment.parse().ok(), ..PathSegment::default() });
    }
    if template.is_empty() && call.path.starts_with('/') {
        template.push('/');
    }
    let template_text = batch.push_text(template.as_bytes());
    let name_hash = Id::of("name", &[call.service.as_bytes(), call.method.as_bytes(), template.as_bytes()]).prefix();
    let params_at = batch.params.len() as u32;
    for (place, name, class, number) in &call.params {
        let name = batch.push_text(name.as_bytes());
        batch.params.push(Param { name, place: *place, class: *class, number: *number, ..Param::default() });
    }
    let content_type = batch.push_text(call.media.as_bytes());
    let mut auth = AuthSet::NONE;
    if call.bearer {
        auth.insert(AuthKind::Bearer);
    }
    batch.rows.push(Observation {
        stamp: Stamp { frame, ..Stamp::default() },
        first_at: PacketTime(frame * 1_000),
        last_at: PacketTime(frame * 1_000 + 500),
        method,
        service,
        template: template_text,
        name_hash,
        segments: Rows { at, len: batch.segments.len() as u32 - at },
        params: Rows { at: params_at, len: call.params.len() as u32 },
        status: call.status,
        identity: Identity { id: Id::of("caller", &[&call.caller.to_le_bytes()]), ..Identity::default() },
        auth,
        response: Side { bytes: call.bytes, content_type, complete: true, seen: call.status != 0 },
        // Shapes of made-up traffic are of different media types: none is like another.
        answer_shape: if call.shape == 0 { 0 } else { call.shape << 48 | 1 },
        ..Observation::default()
    });
}

/// One epoch of calls, spread over batches by `shard`.
pub fn batches(
    calls: &[Call],
    first_frame: u64,
    shards: usize,
    shard: impl Fn(usize) -> usize,
) -> Vec<ObservationBatch> {
    let mut batches = vec![ObservationBatch::default(); shards];
    for (at, call) in calls.iter().enumerate() {
        push(&mut batches[shard(at) % shards], call, first_frame + at as u64);
    }
    batches
}

/// What happened, without numbers: `GET /a`, `noise static`, `GET /a -> GET /b`.
#[derive(Debug, Default)]
pub struct Story {
    pub names: BTreeMap<EndpointIndex, EndpointName>,
    pub lines: Vec<String>,
}

impl Story {
    pub fn read(&mut self, epoch: &ResolvedEpoch) {
        self.names.extend(epoch.names.iter().map(|(index, name)| (*index, (**name).clone())));
        for step in &epoch.steps {
            let text = match step {
                Step::Seen { batch, row, naming } => {
                    let frame = epoch.observed(*batch, *row).unwrap().row.stamp.frame;
                    format!("{frame} {}", self.naming(*naming))
                }
                Step::Streamed { endpoint, .. } if *endpoint == EndpointIndex::NONE => "stream".to_owned(),
                Step::Streamed { endpoint, .. } => format!("stream {}", self.name(*endpoint)),
                Step::Part { operation, endpoint, .. } => format!("+{operation} {}", self.name(*endpoint)),
                Step::Rename { from, to } => format!("{} -> {}", self.name(*from), self.name(*to)),
            };
            self.lines.push(text);
        }
    }

    pub fn naming(&self, naming: Naming) -> String {
        match naming {
            Naming::Endpoint(index) => self.name(index),
            Naming::Noise(noise) => format!("noise {}", Noise::as_str(noise)),
        }
    }

    pub fn name(&self, index: EndpointIndex) -> String {
        let name = &self.names[&index];
        format!("{} {} {}", name.service, name.method, name.template)
    }
}

/// Runs calls through `router` as one epoch.
pub fn epoch(router: &mut Router, number: u64, batches: Vec<ObservationBatch>) -> ResolvedEpoch {
    router.resolve(EpochEnd { epoch: number, ..EpochEnd::default() }, batches, &mut Ledger::default())
}

/// Overrides: templates, with a method before them or without.
pub fn overrides(templates: &[&str]) -> Overrides {
    let given: Vec<_> = templates
        .iter()
        .map(|text| {
            let (method, template) = text.split_once(' ').map_or((None, *text), |(m, t)| (Some(m.to_owned()), t));
            Override { service: None, method, template: template.to_owned() }
        })
        .collect();
    Overrides::new(&given, |text| (!class(text).is_value()).then(|| text.to_owned())).unwrap()
}
