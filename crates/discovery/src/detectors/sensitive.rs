//! Sensitive data in answers: newly returned, or returned to calls without credentials (OWASP API3:2023, API2:2023).
//!
//! Judged: classes of data in whole successes that were read in full, once the field agrees over many values. *New* is what
//! comes after an endpoint was watched for the learning period without it. *Open* is what calls without anything like a
//! credential get, with several distinct values: a contact address that everybody is shown is one value.

use std::time::Duration;

use model::finding::{Finding, Severity};
use model::{AuthKind, ClassTable, DataClass, DataKind, Observed, PacketTime, ParamPlace, SignalKind, Zone};
use serde::{Deserialize, Serialize};

use super::unauthenticated_success::may_carry_credentials;
use super::{Cause, Info, Report, earlier, fact};
use crate::Options;
use crate::catalog::Answers;

/// Place of the finding about what is new; of what is open.
pub(crate) const NEW: u8 = u8::MAX - 1;
pub(crate) const OPEN: u8 = u8::MAX - 2;

/// Answers with a class before it is told: one hit is a test, or chance.
const HITS_MIN: u64 = 5;
/// Answers read in the learning period that make a rule.
const READ_MIN: u64 = 50;
/// Fewer make one, too, where nearly all answers hold the class once it came: this share of them. What is optional comes and goes.
const READ_FEW: u64 = 12;
const STAYS: (u64, u64) = (4, 5);
/// So many make it in half the period.
const READ_MANY: u64 = 500;
/// Distinct values that calls without credentials got.
const DISTINCT_MIN: usize = 3;
/// Different programs inside that may be callers behind a balancer.
const CLIENTS_MANY: usize = 3;
/// How long what is new stays news.
const NEWS_SPAN: Duration = Duration::from_hours(24);
/// How long nobody asks before what is open is told anew: it stays open whether anybody asks or not, and a job that asks
/// once a week is no new cause each week.
const OPEN_SPAN: Duration = Duration::from_hours(28 * 24);
/// Fields named in a finding.
const FIELDS_SHOWN: usize = 4;

pub(crate) static NEW_INFO: Info = Info {
    id: "sensitive-data-new",
    version: 1,
    subject: "endpoint",
    quiet: NEWS_SPAN,
    doc: "detectors/sensitive-data-new.md",
    owasp: &["API3:2023"],
    cwe: &["CWE-213"],
    attack: &[],
    next: "Find the release that added the field; ask whether callers need it, and take it out where they do not.",
};

pub(crate) static OPEN_INFO: Info = Info {
    id: "sensitive-data-unauthenticated",
    version: 1,
    subject: "endpoint",
    quiet: OPEN_SPAN,
    doc: "detectors/sensitive-data-unauthenticated.md",
    owasp: &["API2:2023", "API3:2023"],
    cwe: &["CWE-306", "CWE-359"],
    attack: &["T1190"],
    next: "Ask the endpoint without credentials: if it answers, require them, or take the fields out of the answer.",
};

