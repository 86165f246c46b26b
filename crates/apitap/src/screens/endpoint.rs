//! All that is known of one endpoint.

use std::collections::BTreeMap;

use discovery::about::function;
use discovery::about::lifecycle::{self, Lifecycle};
use model::endpoint::{DescriptionRecord, FieldRecord, ParamRecord, Quantiles, ResponseRecord};
use model::{DataName, EndpointRecord, Finding, StreamKind};

use super::hours;
use super::ids::{Ids, long_endpoint};
use super::look::{Look, Tone};
use super::table::{Cell, Column, Fit, render};
use super::tags::Age;
use super::text;

const LABEL_WIDTH: usize = 11;

const PARAMS: [Column; 7] = [
    Column::text("PARAMETER", Fit::Middle),
    Column::text("IN", Fit::Whole),
    Column::number("CALLS", "CALLS"),
    Column::text("REQUIRED", Fit::Whole),
    Column::text("SHAPES", Fit::End),
    Column::text("RANGE", Fit::Whole),
    Column::text("DATA", Fit::Whole),
];

const FIELDS: [Column; 6] = [
    Column::text("RESPONSE FIELD", Fit::Middle),
    Column::text("STATUS", Fit::Whole),
    Column::number("ANSWERS", "ANSWERS"),
    Column::text("NULL", Fit::Whole),
    Column::text("SHAPES", Fit::End),
    Column::text("DATA", Fit::Whole),
];

const MESSAGE_FIELDS: [Column; 6] = [
    Column::text("MESSAGE FIELD", Fit::Middle),
    Column::text("BY", Fit::Whole),
    Column::number("MESSAGES", "MESSAGES"),
    Column::text("NULL", Fit::Whole),
    Column::text("SHAPES", Fit::End),
    Column::text("DATA", Fit::Whole),
];

/// The screen of one endpoint and the findings about it.
pub(crate) fn screen(endpoint: &EndpointRecord, age: Age, findings: &[&Finding], ids: &Ids, look: &Look) -> String {
    let name = endpoint.words();
    let mut out = Labelled { out: format!("{}\n", look.toned(&text::inert(&name), Tone::Heading)), look: *look };
    out.line("Id", &long_endpoint(endpoint.id));
    let when = text::between(endpoint.first_at, endpoint.last_at);
    let callers = text::counted(endpoint.callers, "caller", "callers");
    out.line("Calls", &format!("{} by {callers}, {when} UTC", text::grouped(endpoint.count)));
    out.line("Life", &life(endpoint, age));
    versions(&mut out, endpoint, ids);
    about(&mut out, endpoint);
    let evidence =
        if endpoint.evidence.is_empty() { String::new() } else { format!(": {}", endpoint.evidence.join(", ")) };
    out.line("Template", &format!("{} sure{evidence}", text::share(endpoint.confidence)));
    out.line("Status", &statuses(&endpoint.statuses, endpoint.count));
    out.line("Auth", &shares(&endpoint.auth, endpoint.count));
    if endpoint.unauthenticated_successes > 0 {
        let n = text::counted(endpoint.unauthenticated_successes, "call succeeded", "calls succeeded");
        out.line("", &format!("{n} without credentials"));
    }
    out.hours(&endpoint.hours);
    if !endpoint.zones.is_empty() {
        out.line(
            "From",
            &joined(endpoint.zones.iter().map(|(zone, &n)| (zone.as_str().to_owned(), n)), endpoint.count),
        );
    }
    if !endpoint.clients.is_empty() {
        out.line("Clients", &shares(&endpoint.clients, endpoint.count));
    }
    out.quantiles("Time", endpoint.latency, text::nanos);
    out.quantiles("Size", endpoint.size, text::bytes);
    let volume = [("requests", endpoint.request_bytes), ("responses", endpoint.response_bytes)];
    let volume = volume.map(|(name, n)| format!("{name} {}", text::bytes(n)));
    out.line("Content", &format!("{} in all", volume.join(", ")));
    for (label, types) in [("Requests", &endpoint.request_types), ("Responses", &endpoint.response_types)] {
        if !types.is_empty() {
            out.line(label, &shares(types, endpoint.count));
        }
    }
    messages(&mut out, endpoint);
    grpc(&mut out, endpoint);
    out.data(endpoint);
    if !endpoint.anomalies.is_empty() {
        out.line("Oddities", &shares(&endpoint.anomalies, endpoint.count));
    }
    for id in &endpoint.supersedes {
        out.line("Replaces", &ids.endpoint(*id));
    }
    if let Some(told) = &endpoint.description {
        out.line("Spec", &described(told));
        told.drift.iter().for_each(|difference| out.line("", difference));
    }
    for finding in findings {
        let line = format!("{}  {}  {}", ids.finding(finding.id), finding.severity.as_str(), finding.title);
        out.line("Finding", &line);
    }
    tables(&mut out, endpoint);
    out.out
}

