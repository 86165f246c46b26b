//! Reports of an audit in files; the end of the name says how each is written.

use std::path::Path;

use anyhow::{Context as _, Result};
use model::record::Trailer;
use store::Snapshot;

use crate::cli::AuditOptions;
use crate::fault::Fault;
use crate::formats::{html, json, sarif};
use crate::screens::audit::{self as screen, Report};
use crate::screens::ids::Ids;
use crate::screens::inventory::List;
use crate::screens::tags::Age;

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Html,
    Json,
    Md,
    Sarif,
}

/// The reports asked for; refused before any work when one cannot be written or would replace an input.
pub(super) fn kinds(options: &AuditOptions) -> Result<Vec<(&Path, Kind)>, Fault> {
    let inputs = options.files.iter().chain(&options.specs);
    let inputs: Vec<_> = inputs.filter_map(|path| path.canonicalize().ok()).collect();
    options.reports.iter().map(|path| kind(path, &inputs)).collect()
}

fn kind<'a>(path: &'a Path, inputs: &[std::path::PathBuf]) -> Result<(&'a Path, Kind), Fault> {
    if path.canonicalize().is_ok_and(|path| inputs.contains(&path)) {
        return Err(Fault::new("E006", format!("{} is an input", path.display())).why("a report would overwrite it"));
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let kind = match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" => Kind::Html,
        "json" => Kind::Json,
        "md" => Kind::Md,
        "sarif" => Kind::Sarif,
        _ => {
            return Err(Fault::new("E001", format!("{} does not say how the report is written", path.display()))
                .why("its name must end in .html, .json, .md or .sarif")
                .cure("apitap audit FILE --spec openapi.yaml --report report.html"));
        }
    };
    Ok((path, kind))
}

/// Writes them.
pub(super) fn write(
    kinds: &[(&Path, Kind)],
    report: &Report<'_>,
    snapshot: &Snapshot,
    trailer: &Trailer,
) -> Result<()> {
    for (path, kind) in kinds {
        let text = match kind {
            Kind::Html => page(report, snapshot, trailer),
            Kind::Json => json::pretty(&screen::as_json(report)),
            Kind::Md => screen::as_markdown(report),
            Kind::Sarif => json::pretty(&sarif::log(report)),
        };
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn page(report: &Report<'_>, snapshot: &Snapshot, trailer: &Trailer) -> String {
    let all = snapshot.endpoints();
    let endpoints: Vec<_> = all.iter().collect();
    html::page(
        report,
        &List {
            endpoints: &endpoints,
            of: all.len(),
            trailer,
            cut: snapshot.is_cut(),
            ids: Ids::of(all, &[]),
            age: Age::of(all),
            wide: true,
        },
    )
}
