//! `findings`: a list, one with its reasons, or those of a file in another form.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use model::finding::FindingState;
use model::record::Body;
use model::{Finding, Id, PacketTime, Record, Severity};
use store::LogReader;

use super::inventory::{misplaced, settings};
use super::{ack, cut};
use crate::acks::{Acks, Standing};
use crate::actors::{Actors, Kind};
use crate::cli::{
    self, Convert, ConvertTo, ExplainFinding, Findings, FindingsVerb, Global, ListFindings, SeverityName,
};
use crate::data::{self, Data};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::formats::{Format, csv, json, ocsf};
use crate::screens::groups::grouped;
use crate::screens::ids::Ids;
use crate::screens::look::Look;
use crate::screens::{explain, findings, text};
use crate::times;

/// Runs the verb.
pub(crate) fn run(options: &Findings, global: &Global) -> Result<Exit> {
    match &options.verb {
        Some(_) if options.list != ListFindings::default() => Err(misplaced("findings").into()),
        None => list(&options.list, global),
        Some(FindingsVerb::List(options)) => list(options, global),
        Some(FindingsVerb::Explain(options)) => explain_one(options, global),
        Some(FindingsVerb::Ack(options)) => ack::put(options, global),
        Some(FindingsVerb::Acks(options)) => ack::list(options, global),
        Some(FindingsVerb::Convert(options)) => convert(options, global),
    }
}

fn list(options: &ListFindings, global: &Global) -> Result<Exit> {
    let settings = settings(global, options.format)?;
    let data = Data::open(options.file.as_deref(), &settings, global.quiet)?;
    let all = data.snapshot.findings();
    let acks = Acks::beside(&data::source(options.file.as_deref(), &settings)?, times::today())?;
    let mut chosen = selected(all, options)?;
    let matching = chosen.len();
    if !options.acked {
        chosen.retain(|finding| acks.holds(finding).is_none());
    }
    let hidden = matching - chosen.len();
    let again =
        chosen.iter().filter(|finding| acks.of(finding).is_some_and(|(_, standing)| standing != Standing::Holds));
    let again = again.count();
    chosen.truncate(options.limit.unwrap_or(usize::MAX));
    let actors = Actors::of(all);
    let (chosen, groups) = grouped(&chosen, options.group, &actors);
    let list = findings::List {
        findings: &chosen,
        groups: &groups,
        by: options.group,
        of: all.len(),
        acked: (hidden, again),
        trailer: &data.trailer,
        cut: data.snapshot.is_cut(),
        ids: Ids::of(data.snapshot.endpoints(), all),
    };
    let look = Look::of_stdout(settings.colour());
    let mut screen = findings::screen(&list, &look);
    match settings.format() {
        Format::Table => {}
        Format::Md => screen.data = findings::as_markdown(&list),
        Format::Json => {
            screen.data =
                json::document("findings", &chosen.iter().map(|f| json::acted(f, &actors.get(f))).collect::<Vec<_>>());
        }
        Format::Jsonl => screen.data = chosen.iter().map(|f| json::line(&json::acted(f, &actors.get(f)))).collect(),
        Format::Csv => {
            let rows = chosen.iter().map(|f| csv::finding(f, &actors.get(f)));
            screen.data = std::iter::once(csv::heading(&csv::FINDING_FIELDS)).chain(rows).collect();
        }
    }
    data::print_screen(&screen, &look, global.quiet)?;
    Ok(Exit::Done)
}

/// The findings asked for, gravest first, then by first sight.
fn selected<'a>(all: &'a [Finding], options: &ListFindings) -> Result<Vec<&'a Finding>, Fault> {
    if let Some(detector) = &options.detector {
        let mut known: Vec<&str> = all.iter().map(|f| f.detector.as_ref()).collect();
        known.sort_unstable();
        known.dedup();
        if !known.contains(&detector.as_str()) {
            return Err(no_such_detector(detector, &known));
        }
    }
    let wanted = |finding: &&Finding| {
        options.severity.is_none_or(|severity| finding.severity >= self::severity(severity))
            && options.detector.as_ref().is_none_or(|detector| finding.detector == detector.as_str())
            && options.since.is_none_or(|since| finding.last_at >= since)
            && options.standing.is_none_or(|s| (s == cli::Standing::Closed) == (finding.state == FindingState::Closed))
    };
    let mut findings: Vec<&Finding> = all.iter().filter(wanted).collect();
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.first_at, finding.id));
    Ok(findings)
}

fn no_such_detector(name: &str, known: &[&str]) -> Fault {
    let near = crate::suggest::nearest(name, known.iter().copied());
    let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    let fault = Fault::new("E005", format!("no finding is of detector \"{name}\"{hint}"));
    let here =
        if known.is_empty() { "there are no findings".to_owned() } else { format!("here are: {}", known.join(", ")) };
    fault.why(here).cure("apitap findings FILE   (lists all)")
}

const fn severity(name: SeverityName) -> Severity {
    match name {
        SeverityName::Info => Severity::Info,
        SeverityName::Low => Severity::Low,
        SeverityName::Medium => Severity::Medium,
        SeverityName::High => Severity::High,
        SeverityName::Critical => Severity::Critical,
    }
}