/// What an endpoint's answers held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Returned {
    /// First answer that was read.
    since: PacketTime,
    read: u64,
    /// Classes that are no news.
    known: Vec<DataKind>,
    /// Classes that may be; one for each class at most.
    fresh: Vec<Fresh>,
    /// Classes that calls without credentials got.
    open: Vec<Open>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fresh {
    class: DataKind,
    at: PacketTime,
    hits: u64,
    told_at: PacketTime,
    /// Answers read before it came, when those were few.
    #[serde(default)]
    after_few: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Open {
    class: DataKind,
    hits: u64,
    /// Hashes of the first values.
    values: Vec<u32>,
    /// Programs that got them: the first few.
    #[serde(default)]
    clients: Vec<u32>,
}

impl Returned {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.since = earlier(self.since, other.since);
        self.read += other.read;
        // What was new under another name may be old under this one: it is no news.
        let fresh: Vec<DataKind> = self.fresh.drain(..).map(|fresh| fresh.class).collect();
        let theirs = other.known.iter().copied().chain(other.fresh.iter().map(|fresh| fresh.class));
        theirs.chain(fresh).for_each(|class| add_class(&mut self.known, class));
        for theirs in &other.open {
            let mine = slot(&mut self.open, |known| known.class == theirs.class, || Open::of(theirs.class));
            mine.hits += theirs.hits;
            theirs.values.iter().for_each(|value| mine.add(*value));
            theirs.clients.iter().for_each(|client| mine.show(*client));
        }
    }

    /// Gives classes of the configuration the numbers they have now; what has none any more is forgotten.
    pub(crate) fn renumber(&mut self, number: &dyn Fn(DataKind) -> Option<DataKind>) {
        let keeps = |class: &mut DataKind| number(*class).map(|now| *class = now).is_some();
        self.known.retain_mut(keeps);
        self.fresh.retain_mut(|fresh| keeps(&mut fresh.class));
        self.open.retain_mut(|open| keeps(&mut open.class));
    }

    /// Counts an answer that was read; the causes it belongs to. `rule` says that callers of the service carry credentials.
    pub(crate) fn see(
        &mut self,
        seen: &Observed<'_>,
        answers: &Answers,
        options: &Options,
        rule: bool,
    ) -> [Option<Cause>; 2] {
        let row = seen.row;
        let now = row.first_at;
        if self.since == PacketTime::ZERO {
            self.since = now;
        }
        self.read += 1;
        let mut held: u64 = 0;
        let marks = seen.answers().iter().filter_map(|field| Some((field.data?.class, field.value)));
        // Who is handed out a credential for a secret has logged in, whatever the secret is called; who sends a secret shows
        // who it is, or sets one of its own.
        let logs_in = seen.signals().iter().any(|signal| match signal.kind {
            SignalKind::Issued => true,
            // A code in the path is what is asked for, and shows nobody.
            SignalKind::Secret => signal.place != ParamPlace::Path,
            _ => false,
        });
        let shows = logs_in || row.auth.contains(AuthKind::OtherScheme) || may_carry_credentials(seen);
        let bare = row.auth.is_empty() && !shows;
        for (class, value) in marks.filter(|(class, _)| is_told(*class)) {
            let first = held & class.bit() == 0;
            held |= class.bit();
            if bare && opens(class) {
                let open = slot(&mut self.open, |known| known.class == class, || Open::of(class));
                open.hits += u64::from(first);
                open.add(value);
                open.show(row.client as u32);
            }
        }
        if held == 0 {
            return [None; 2];
        }
        [
            self.news(held, now, answers, options),
            bare.then(|| self.opened(held, answers, rule, row.caller.zone, &options.classes)).flatten(),
        ]
    }

    fn news(&mut self, held: u64, now: PacketTime, answers: &Answers, options: &Options) -> Option<Cause> {
        let age = now.since(self.since);
        let settled =
            self.read > READ_MIN && age >= options.learning || self.read > READ_MANY && age >= options.learning / 2;
        let few = !settled && self.read > READ_FEW && age >= options.learning;
        let (read, before) = (self.read, self.read.saturating_sub(1));
        let unknown = held & !bits(self.known.iter());
        let mut cause = None;
        for class in DataKind::of_bits(unknown) {
            let known = self.fresh.iter().any(|fresh| fresh.class == class);
            if !known && !settled && !few {
                add_class(&mut self.known, class);
                continue;
            }
            let after_few = few.then_some(before);
            let fresh =
                slot(&mut self.fresh, |fresh| fresh.class == class, || Fresh { after_few, ..Fresh::of(class, now) });
            fresh.hits += 1;
            if fresh.told_at == PacketTime::ZERO && !fresh.stays(read) {
                add_class(&mut self.known, class);
                continue;
            }
            if fresh.told_at == PacketTime::ZERO {
                if fresh.hits < HITS_MIN || !answers.data().returned.contains_key(&class) {
                    continue;
                }
                fresh.told_at = now;
            } else if now.since(fresh.told_at) > NEWS_SPAN {
                add_class(&mut self.known, class);
                continue;
            }
            // That answers hold more than before is less than that strangers read it.
            let severity = options.classes.severity(class).min(Severity::Medium);
            cause = cause.max_by_severity(Cause { severity, before: fresh.hits - 1, first_at: fresh.at });
        }
        let Self { known: over, fresh, .. } = self;
        fresh.retain(|fresh| !over.contains(&fresh.class));
        cause
    }

    fn opened(&self, held: u64, answers: &Answers, rule: bool, zone: Zone, table: &ClassTable) -> Option<Cause> {
        let enough = |open: &&Open| held & open.class.bit() != 0 && open.is_enough();
        let classes = self.open.iter().filter(enough).map(|open| (open.class, open.clients.len() >= CLIENTS_MANY));
        let mut shown = None;
        // What is not grave may be public on purpose, where nobody needs credentials.
        classes.filter(|(class, _)| table.is_grave(*class) || rule).fold(None, |cause, (class, many)| {
            let shown = shown.get_or_insert_with(|| answers.data().unauthenticated);
            // What strangers get matters more than what a job of one's own does, and contact data is often meant to be seen.
            // Who is not known may be either, and so may many programs inside: a balancer has one address for all.
            let severity = match zone {
                Zone::Internal if !many => table.severity(class).min(Severity::Low),
                Zone::Internal | Zone::Unknown => table.severity(class).min(Severity::Medium),
                _ => table.severity(class),
            };
            if shown.contains_key(&class) {
                cause.max_by_severity(Cause { severity, ..Cause::default() })
            } else {
                cause
            }
        })
    }

    /// Texts of the finding about what is new, or open.
    pub(crate) fn report(&self, place: u8, answers: &Answers, table: &ClassTable, finding: &Finding) -> Report {
        let named = |classes: u64| {
            let names = DataKind::of_bits(classes).filter_map(|class| table.name(class));
            names.map(|name| name.as_str().to_owned()).collect::<Vec<_>>().join(", ")
        };
        let n = finding.count;
        if place == NEW {
            let told = self.fresh.iter().filter(|fresh| fresh.told_at != PacketTime::ZERO);
            let (classes, at) =
                told.fold((0, PacketTime::ZERO), |(all, at), fresh| (all | fresh.class.bit(), earlier(at, fresh.at)));
            if classes == 0 && !finding.title.is_empty() {
                return as_told(finding);
            }
            let days = at.since(self.since).as_secs() / 86_400;
            let mut expected =
                vec![fact("days", days, format!("none of it in {days} days of this endpoint's answers"))];
            if !self.known.is_empty() {
                let so_far = format!("so far: {}", named(bits(self.known.iter())));
                expected.push(fact("classes", self.known.len() as u64, so_far));
            }
            return Report {
                confidence: 0.9,
                title: format!("answers hold {} since lately", named(classes)),
                expected,
                observed: vec![
                    fact("answers", n, format!("{n} answers read in full held it")),
                    fact("fields", 0, format!("in {}", fields(answers, classes))),
                ],
                ruled_out: vec![
                    "a single value that looks like it: most values of the field do, over several answers".into(),
                ],
                ..Report::default()
            };
        }
        let enough = self.open.iter().filter(|open| open.is_enough());
        let classes = bits(enough.map(|open| &open.class));
        Report {
            confidence: 0.85,
            title: format!("calls without credentials get {}", named(classes)),
            expected: vec![fact("answers", 0, "personal or secret data to callers with credentials only".into())],
            observed: vec![
                fact("answers", n, format!("{n} answers read in full gave it to calls without any credential")),
                fact("fields", 0, format!("in {}", fields(answers, classes))),
            ],
            ruled_out: vec![
                "one public value, such as a contact address: the values differ".into(),
                "a log-in that answers its caller's own data: nothing like a credential was sent".into(),
            ],
            ..Report::default()
        }
    }
}

