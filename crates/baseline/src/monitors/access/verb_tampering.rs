//! Verb tampering: a method that was refused is carried out under another verb (OWASP API5:2023, CWE-650).
//!
//! Judged: success of a call by somebody who was refused the same object within the hour, as the same identity, when only
//! the verb is another one: the refused method in an override field; a verb that no standard knows; HEAD for GET; or a
//! method that the path did not have before. Overrides that change something where nobody else sends any, and answered
//! TRACE, are told as what they are: doors left open.

use std::time::Duration;

use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::{IdentityKind, SignalKind};
use serde::{Deserialize, Serialize};

use super::{About, Call, Concern, DAY, Key, Model, Monitor, Verdict, fact, who};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct VerbTampering;

/// A refusal counts for so many seconds.
const MEMORY: u64 = 3_600;
/// Refusals, and tricks, of one network that are remembered.
const DENIALS_MAX: usize = 16;
const TRICKS_MAX: usize = 4;
/// Verbs of HTTP and `WebDAV`, and what caches are told with. Others are made up.
const VERBS: [&[u8]; 30] = [
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"OPTIONS",
    b"CONNECT",
    b"TRACE",
    b"QUERY",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"MKCALENDAR",
    b"CHECKOUT",
    b"CHECKIN",
    b"MERGE",
    b"BIND",
    b"UNBIND",
    b"ACL",
    b"LINK",
    b"UNLINK",
    b"PURGE",
    b"BAN",
];

/// Who sends override fields to a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Overrides {
    senders: Distinct,
}

/// What one network was refused, and what it did about it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Denied {
    denials: Vec<Denial>,
    tricks: Vec<Trick>,
    count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Denial {
    at: u64,
    path: u64,
    method: u64,
    who: u64,
    status: u16,
    /// Without any credential.
    bare: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Trick {
    severity: u8,
    text: String,
}

impl Model for Overrides {
    fn merge(&mut self, other: &Self) {
        self.senders.merge(&other.senders);
    }
}

impl Model for Denied {
    fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.denials.extend(&other.denials);
        self.denials.sort_unstable();
        self.denials.dedup();
        let over = self.denials.len().saturating_sub(DENIALS_MAX);
        self.denials.drain(..over);
        self.tricks.extend(other.tricks.iter().cloned());
        self.tricks.sort_unstable();
        self.tricks.dedup();
        self.tricks.truncate(TRICKS_MAX);
    }
}

impl Monitor for VerbTampering {
    type Common = Overrides;
    type Model = Denied;

    const INFO: DetectorInfo = DetectorInfo {
        id: "verb-tampering",
        version: 1,
        subject: "network_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/verb-tampering.md",
        owasp: &["API5:2023", "API8:2023"],
        cwe: &["CWE-650", "CWE-285"],
        attack: &["T1190"],
        next: "Decide on access by what is done, not by the verb; refuse override fields and verbs that the API does not know.",
    };
    const ATTEMPTS: bool = true;

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let asked = overrides(call);
        let odd = asked.is_some()
            || !matches!(call.seen.method(), b"GET" | b"POST" | b"PUT" | b"PATCH" | b"DELETE" | b"OPTIONS");
        if !(refused(row.status) || done(row.status) && (odd || is_new(call))) {
            return None;
        }
        Some(Concern { subject: Some(Key::of(call.network())), common: asked.map(|_| Key::of(call.service())) })
    }

    fn worth(call: &Call<'_>, common: Option<&Overrides>) -> bool {
        refused(call.row().status) || open_door(call, common).is_some()
    }

    fn judge(call: &Call<'_>, common: Option<&Overrides>, denied: &mut Denied, _: bool) -> Verdict {
        let row = call.row();
        let now = call.now().seconds();
        denied.denials.retain(|denial| now.saturating_sub(denial.at) <= MEMORY);
        let this = Denial {
            at: now,
            path: object(call),
            method: hash_of(call.seen.method()),
            who: who(call),
            status: row.status,
            bare: row.auth.is_empty() && row.identity.kind == IdentityKind::Address,
        };
        if refused(row.status) {
            if denied.denials.len() >= DENIALS_MAX {
                denied.denials.remove(0);
            }
            denied.denials.push(this);
            return Verdict::Quiet;
        }
        let Some((severity, text)) = trick(call, common, &denied.denials, &this).or_else(|| open_door(call, common))
        else {
            return Verdict::Quiet;
        };
        denied.count = denied.count.saturating_add(1);
        let trick = Trick { severity: severity as u8, text };
        if denied.tricks.len() < TRICKS_MAX && !denied.tricks.contains(&trick) {
            denied.tricks.push(trick);
        }
        Verdict::Cause(severity)
    }

    fn learn(call: &Call<'_>, common: &mut Overrides) {
        common.senders.insert(mix(call.network().prefix()));
    }

    fn closed(denied: &mut Denied) {
        *denied = Denied::default();
    }

    fn report(about: &About, denied: &Denied) -> Report {
        let texts: Vec<&str> = denied.tricks.iter().map(|trick| trick.text.as_str()).collect();
        let gravest = denied.tricks.iter().map(|trick| trick.severity).max().unwrap_or_default();
        let severity = if gravest >= Severity::High as u8 {
            Severity::High
        } else if gravest >= Severity::Medium as u8 {
            Severity::Medium
        } else {
            Severity::Low
        };
        let count = about.count;
        Report {
            severity,
            confidence: if severity == Severity::Low { 0.7 } else { 0.9 },
            title: format!("{count} calls got by another verb what their own was refused, or nobody asks for: {}", texts.join("; ")),
            expected: vec![fact("calls", 0, "who is refused stays refused, whatever the verb".to_owned())],
            observed: vec![fact("calls", count as f64, texts.join("; "))],
            peers: Vec::new(),
            ruled_out: vec![
                "a log-in in between: the identity is the same, and without credentials in both calls where 401 was answered"
                    .to_owned(),
                "clients that always send override fields".to_owned(),
            ],
        }
    }
}

