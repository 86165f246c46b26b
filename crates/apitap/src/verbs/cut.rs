//! `findings explain --pcap`: the frames of a finding's evidence, cut out of the captures it was found in.
//!
//! In: the finding, the header of the run that told it, captures. Out: a pcapng file, readable by its owner alone: it holds
//! what the captures hold, credentials included. Captures are known by their digest, so that frame numbers are theirs.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use capture::source::{self, CutError, Input, Wanted};
use model::limits::EVIDENCE_MAX;
use model::record::{Body, Header, InputRecord};
use model::{Finding, Id};
use store::LogReader;

use crate::config::Settings;
use crate::fault::Fault;
use crate::screens::text;
use crate::session;

/// Writes the frames of `finding`, told in the log at `log`, to `out`. Returns what to say of it.
pub(crate) fn write(
    finding: &Finding,
    log: &Path,
    from: &[PathBuf],
    out: &Path,
    settings: &Settings,
) -> Result<String> {
    let header = told_in(log, finding.id)?;
    let inputs = captures(&header, log, from)?;
    session::refuse_overwriting(out, &inputs)?;
    let mut source = source::open_packets(&inputs)?;
    let wanted: Vec<Wanted> = finding
        .evidence
        .iter()
        .take(EVIDENCE_MAX)
        .map(|one| Wanted { first: one.frame, last: one.last_frame, comment: comment(finding, one) })
        .collect();
    let mut file = created(out)?;
    let settings = session::decap(settings, 0);
    let cut = source::cut(source.as_mut(), &wanted, settings, &mut file).map_err(|error| match error {
        CutError::Source(error) => anyhow::Error::from(error),
        CutError::Write(error) => anyhow::Error::from(error).context("cannot write what was cut out"),
        other => anyhow::Error::from(other),
    })?;
    let (transactions, frames) = (wanted.len() - cut.missing.len(), cut.frames);
    let mut told = format!(
        "{} of {}: {}",
        text::counted(frames, "frame", "frames"),
        text::counted(transactions as u64, "transaction", "transactions"),
        out.display()
    );
    if !cut.missing.is_empty() {
        let missing: Vec<String> = cut.missing.iter().map(|frame| text::grouped(*frame)).collect();
        told.extend([format!("; not in these captures: frame {}", missing.join(", "))]);
    }
    Ok(told)
}

fn comment(finding: &Finding, one: &model::Evidence) -> String {
    format!(
        "apitap {}: frames {}-{} of the capture: {}",
        finding.detector,
        one.frame,
        one.last_frame,
        text::inert(&one.excerpt)
    )
}

/// The header of the run that told the finding last: its frames are numbered by that run.
fn told_in(log: &Path, id: Id) -> Result<Header> {
    let (mut header, mut told) = (None, None);
    for record in LogReader::open(log)? {
        // What stands behind a damage is not read; what stands before it counts.
        let Ok(record) = record else { break };
        match record.body {
            Body::Header(next) => header = Some(next),
            Body::Finding(finding) if finding.id == id => told.clone_from(&header),
            _ => {}
        }
    }
    told.ok_or_else(|| {
        Fault::new("E407", "the log does not tell in which run the finding was told")
            .why("older parts of it are gone")
            .into()
    })
}

/// The captures of the run, in its order: of those named, else of those that lie beside the log or here.
fn captures(header: &Header, log: &Path, from: &[PathBuf]) -> Result<Vec<Input>> {
    let named: Vec<Input> = source::files(&from.iter().cloned().map(Input::from).collect::<Vec<_>>())
        .or_else(|error| if from.is_empty() { Ok(Vec::new()) } else { Err(error) })?;
    let mut digests = Vec::with_capacity(named.len());
    for input in &named {
        digests.push(session::input_record(input).context("cannot read an input")?.digest);
    }
    let beside = log.parent().unwrap_or(Path::new("."));
    let of_name = |wanted: &InputRecord| -> Option<Input> {
        // A name without folders: a log of strangers must not choose what is opened.
        let name = Path::new(&wanted.name).file_name().filter(|name| *name == wanted.name.as_str())?;
        let mut there =
            [beside.join(name), PathBuf::from(name)].into_iter().filter(|path| path.is_file()).map(Input::from);
        there.find(|input| session::input_record(input).is_ok_and(|found| found.digest == wanted.digest))
    };
    let mut out = Vec::with_capacity(header.inputs.len());
    for wanted in &header.inputs {
        if wanted.digest == Id::default() {
            return Err(no_file(wanted).into());
        }
        let at = digests.iter().position(|digest| *digest == wanted.digest);
        let found = at.and_then(|at| named.get(at).cloned()).or_else(|| of_name(wanted).filter(|_| from.is_empty()));
        out.push(found.ok_or_else(|| missing(wanted, from))?);
    }
    Ok(out)
}

fn no_file(input: &InputRecord) -> Fault {
    Fault::new("E308", format!("the finding was told of {}, which is no file", text::inert(&input.name)))
        .why("frames of an interface or a pipe are not kept; their numbers mean nothing in another capture")
}

fn missing(input: &InputRecord, from: &[PathBuf]) -> Fault {
    let (name, length) = (text::inert(&input.name), text::bytes(input.bytes));
    let what = if from.is_empty() { "is not here" } else { "is none of the files named" };
    Fault::new("E308", format!("the capture {name} ({length}), in which the finding was told, {what}"))
        .why("it is known by its content, whatever its name")
        .cure(format!("apitap findings explain ID FILE --pcap OUT --from PATH/{name}"))
}

/// A new file, or standard output for `-`.
fn created(out: &Path) -> Result<Box<dyn Write>> {
    if out.as_os_str() == "-" {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    }
    let file: io::Result<File> = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    match file {
        Ok(file) => Ok(Box::new(BufWriter::new(file))),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Fault::new("E006", format!("{} exists and was left untouched", out.display()))
                .cure("apitap findings explain ID FILE --pcap OTHER")
                .into())
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {}", out.display())),
    }
}