/// What a finding says already: what was new when it was told has become known since.
fn as_told(finding: &Finding) -> Report {
    Report {
        severity: finding.severity,
        confidence: finding.confidence,
        title: finding.title.clone(),
        expected: finding.expected.clone(),
        observed: finding.observed.clone(),
        peers: finding.peers.clone(),
        ruled_out: finding.ruled_out.clone(),
    }
}

impl Fresh {
    fn of(class: DataKind, at: PacketTime) -> Self {
        Self { class, at, hits: 0, told_at: PacketTime::ZERO, after_few: None }
    }

    /// Whether it is in nearly all answers since it came; asked only of what came after few answers.
    fn stays(&self, read: u64) -> bool {
        let (held, of) = STAYS;
        let since = |before: u64| read.saturating_sub(before);
        self.after_few.is_none_or(|before| self.hits.saturating_mul(of) >= since(before).saturating_mul(held))
    }
}

impl Open {
    fn of(class: DataKind) -> Self {
        Self { class, hits: 0, values: Vec::new(), clients: Vec::new() }
    }

    fn is_enough(&self) -> bool {
        self.hits >= HITS_MIN && self.values.len() >= DISTINCT_MIN
    }

    fn add(&mut self, value: u32) {
        if self.values.len() < DISTINCT_MIN && !self.values.contains(&value) {
            self.values.push(value);
        }
    }

    /// It was given to that program.
    fn show(&mut self, client: u32) {
        if self.clients.len() < CLIENTS_MANY && !self.clients.contains(&client) {
            self.clients.push(client);
        }
    }
}

/// The graver of two causes.
trait Graver {
    fn max_by_severity(self, other: Cause) -> Option<Cause>;
}

