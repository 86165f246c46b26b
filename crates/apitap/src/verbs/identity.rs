//! `identity`: the pseudonyms that a credential has, so that one can look for a caller without writing down who it is.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use anyhow::{Context as _, Result};
use inspect::Written;
use model::limits::IDENTITY_LINE_BYTES_MAX;
use model::{DeploymentKey, Finding, Identity};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use store::KeyFile;

use super::inventory::settings;
use crate::cli::{Global, IdentityOptions};
use crate::data::{self, Data};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::formats::{Format, json};
use crate::screens::Screen;
use crate::screens::findings::identity_word;
use crate::screens::ids::{Ids, brief};
use crate::screens::look::Look;
use crate::screens::table::{Cell, Column, Fit, markdown, render};
use crate::session;

/// Runs the verb.
pub(crate) fn run(options: &IdentityOptions, global: &Global) -> Result<Exit> {
    let settings = settings(global, options.format)?;
    let state = settings.state_dir().filter(|_| options.file.is_none());
    let key: DeploymentKey = match &state {
        Some(dir) => KeyFile::load(dir)?,
        None => session::installation_key()?,
    };
    let read = options.file.is_some() || state.is_some();
    let data = read.then(|| Data::open(options.file.as_deref(), &settings, global.quiet)).transpose()?;
    let identities = Written::new(key).identities(&typed()?);
    if identities.is_empty() {
        return Err(Fault::new("E001", "nothing was typed that names somebody")
            .why("one credential or claim is read from standard input")
            .cure("apitap identity --find < FILE")
            .into());
    }
    let found: Vec<Row<'_>> = identities.iter().map(|identity| Row::of(identity, data.as_ref())).collect();
    let look = Look::of_stdout(settings.colour());
    data::print_screen(&screen(&found, data.as_ref(), settings.format(), &look), &look, global.quiet)?;
    Ok(Exit::Done)
}

/// One line of standard input. On a terminal it is not shown while it is typed.
fn typed() -> Result<Vec<u8>> {
    let stdin = io::stdin();
    let hidden = stdin.is_terminal().then(Hidden::new).flatten();
    if hidden.is_some() {
        eprint!("credential or claim (not shown): ");
    }
    let mut line = Vec::new();
    let longest = IDENTITY_LINE_BYTES_MAX as u64;
    stdin.lock().take(longest.saturating_add(1)).read_until(b'\n', &mut line).context("cannot read standard input")?;
    if hidden.is_some() {
        eprintln!();
    }
    if line.len() > IDENTITY_LINE_BYTES_MAX {
        let what = format!("the credential is longer than {IDENTITY_LINE_BYTES_MAX} bytes");
        return Err(Fault::new("E001", what).why("no server takes such a one").into());
    }
    if hidden.is_none() && !stdin.is_terminal() && more(&mut stdin.lock())? {
        return Err(Fault::new("E001", "standard input has more than one line")
            .why("an answer about the first alone would be taken for one about all")
            .cure("while read -r line; do printf '%s\\n' \"$line\" | apitap identity --find; done < FILE")
            .into());
    }
    Ok(line)
}

/// Whether anything but blanks follows, as far as another line would reach.
fn more(rest: &mut impl io::Read) -> Result<bool> {
    let mut bytes = Vec::new();
    rest.take(IDENTITY_LINE_BYTES_MAX as u64).read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(!bytes.trim_ascii().is_empty())
}

/// The terminal shows nothing that is typed while it lives.
struct Hidden(Termios);

impl Hidden {
    fn new() -> Option<Self> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing anyway.
        let _is_gone = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0).is_err();
    }
}

/// One identity that the credential may be.
struct Row<'a> {
    identity: Identity,
    label: Option<&'a str>,
    findings: Vec<&'a Finding>,
}

impl<'a> Row<'a> {
    fn of(identity: &Identity, data: Option<&'a Data>) -> Self {
        let all = data.map(|data| data.snapshot.findings()).unwrap_or_default();
        let findings: Vec<_> = all.iter().filter(|finding| finding.subject.identity == Some(identity.id)).collect();
        let told = findings.first().map(|finding| finding.subject.label.as_str()).filter(|label| !label.is_empty());
        let label = data.and_then(|data| data.snapshot.book().label(&identity.id)).or(told);
        Self { identity: *identity, label, findings }
    }
}

const COLUMNS: [Column; 5] = [
    Column::text("KIND", Fit::Whole),
    Column::text("SHOWN AS", Fit::Whole),
    Column::text("LABEL", Fit::End),
    Column::text("FINDINGS", Fit::End),
    Column::text("ID", Fit::Whole),
];

fn screen(rows: &[Row<'_>], data: Option<&Data>, format: Format, look: &Look) -> Screen {
    let ids = data.map(|data| Ids::of(data.snapshot.endpoints(), data.snapshot.findings())).unwrap_or_default();
    let named = |row: &Row<'_>| row.findings.iter().map(|f| ids.finding(f.id)).collect::<Vec<_>>().join(" ");
    let cells = |row: &Row<'_>| {
        [
            identity_word(row.identity.kind).to_owned(),
            brief(row.identity.id),
            row.label.unwrap_or("–").to_owned(),
            Some(named(row)).filter(|names| !names.is_empty()).unwrap_or_else(|| "–".to_owned()),
            row.identity.id.to_string(),
        ]
    };
    let table = || rows.iter().map(|row| cells(row).iter().map(|text| Cell::text(text)).collect()).collect::<Vec<_>>();
    let data = match format {
        Format::Table => render(&COLUMNS, &table(), look),
        Format::Md => markdown(&COLUMNS, &table()),
        Format::Json => json::document("identities", &rows.iter().map(value).collect::<Vec<_>>()),
        Format::Jsonl => rows.iter().map(|row| json::line(&value(row))).collect(),
        Format::Csv => {
            let line = |cells: [String; 5]| crate::formats::csv::line(cells.into_iter());
            line(COLUMNS.map(|column| column.title.to_lowercase()))
                + &rows.iter().map(|row| line(cells(row))).collect::<String>()
        }
    };
    let remarks = match rows {
        [_] => String::new(),
        _ => "What it is depends on where it is sent: it may be any of these.\n".to_owned(),
    };
    Screen { data, remarks: look.wrapped(&remarks) }
}

fn value(row: &Row<'_>) -> Value {
    let findings: Vec<String> = row.findings.iter().map(|finding| finding.id.to_string()).collect();
    json!({
        "id": row.identity.id.to_string(),
        "kind": row.identity.kind.as_str(),
        "label": row.label,
        "findings": findings,
    })
}