/// Its parameters, and the fields of its answers and messages.
fn tables(out: &mut Labelled, endpoint: &EndpointRecord) {
    let look = out.look;
    if !endpoint.params.is_empty() {
        out.out.push('\n');
        let rows: Vec<_> = endpoint.params.iter().map(|param| row(param, endpoint.count)).collect();
        out.out.push_str(&render(&PARAMS, &rows, &look));
    }
    let fields: Vec<_> = endpoint
        .responses
        .iter()
        .flat_map(|response| response.fields.iter().map(|field| field_row(response, field)))
        .collect();
    if !fields.is_empty() {
        out.out.push('\n');
        out.out.push_str(&render(&FIELDS, &fields, &look));
    }
    let directions = endpoint.messages.iter().flat_map(|m| [("client", &m.sent), ("server", &m.received)]);
    let fields: Vec<_> = directions
        .flat_map(|(by, told)| told.fields.iter().map(move |field| known_field(by, told.read, field)))
        .collect();
    if !fields.is_empty() {
        out.out.push('\n');
        out.out.push_str(&render(&MESSAGE_FIELDS, &fields, &look));
    }
}

/// What goes over the streams that it opens.
fn messages(out: &mut Labelled, endpoint: &EndpointRecord) {
    let Some(messages) = &endpoint.messages else { return };
    let kind = match messages.kind {
        StreamKind::WebSocket => "WebSocket",
        StreamKind::Events => "server-sent events",
        StreamKind::Long => "answers open for long",
    };
    out.line("Stream", kind);
    for (who, told) in [("sent", &messages.sent), ("received", &messages.received)] {
        if told.messages == 0 && told.bytes == 0 {
            continue;
        }
        let n = text::counted(told.messages, "message", "messages");
        let mut line = format!("{who} {n}, {}", text::bytes(told.bytes));
        if told.largest > 0 {
            line.extend([", the largest ", &text::bytes(told.largest)]);
        }
        if told.unread > 0 {
            line.extend([", ", &text::grouped(told.unread), " not read"]);
        }
        out.line("", &line);
    }
}

/// How a method of gRPC streams, how its calls ended, and what they sent.
fn grpc(out: &mut Labelled, endpoint: &EndpointRecord) {
    let Some(grpc) = &endpoint.grpc else { return };
    let kind = grpc.kind.map_or("kind not known yet".to_owned(), |kind| kind.as_str().replace('_', " "));
    let whence = if grpc.declared { ", as declared" } else { "" };
    let codes = grpc.codes.iter().map(|(code, &calls)| (code.to_string(), calls));
    let codes = if grpc.codes.is_empty() { String::new() } else { format!("; codes {}", joined(codes, grpc.calls)) };
    out.line("gRPC", &format!("{kind}{whence}{codes}"));
    for (name, side) in [("requests", &grpc.requests), ("responses", &grpc.responses)] {
        let more = match side.incomplete {
            0 => String::new(),
            n => format!("; more may be missing of {}", text::counted(n, "call", "calls")),
        };
        let count = text::counted(side.count, "message", "messages");
        let sizes = format!("{}, largest {}", text::bytes(side.bytes), text::bytes(u64::from(side.largest)));
        out.line("", &format!("{name} {count} of {sizes}, up to {} in a call{more}", text::grouped(side.most)));
    }
    if grpc.unread > 0 {
        out.line("", &format!("{} in a coding that is not known", text::counted(grpc.unread, "call", "calls")));
    }
}