/// A success where the caller was refused before, when only the verb is another.
fn trick(call: &Call<'_>, common: Option<&Overrides>, denials: &[Denial], this: &Denial) -> Option<(Severity, String)> {
    let same = |denial: &&Denial| {
        denial.path == this.path && denial.who == this.who && (denial.status != 401 || denial.bare && this.bare)
    };
    let mut denials = denials.iter().filter(same);
    let verb = printable(call.seen.method());
    let (_, place) = call.words();
    if let Some(asked) = overrides(call) {
        let asked_hash = hash_of(asked);
        // A proxy that lets no DELETE pass is why such fields were made: then others send them too.
        let usual = others(call, common) > 0;
        let found = denials.find(|denial| denial.method == asked_hash && !(usual && denial.status == 405))?;
        let text = format!(
            "{} {place} was refused ({}), {verb} with an override field was not",
            printable(asked),
            found.status
        );
        return Some((Severity::High, text));
    }
    let made_up = !VERBS.contains(&call.seen.method());
    // Who may not read may still write (a letter box), but seldom where nobody ever did.
    let read = hash_of(b"GET");
    let denial = denials
        .find(|denial| denial.method != this.method && denial.status != 405 && (made_up || denial.method == read))?;
    let text = |what: &str| format!("{place} was refused ({}), {verb} was not: {what}", denial.status);
    if made_up {
        Some((Severity::High, text("a verb that no standard knows")))
    } else if call.seen.method() == b"HEAD" {
        Some((Severity::Medium, text("HEAD for GET")))
    } else {
        is_new(call).then(|| (Severity::Medium, text("the path did not have that verb before")))
    }
}

/// What is worth telling by itself, as a door left open.
fn open_door(call: &Call<'_>, common: Option<&Overrides>) -> Option<(Severity, String)> {
    if !done(call.row().status) {
        return None;
    }
    let (_, place) = call.words();
    if call.seen.method() == b"TRACE" {
        return Some((Severity::Low, format!("TRACE {place} was answered")));
    }
    let asked = overrides(call).filter(|asked| matches!(*asked, b"PUT" | b"PATCH" | b"DELETE"))?;
    let learned = call.now().since(call.started_at).as_secs() >= DAY;
    let text = || {
        format!(
            "{} {place} as {} with an override field, which nobody else sends",
            printable(asked),
            printable(call.seen.method())
        )
    };
    (learned && others(call, common) == 0).then(|| (Severity::Low, text()))
}

/// The method that an override field names.
fn overrides<'a>(call: &Call<'a>) -> Option<&'a [u8]> {
    let signals = call.seen.signals();
    let signal = signals.iter().find(|signal| signal.kind == SignalKind::Override)?;
    Some(call.seen.text(signal.name))
}

/// Networks that send override fields to the service, without this one.
fn others(call: &Call<'_>, common: Option<&Overrides>) -> u32 {
    common.map_or(0, |common| {
        let mine = common.senders.contains(mix(call.network().prefix()));
        common.senders.len() - u32::from(mine)
    })
}

/// Whether the endpoint was not there an hour ago, though others were for a day.
fn is_new(call: &Call<'_>) -> bool {
    let since = |at| call.now().since(at).as_secs();
    call.endpoint.is_some_and(|(_, endpoint)| since(endpoint.first_at) < MEMORY) && since(call.started_at) >= DAY
}

const fn refused(status: u16) -> bool {
    matches!(status, 401 | 403 | 405)
}

const fn done(status: u16) -> bool {
    status >= 200 && status < 300
}

/// The object asked for, whatever the method: service, normalised path and its values.
fn object(call: &Call<'_>) -> u64 {
    let texts = [call.seen.service(), call.seen.template()];
    let start = texts.into_iter().fold(0, |hash, text| mix(hash ^ hash_of(text)));
    call.seen.segments().iter().fold(start, |hash, segment| mix(hash ^ segment.value))
}

fn hash_of(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
