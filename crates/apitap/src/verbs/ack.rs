//! `findings ack` and `findings acks`: what a team has looked at and accepts.

use anyhow::Result;
use model::Finding;
use serde_json::{Value, json};

use super::inventory::settings;
use crate::acks::{Ack, Acks, Standing};
use crate::cli::{AckFinding, Global, ListAcks};
use crate::data::{self, Data};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::formats::{Format, csv, json};
use crate::screens::Screen;
use crate::screens::ids::Ids;
use crate::screens::look::Look;
use crate::screens::table::{Cell, Column, Fit, markdown, render};
use crate::screens::text;
use crate::times;

/// Acknowledges one, or takes that back.
pub(crate) fn put(options: &AckFinding, global: &Global) -> Result<Exit> {
    let settings = settings(global, None)?;
    let source = data::source(options.file.as_deref(), &settings)?;
    let data = Data::open(options.file.as_deref(), &settings, global.quiet)?;
    let finding = data.snapshot.find_finding(&data::typed_id(&options.id))?;
    let name = Ids::of(data.snapshot.endpoints(), data.snapshot.findings()).finding(finding.id);
    let mut acks = Acks::beside(&source, times::today())?;
    let told = if options.undo {
        if !acks.undo(&finding.id)? {
            return Err(Fault::new("E407", format!("{name} is not acknowledged")).cure("apitap findings acks").into());
        }
        format!("{name} is in lists again\n")
    } else {
        let reason = options.reason.as_deref().unwrap_or_default().trim().to_owned();
        let ack = Ack { severity: finding.severity, reason, until: options.until };
        let until = ack.until.map_or_else(|| "for good".to_owned(), |until| format!("until {until}"));
        acks.put(finding.id, ack)?;
        format!("{name} is acknowledged {until}, or until it is graver than {}\n", finding.severity.as_str())
    };
    if !global.quiet {
        eprint!("{told}");
    }
    Ok(Exit::Done)
}

const COLUMNS: [Column; 6] = [
    Column::text("ID", Fit::Whole),
    Column::text("SEV", Fit::Whole),
    Column::text("UNTIL", Fit::Whole),
    Column::text("STATE", Fit::Whole),
    Column::text("REASON", Fit::End),
    Column::text("WHAT", Fit::End),
];

/// Lists what was acknowledged.
pub(crate) fn list(options: &ListAcks, global: &Global) -> Result<Exit> {
    let settings = settings(global, options.format)?;
    let acks = Acks::beside(&data::source(options.file.as_deref(), &settings)?, times::today())?;
    let data = Data::open(options.file.as_deref(), &settings, global.quiet)?;
    let ids = Ids::of(data.snapshot.endpoints(), data.snapshot.findings());
    let findings = data.snapshot.findings();
    let said: Vec<_> = findings.iter().filter_map(|finding| Some((finding, acks.of(finding)?))).collect();
    let table = || {
        let row = |(finding, ack): &(&Finding, (&Ack, Standing))| cells(finding, *ack, &ids);
        said.iter().map(row).collect::<Vec<Vec<String>>>()
    };
    let shown = || table().iter().map(|row| row.iter().map(|cell| Cell::text(cell)).collect()).collect::<Vec<Vec<_>>>();
    let values = || said.iter().map(|(finding, ack)| value(finding, *ack)).collect::<Vec<_>>();
    let look = Look::of_stdout(settings.colour());
    let data = match settings.format() {
        Format::Table => render(&COLUMNS, &shown(), &look),
        Format::Md => markdown(&COLUMNS, &shown()),
        Format::Json => json::document("acks", &values()),
        Format::Jsonl => values().iter().map(json::line).collect(),
        Format::Csv => {
            let heading = csv::line(COLUMNS.iter().map(|column| column.title.to_lowercase()));
            heading + &table().into_iter().map(|row| csv::line(row.into_iter())).collect::<String>()
        }
    };
    let gone = acks.len() - said.len();
    let mut remarks =
        format!("{} of {} acknowledged.", said.len(), text::counted(findings.len() as u64, "finding", "findings"));
    if gone > 0 {
        remarks.extend([format!(
            " {} of findings that are no longer here.",
            text::counted(gone as u64, "more is", "more are")
        )]);
    }
    remarks.push('\n');
    data::print_screen(&Screen { data, remarks: look.wrapped(&remarks) }, &look, global.quiet)?;
    Ok(Exit::Done)
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Holds => "holds",
        Standing::Ended => "ended",
        Standing::Graver => "graver",
    }
}

fn cells(finding: &Finding, (ack, standing): (&Ack, Standing), ids: &Ids) -> Vec<String> {
    vec![
        ids.finding(finding.id),
        finding.severity.as_str().to_owned(),
        ack.until.map_or_else(|| "–".to_owned(), |until| until.to_string()),
        word(standing).to_owned(),
        ack.reason.clone(),
        finding.title.clone(),
    ]
}

fn value(finding: &Finding, (ack, standing): (&Ack, Standing)) -> Value {
    json!({
        "finding": finding.id.to_string(),
        "severity": finding.severity.as_str(),
        "acknowledged_as": ack.severity.as_str(),
        "reason": ack.reason,
        "until": ack.until.map(|until| until.to_string()),
        "state": word(standing),
        "title": finding.title,
    })
}