/// Where the endpoint stands in its API description.
fn described(told: &DescriptionRecord) -> String {
    match &told.path {
        None => format!("shadow: {} has no such operation (line {})", told.document, told.line),
        Some(path) if told.deprecated => format!("{path}, {}:{}, deprecated", told.document, told.line),
        Some(path) => format!("{path}, {}:{}", told.document, told.line),
    }
}

/// Its version among others, and what its server says about its end.
fn versions(out: &mut Labelled, endpoint: &EndpointRecord, ids: &Ids) {
    if let Some(version) = &endpoint.version {
        let place = ids.endpoint(version.newest_id);
        let told =
            if version.is_old() { format!("old: {} is there ({place})", version.newest) } else { "newest".into() };
        out.line("Version", &format!("{}, {told}", version.name));
    }
    if let Some(said) = &endpoint.retirement {
        let since = said.since.map(|at| format!("deprecated since {} UTC", text::date(at)));
        let deprecated = since.or_else(|| said.deprecated.then(|| "deprecated".to_owned()));
        let sunset = said.sunset.map(|at| format!("gone on {} UTC", text::date(at)));
        let parts: Vec<String> = deprecated.into_iter().chain(sunset).collect();
        out.line("End", &format!("its server says: {}", parts.join(", ")));
    }
}

/// What it is for, and the product it is of.
fn about(out: &mut Labelled, endpoint: &EndpointRecord) {
    if let Some(function) = function::of(endpoint) {
        out.line("Function", &format!("{}: {}", function.name, function.evidence.join(", ")));
    }
    if let Some(product) = &endpoint.product {
        let version = product.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
        out.line("Product", &format!("{}{version}: {}", product.name, product.evidence.join(", ")));
        out.line("", "cannot be changed by you: virtual patch at the gateway");
    }
}

/// Where it is in its life, and since when.
fn life(endpoint: &EndpointRecord, age: Age) -> String {
    let stage = lifecycle::of(endpoint, age);
    let silence = lifecycle::days(age.last.since(endpoint.last_at));
    let quiet = || text::counted(silence, "day", "days");
    match stage {
        Lifecycle::Active => "active".to_owned(),
        Lifecycle::New => format!("new: first called {} UTC", text::date(endpoint.first_at)),
        Lifecycle::Dormant => format!("dormant: not called for the last {} of the inventory", quiet()),
        Lifecycle::Gone => format!("gone: not called for the last {} of the inventory", quiet()),
        Lifecycle::Returned => {
            let back = endpoint.returned_at.unwrap_or_default();
            format!("returned: called again on {} UTC after a long silence", text::date(back))
        }
    }
}

struct Labelled {
    out: String,
    look: Look,
}

impl Labelled {
    fn line(&mut self, label: &str, rest: &str) {
        let room = self.look.width.map_or(usize::MAX, |width| width.saturating_sub(LABEL_WIDTH).max(20));
        let mut label = label;
        for line in text::wrapped(&text::inert(rest), room) {
            let padding = " ".repeat(LABEL_WIDTH.saturating_sub(label.len()));
            self.out.extend([self.look.toned(label, Tone::Heading).as_str(), &padding, &line, "\n"]);
            label = "";
        }
    }