impl Graver for Option<Cause> {
    fn max_by_severity(self, other: Cause) -> Option<Cause> {
        Some(self.filter(|known| known.severity >= other.severity).unwrap_or(other))
    }
}

/// The entry that `is` finds, made when there is none.
fn slot<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> &mut T {
    let at = list.iter().position(is).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "found, or pushed, above")]
    &mut list[at]
}

/// The set of these.
fn bits<'a>(classes: impl Iterator<Item = &'a DataKind>) -> u64 {
    classes.fold(0, |all, class| all | class.bit())
}

fn add_class(classes: &mut Vec<DataKind>, class: DataKind) {
    if !classes.contains(&class) {
        classes.push(class);
    }
}

/// Whether a class is told of at all: addresses of machines are in every log, and positions in every list of shops.
fn is_told(class: DataKind) -> bool {
    !matches!(class.built_in(), Some(DataClass::Ip | DataClass::Geo))
}

/// Whether calls without credentials should not get it. Tokens are what those who have none yet are given.
fn opens(class: DataKind) -> bool {
    !matches!(class.built_in(), Some(DataClass::Jwt | DataClass::PersonName))
}

/// Names of the fields that show classes, as the inventory has them.
fn fields(answers: &Answers, classes: u64) -> String {
    let names = answers.fields_of(classes);
    let more = names.len().saturating_sub(FIELDS_SHOWN);
    let shown = names.iter().take(FIELDS_SHOWN).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests {
    use model::observation::{AnswerField, Observation, ObservationBatch, Rows};
    use model::{Mark, Signal};

    use super::*;

    #[test]
    fn a_token_for_a_pin_is_the_answer_of_a_log_in_and_one_for_nothing_is_given_away() {
        let opened = |logs_in: bool| {
            let mut returned = Returned::default();
            for value in 0..HITS_MIN as u32 {
                let mut batch = ObservationBatch::default();
                let data = Some(Mark { class: DataKind::from(DataClass::Secret), sure: true });
                batch.answers.push(AnswerField { data, value, ..AnswerField::default() });
                if logs_in {
                    batch.signals.push(Signal { kind: SignalKind::Issued, ..Signal::default() });
                }
                let (answers, signals) = (Rows { at: 0, len: 1 }, Rows { at: 0, len: u32::from(logs_in) });
                let row = Observation { answers, signals, ..Observation::default() };
                returned.see(&Observed { batch: &batch, row: &row }, &Answers::default(), &Options::default(), true);
            }
            returned.open.iter().any(Open::is_enough)
        };
        assert!(opened(false) && !opened(true));
    }

    #[test]
    fn of_few_answers_only_a_class_that_stays_is_news() {
        let comes = |every: u64| {
            let mut returned = Returned::default();
            for n in 0..READ_FEW + 4 * HITS_MIN {
                let mut batch = ObservationBatch::default();
                let holds = n > READ_FEW && n % every == 0;
                let data = holds.then_some(Mark { class: DataKind::from(DataClass::Email), sure: true });
                batch.answers.push(AnswerField { data, ..AnswerField::default() });
                let first_at = PacketTime::from_parts(1 + n * 24 * 3_600, 0);
                let row = Observation { first_at, answers: Rows { at: 0, len: 1 }, ..Observation::default() };
                returned.see(&Observed { batch: &batch, row: &row }, &Answers::default(), &Options::default(), true);
            }
            returned.fresh.iter().any(|fresh| fresh.hits >= HITS_MIN)
        };
        assert!(comes(1), "a release");
        assert!(!comes(3), "optional data");
    }

    #[test]
    fn what_has_become_known_since_is_told_as_it_was() {
        let told = Finding {
            severity: Severity::Medium,
            confidence: 0.9,
            title: "answers hold email since lately".into(),
            expected: vec![fact("days", 9, "none of it in 9 days".into())],
            observed: vec![fact("answers", 4, "4 answers read in full held it".into())],
            ruled_out: vec!["a single value".into()],
            ..Finding::default()
        };
        let (answers, table) = (Answers::default(), ClassTable::default());
        let again = Returned::default().report(NEW, &answers, &table, &told);
        assert_eq!((again.severity, again.confidence, &again.title), (told.severity, told.confidence, &told.title));
        assert_eq!((&again.expected, &again.observed), (&told.expected, &told.observed));
        assert_eq!((&again.peers, &again.ruled_out), (&told.peers, &told.ruled_out));
        let anew = Returned::default().report(NEW, &answers, &table, &Finding::default());
        assert!(anew.title.starts_with("answers hold") && anew.title != told.title, "nothing was told yet");
    }
}
