//! Value range: a call that changes something carries an amount that no caller sends there, and is answered with success
//! (OWASP API6:2023).
//!
//! Judged: numbers in bodies, forms, queries and arguments by their sign and size. A negative number where all were positive, a
//! zero where none was, or one of three digits more than any: each is what a check left out on the server lets through.
//! Silent: while few callers are known, on fields whose numbers differ that much anyhow, and about ids.

use std::time::Duration;

use model::ParamPlace;
use model::finding::{DetectorInfo, Severity};
use model::life::Report;
use model::limits::NUMBERS_PER_ENDPOINT_MAX;
use model::observation::Param;
use serde::{Deserialize, Serialize};

use super::access::{changes, fact, who};
use super::{About, Call, Concern, Key, Model, Monitor, Verdict};
use crate::models::distinct::Distinct;
use crate::models::mix;

pub(crate) struct ValueRange;

/// `-ln` of the rate of false alarms for one caller, 1e-3 of those that send such a value at all.
const RARE: f64 = 6.9;
/// A negative number where only positive ones belong is seldom honest: one in a hundred; a zero, or a number out of all
/// proportion, one in twenty.
const NEGATIVE: f64 = 4.6;
const OTHER: f64 = 3.0;
/// Callers, values and time that a field is known by.
const CALLERS_MIN: u32 = 8;
const VALUES_MIN: u32 = 20;
const LEARNED: Duration = Duration::from_hours(24);
/// From so many callers on, an odd number is a usual one.
const USUAL_FROM: u32 = 3;
/// Digits that a number must have more than the longest one seen.
const DIGITS_MORE: i8 = 3;

/// Numbers of one field.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Numbers {
    name: u32,
    least: i8,
    most: i8,
    values: u32,
    callers: Distinct,
    /// Callers that sent an odd one.
    odd: Distinct,
}

/// Numeric fields of one endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Fields {
    /// Sorted by name.
    list: Vec<Numbers>,
    #[serde(skip)]
    cut: u32,
}

/// What one caller sent beyond them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sent {
    negative: u32,
    zero: u32,
    large: u32,
    callers: u32,
    values: u32,
}

/// What is odd about a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Odd {
    Negative,
    Zero,
    Large,
}

impl Numbers {
    fn add(&mut self, magnitude: i8, caller: u64) {
        let first = self.values == 0;
        self.least = if first { magnitude } else { self.least.min(magnitude) };
        self.most = if first { magnitude } else { self.most.max(magnitude) };
        self.values = self.values.saturating_add(1);
        self.callers.insert(caller);
    }

    fn is_known(&self) -> bool {
        self.values >= VALUES_MIN && self.callers.reaches(CALLERS_MIN)
    }

    fn odd(&self, magnitude: i8) -> Option<Odd> {
        match magnitude {
            _ if !self.is_known() => None,
            ..=-1 if self.least > 0 => Some(Odd::Negative),
            // Counts begin at zero: it is odd where nobody sends a number of one digit.
            1 if self.least > 3 => Some(Odd::Zero),
            _ if magnitude >= self.most.saturating_add(DIGITS_MORE) && self.most > 3 => Some(Odd::Large),
            _ => None,
        }
    }
}

impl Fields {
    fn get(&self, name: u32) -> Option<&Numbers> {
        let at = self.list.binary_search_by_key(&name, |numbers| numbers.name).ok()?;
        self.list.get(at)
    }

    fn of(&mut self, name: u32) -> Option<&mut Numbers> {
        let at = match self.list.binary_search_by_key(&name, |numbers| numbers.name) {
            Ok(at) => at,
            Err(_) if self.list.len() >= NUMBERS_PER_ENDPOINT_MAX => {
                self.cut = self.cut.saturating_add(1);
                return None;
            }
            Err(at) => {
                self.list.insert(at, Numbers { name, ..Numbers::default() });
                at
            }
        };
        self.list.get_mut(at)
    }
}

impl Model for Fields {
    fn merge(&mut self, other: &Self) {
        for theirs in &other.list {
            let Some(mine) = self.of(theirs.name) else { continue };
            let first = mine.values == 0;
            mine.least = if first { theirs.least } else { mine.least.min(theirs.least) };
            mine.most = if first { theirs.most } else { mine.most.max(theirs.most) };
            mine.values = mine.values.saturating_add(theirs.values);
            mine.odd.merge(&theirs.odd);
            mine.callers.merge(&theirs.callers);
        }
    }

    fn take_cut(&mut self) -> u32 {
        std::mem::take(&mut self.cut)
    }
}

impl Model for Sent {
    fn merge(&mut self, other: &Self) {
        self.negative = self.negative.saturating_add(other.negative);
        self.zero = self.zero.saturating_add(other.zero);
        self.large = self.large.saturating_add(other.large);
        (self.callers, self.values) = (self.callers.max(other.callers), self.values.max(other.values));
    }
}

/// Last words of names whose numbers have either sign by nature: places on the globe or a screen, time zones, differences, what
/// somebody worked out to show that it is no machine.
const SIGNED: [&[u8]; 17] = [
    b"captcha",
    b"lat",
    b"latitude",
    b"lng",
    b"lon",
    b"long",
    b"longitude",
    b"x",
    b"y",
    b"z",
    b"tz",
    b"timezone",
    b"offset",
    b"delta",
    b"diff",
    b"change",
    b"temperature",
];