fn explain_one(explain: &ExplainFinding, global: &Global) -> Result<Exit> {
    let options = &explain.one;
    let settings = settings(global, options.format)?;
    let data = Data::open(options.file.as_deref(), &settings, global.quiet)?;
    let found = data.snapshot.find_finding(&data::typed_id(&options.id))?;
    let source = data::source(options.file.as_deref(), &settings)?;
    if let Some(out) = &explain.pcap {
        let told = cut::write(found, &source, &explain.from, out, &settings)?;
        if !global.quiet {
            eprintln!("apitap: {}", text::inert(&told));
        }
        if out.as_os_str() == "-" {
            return Ok(Exit::Done);
        }
    }
    let look = Look::of_stdout(settings.colour());
    let acks = Acks::beside(&source, times::today())?;
    let ids = Ids::of(data.snapshot.endpoints(), data.snapshot.findings());
    let actors = Actors::of(data.snapshot.findings());
    let actor = actors.get(found);
    let mut also: Vec<&Finding> = data.snapshot.findings().iter().filter(|other| other.id != found.id).collect();
    also.retain(|other| actor.kind != Kind::Endpoint && actors.get(other) == actor);
    also.sort_by_key(|other| (std::cmp::Reverse(other.severity), other.first_at, other.id));
    let screen = |look: &Look| explain::screen(found, acks.of(found), &also, &ids, look);
    let text = match settings.format() {
        Format::Json | Format::Jsonl => json::line(&json::acted(found, &actor)),
        Format::Csv => csv::heading(&csv::FINDING_FIELDS) + &csv::finding(found, &actor),
        Format::Table => screen(&look),
        Format::Md => format!("```text\n{}```\n", screen(&Look::pipe())),
    };
    data::print(&text, &look)?;
    Ok(Exit::Done)
}

/// Reads a findings file and prints its findings, or streams all of its records.
fn convert(options: &Convert, global: &Global) -> Result<Exit> {
    if options.no_attempts && options.to != ConvertTo::Jsonl {
        return Err(Fault::new("E001", "--no-attempts goes with --to jsonl only")
            .why("there are no attempts in csv and ocsf that could be left out")
            .cure("apitap findings convert FILE --to jsonl --no-attempts")
            .into());
    }
    let settings = settings(global, None)?;
    let path = data::source(options.file.as_deref(), &settings)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let context = "cannot write the output";
    if options.to == ConvertTo::Csv {
        out.write_all(csv::heading(&csv::FINDING_FIELDS).as_bytes()).context(context)?;
    }
    let acks = Acks::beside(&path, times::today())?;
    let (mut ended, mut latest) = (false, Latest::default());
    for record in LogReader::open(&path)? {
        let record = record?;
        ended = matches!(record.body, Body::Trailer(_));
        if options.all {
            let first = latest.first_of(&record);
            out.write_all(converted(&record, first, options.to, &acks).as_bytes()).context(context)?;
        } else {
            latest.take(record);
        }
    }
    let actors = latest.actors();
    for told in latest.in_order() {
        let line = match (options.to, &told.last.body) {
            (ConvertTo::Jsonl, Body::Finding(finding)) => {
                json::line(&json::told(&told.last, told.first, &actors.get(finding)))
            }
            (ConvertTo::Csv, Body::Finding(finding)) => csv::finding(finding, &actors.get(finding)),
            _ => converted(&told.last, told.first, options.to, &acks),
        };
        out.write_all(line.as_bytes()).context(context)?;
    }
    if options.to == ConvertTo::Jsonl && !options.all && !options.no_attempts {
        attempts(&path, &mut out)?;
    }
    out.flush().context(context)?;
    if !ended && !global.quiet {
        let fault = Fault::new("W405", format!("{} has no trailer", path.display()));
        eprintln!("apitap: {}", fault.why("its run has not come to its end"));
    }
    Ok(Exit::Done)
}

/// Writes the calls that are told one by one, behind the findings they belong to. Standard input was read already.
fn attempts(path: &Path, out: &mut impl io::Write) -> Result<()> {
    if path == Path::new("-") {
        return Ok(());
    }
    for record in LogReader::open(path)? {
        let record = record?;
        if let Body::Attempt(attempt) = &record.body {
            let line = json::line(&json::called(&record, attempt));
            out.write_all(line.as_bytes()).context("cannot write the output")?;
        }
    }
    Ok(())
}

/// The findings of a file, each as its last record has it.
#[derive(Default)]
struct Latest {
    places: HashMap<Id, usize>,
    told: Vec<Told>,
    /// When each was told first, where nothing else is kept of them.
    firsts: HashMap<Id, PacketTime>,
}

struct Told {
    /// When it was told first.
    first: PacketTime,
    last: Record,
}

impl Latest {
    fn take(&mut self, record: Record) {
        let Body::Finding(finding) = &record.body else { return };
        let place = *self.places.entry(finding.id).or_insert(self.told.len());
        match self.told.get_mut(place) {
            Some(told) => told.last = record,
            None => self.told.push(Told { first: record.at, last: record }),
        }
    }

    /// When the finding of a record was told first.
    fn first_of(&mut self, record: &Record) -> PacketTime {
        let Body::Finding(finding) = &record.body else { return record.at };
        *self.firsts.entry(finding.id).or_insert(record.at)
    }

    /// Who is behind them.
    fn actors(&self) -> Actors {
        Actors::of(self.told.iter().filter_map(|told| match &told.last.body {
            Body::Finding(finding) => Some(&**finding),
            _ => None,
        }))
    }

    /// In the order in which they were told first.
    fn in_order(&self) -> impl Iterator<Item = &Told> {
        self.told.iter()
    }
}

fn converted(record: &Record, first: PacketTime, to: ConvertTo, acks: &Acks) -> String {
    match (to, &record.body) {
        (ConvertTo::Jsonl, _) => json::line(&json::record(record)),
        // Who is behind it may only be known from what is told later.
        (ConvertTo::Csv, Body::Finding(finding)) => csv::finding(finding, &Actors::default().get(finding)),
        (ConvertTo::Ocsf, Body::Finding(finding)) => {
            json::line(&ocsf::event(record, finding, first, acks.holds(finding)))
        }
        (ConvertTo::Csv | ConvertTo::Ocsf, _) => String::new(),
    }
}