    fn data(&mut self, endpoint: &EndpointRecord) {
        let data = &endpoint.data;
        for (label, what, counts) in [
            ("Data", "in requests", &data.received),
            ("Data", "in answers read", &data.returned),
            ("", "of it without credentials", &data.unauthenticated),
        ] {
            if !counts.is_empty() {
                self.line(label, &format!("{what}: {}", classes(counts)));
            }
        }
    }

    /// Bars by hour, which are no text to be broken.
    fn hours(&mut self, counts: &BTreeMap<u8, u64>) {
        let mut label = "Hours";
        for line in hours::lines(counts) {
            let note = if label.is_empty() { String::new() } else { " 24 h UTC".to_owned() };
            let padding = " ".repeat(LABEL_WIDTH.saturating_sub(label.len()));
            self.out.extend([self.look.toned(label, Tone::Heading).as_str(), &padding, &line, &note, "\n"]);
            label = "";
        }
    }

    fn quantiles(&mut self, label: &str, quantiles: Option<Quantiles>, shown: fn(u64) -> String) {
        if let Some(q) = quantiles {
            let values =
                [("p50", q.p50), ("p90", q.p90), ("p99", q.p99)].map(|(name, n)| format!("{name} {}", shown(n)));
            self.line(label, &format!("{} (of {})", values.join(", "), text::grouped(q.count)));
        }
    }
}

fn statuses(statuses: &BTreeMap<u16, u64>, of: u64) -> String {
    let name = |status: u16| if status == 0 { "no answer seen".to_owned() } else { status.to_string() };
    joined(statuses.iter().map(|(&status, &n)| (name(status), n)), of)
}

fn shares(counts: &BTreeMap<String, u64>, of: u64) -> String {
    joined(counts.iter().map(|(name, &n)| (name.clone(), n)), of)
}

/// `200 97.1 % (206,100) · 404 2.9 % (6,245)`, most first.
fn joined(counts: impl Iterator<Item = (String, u64)>, of: u64) -> String {
    let mut counts: Vec<_> = counts.collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let parts = counts.iter().map(|(name, n)| format!("{name} {} ({})", text::percent(*n, of), text::grouped(*n)));
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(" · ") }
}

fn row(param: &ParamRecord, calls: u64) -> Vec<Cell> {
    let mut shapes: Vec<_> = param.classes.iter().map(|(class, &n)| (n, class.as_str())).collect();
    shapes.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let shapes: Vec<_> = shapes.iter().map(|(_, name)| *name).collect();
    let mut range = String::new();
    if let Some((low, high)) = param.range {
        range.extend([format!("{low} – {high}")]);
    }
    vec![
        Cell::text(&param.name),
        Cell::text(param.place.as_str()),
        Cell::forms(&text::percent(param.count, calls), &param.count.to_string()),
        Cell::text(if param.required { "yes" } else { "no" }),
        Cell::text(&shapes.join(",")),
        Cell::text(&range),
        Cell::text(param.data.as_ref().map_or("", DataName::as_str)),
    ]
}

fn field_row(response: &ResponseRecord, field: &FieldRecord) -> Vec<Cell> {
    known_field(&response.status.to_string(), response.count, field)
}

/// A field of so many answers or messages.
fn known_field(of: &str, count: u64, field: &FieldRecord) -> Vec<Cell> {
    let shapes: Vec<_> = field.classes.keys().map(|class| class.as_str()).collect();
    vec![
        Cell::text(if field.pointer.is_empty() { "(whole)" } else { &field.pointer }),
        Cell::text(of),
        Cell::forms(&text::percent(field.count, count), &field.count.to_string()),
        Cell::text(if field.nullable { "yes" } else { "no" }),
        Cell::text(&shapes.join(",")),
        Cell::text(field.data.as_ref().map_or("", DataName::as_str)),
    ]
}

/// `email 12, phone 3`.
fn classes(counts: &BTreeMap<DataName, u64>) -> String {
    let parts: Vec<_> = counts.iter().map(|(class, n)| format!("{} {}", class.as_str(), text::grouped(*n))).collect();
    parts.join(", ")
}