fn is_signed(name: &[u8]) -> bool {
    let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    SIGNED.iter().any(|word| {
        let Some(at) = name.len().checked_sub(word.len()) else { return false };
        let Some((stem, last)) = name.split_at_checked(at) else { return false };
        let parted = stem.last().is_none_or(|byte| matches!(byte, b'_' | b'-' | b'.'))
            || last.first().is_some_and(u8::is_ascii_uppercase);
        parted && last.eq_ignore_ascii_case(word)
    })
}

/// Numbers that a call sends, with the hash of their names. Ids name things: their size says nothing.
fn numbers<'a>(call: &Call<'a>) -> impl Iterator<Item = (u32, i8)> + use<'a> {
    let seen = call.seen;
    let sent = |place| matches!(place, ParamPlace::Body | ParamPlace::Form | ParamPlace::Argument | ParamPlace::Query);
    let amount = move |param: &&Param| {
        let name = seen.text(param.name);
        param.magnitude != 0 && sent(param.place) && !crate::reference::is_id_name(name) && !is_signed(name)
    };
    seen.params().iter().filter(amount).map(move |param| {
        let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = seen.text(param.name).iter().fold(mix(param.place as u64 + 1), add);
        (mix(hash) as u32, param.magnitude)
    })
}

fn odd<'a>(call: &Call<'a>, fields: &'a Fields) -> impl Iterator<Item = (Odd, &'a Numbers)> + use<'a> {
    numbers(call).filter_map(|(name, magnitude)| {
        let numbers = fields.get(name)?;
        Some((numbers.odd(magnitude)?, numbers))
    })
}

impl Monitor for ValueRange {
    type Common = Fields;
    type Model = Sent;

    const AT_WORK: Severity = Severity::High;
    const INFO: DetectorInfo = DetectorInfo {
        id: "value-range",
        version: 1,
        subject: "identity_endpoint",
        quiet: Duration::from_hours(24),
        doc: "detectors/value-range.md",
        owasp: &["API6:2023"],
        cwe: &["CWE-20", "CWE-840"],
        attack: &["T1190"],
        next: "Look what the server made of the number, undo it, and have the server check the range.",
    };

    fn concern(call: &Call<'_>) -> Option<Concern> {
        let row = call.row();
        let endpoint = call.endpoint.filter(|_| row.succeeded() && row.params.len > 0 && changes(call))?;
        numbers(call).next()?;
        Some(Concern { subject: Some(Key::on(row.identity.id, endpoint.0)), common: Some(Key::endpoint(endpoint)) })
    }

    fn worth(call: &Call<'_>, common: Option<&Fields>) -> bool {
        common.is_some_and(|fields| odd(call, fields).next().is_some())
    }

    fn judge(call: &Call<'_>, common: Option<&Fields>, sent: &mut Sent, open: bool) -> Verdict {
        let Some(fields) = common.filter(|_| call.learned_for() >= LEARNED) else { return Verdict::Quiet };
        let mut weight = 0.0_f64;
        for (odd, numbers) in odd(call, fields) {
            let (count, rare) = match odd {
                Odd::Negative => (&mut sent.negative, NEGATIVE),
                Odd::Zero => (&mut sent.zero, OTHER),
                Odd::Large => (&mut sent.large, OTHER),
            };
            *count = count.saturating_add(1);
            (sent.callers, sent.values) = (numbers.callers.len(), numbers.values);
            // None of so many callers sent the like: the next one does in one of so many cases at most.
            weight = weight.max(rare + f64::from(numbers.callers.len() + 1).ln());
        }
        match weight {
            0.0 => Verdict::Quiet,
            _ if open || weight >= RARE => Verdict::Cause(Severity::Medium),
            _ => Verdict::Note,
        }
    }

    fn learn(call: &Call<'_>, fields: &mut Fields) {
        let me = who(call);
        for (name, magnitude) in numbers(call) {
            if let Some(numbers) = fields.of(name) {
                // What is odd teaches nothing until several send it: else the first would vouch for itself.
                if numbers.odd(magnitude).is_some() {
                    numbers.odd.insert(me);
                    if !numbers.odd.reaches(USUAL_FROM) {
                        continue;
                    }
                }
                numbers.add(magnitude, me);
            }
        }
    }

    fn closed(sent: &mut Sent) {
        *sent = Sent::default();
    }

    fn report(about: &About, sent: &Sent) -> Report {
        let Sent { negative, zero, large, callers, values } = *sent;
        let mut observed = Vec::new();
        for (name, count, what) in [
            ("negative", negative, "negative numbers where all others are positive"),
            ("zero", zero, "zeros where nobody else sends one"),
            ("large", large, "numbers of three digits more than any other"),
        ] {
            if count > 0 {
                observed.push(fact(name, count, format!("{count} {what}, answered with success")));
            }
        }
        let all = negative + zero + large;
        Report {
            severity: Severity::Medium,
            confidence: (f32::from(about.kind.confidence().max(70)) * callers as f32
                / (callers as f32 + CALLERS_MIN as f32))
                .round()
                / 100.0,
            title: format!("{all} amounts out of the range that all others send were accepted"),
            expected: vec![fact("callers", callers, format!("{values} values of {callers} callers, none like that"))],
            observed,
            peers: Vec::new(),
            ruled_out: vec![
                "a refused attempt: it was answered with success".to_owned(),
                "a field with such numbers: no caller sent one while it was learned".to_owned(),
            ],
        }
    }
}
