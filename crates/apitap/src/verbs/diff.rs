//! `inventory diff`: two inventories, or two moments of one.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Result;
use discovery::diff::{self, Change, Kind, Moments, View, document};
use discovery::operations;
use model::limits::EXPORT_BYTES_MAX;
use model::{EndpointRecord, PacketTime};

use super::inventory::settings;
use crate::cli::{DiffInventory, Global};
use crate::config::Settings;
use crate::data::{self, Data, matches};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::formats::{Format, json, listed};
use crate::screens::coverage::Coverage;
use crate::screens::diff::{self as screen, Comparison, Side};
use crate::screens::ids::Ids;
use crate::screens::look::Look;
use crate::times;

/// Runs the verb.
pub(crate) fn run(options: &DiffInventory, global: &Global) -> Result<Exit> {
    let settings = settings(global, options.format)?;
    let mut comparison = match (named(&options.before), named(&options.after)) {
        (Named::Path, Named::Path) => of_paths(options, global.quiet)?,
        (Named::Path, _) | (_, Named::Path) => return Err(mixed(options).into()),
        (before, after) => of_moments(options, &before, &after, &settings, global.quiet)?,
    };
    let Comparison { before, after, changes, .. } = &mut comparison;
    changes.retain(|change| wanted(change, before, after, options));
    let look = Look::of_stdout(settings.colour());
    match settings.format() {
        Format::Table => data::print_screen(&screen::screen(&comparison, &look), &look, global.quiet)?,
        Format::Md => data::print(&screen::as_markdown(&comparison), &look)?,
        Format::Csv => data::print(&screen::as_csv(&comparison), &look)?,
        Format::Json => data::print(&json::pretty(&screen::as_json(&comparison)), &look)?,
        Format::Jsonl => {
            let lines: String =
                comparison.changes.iter().map(|c| json::line(&screen::object(&comparison, c))).collect();
            data::print(&lines, &look)?;
        }
    }
    let differs = comparison.changes.iter().any(|change| change.kind != Kind::Unseen);
    Ok(if options.exit_code && differs { Exit::Condition } else { Exit::Done })
}

fn wanted(change: &Change, before: &Side, after: &Side, options: &DiffInventory) -> bool {
    let view = change.after.and_then(|at| after.views.get(at)).or_else(|| before.views.get(change.before?));
    let service = view.map_or("", |view| view.service.as_str());
    options.service.as_ref().is_none_or(|glob| matches(glob, service))
        && (options.only.is_empty() || options.only.iter().any(|kind| kind.has(change.kind)))
}

/// What an argument names.
enum Named {
    Path,
    Now,
    /// A span before the end of the record.
    Ago(std::time::Duration),
    At(PacketTime),
}

/// What is there as a file is one; only else it may be a time.
fn named(text: &str) -> Named {
    if text != "-" && Path::new(text).exists() {
        return Named::Path;
    }
    match (text, times::parse_span(text), times::parse(text)) {
        ("now", _, _) => Named::Now,
        (_, Ok(span), _) => Named::Ago(span),
        (_, _, Ok(at)) => Named::At(at),
        _ => Named::Path,
    }
}

fn mixed(options: &DiffInventory) -> Fault {
    Fault::new("E001", format!("\"{}\" and \"{}\" are a time and a file", options.before, options.after))
        .why("two times of one record are compared, or two files, states or exports")
        .cure("apitap inventory diff --help")
}

fn of_paths(options: &DiffInventory, quiet: bool) -> Result<Comparison> {
    if let Some(file) = &options.file {
        return Err(Fault::new("E001", format!("{} is one file too many", file.display()))
            .why("a third one is named for times only")
            .cure("apitap inventory diff --help")
            .into());
    }
    let (before, after) = (exported(&options.before)?, exported(&options.after)?);
    // Documents know paths: what else the content of a call names is compared between records only.
    let paths = [&before, &after].iter().any(|export| matches!(export, Some(Exported::Document(_))));
    let before = side(&options.before, before, paths, quiet)?;
    let after = side(&options.after, after, paths, quiet)?;
    let changes = diff::diff(&before.views, &after.views);
    Ok(Comparison { before, after, changes, moments: None })
}

/// What a file in JSON holds.
enum Exported {
    /// An OpenAPI document of ours.
    Document(Vec<View>),
    /// A list in JSON or JSON Lines.
    Records(Vec<EndpointRecord>),
}

/// A state, a findings file or an export.
fn side(name: &str, export: Option<Exported>, paths: bool, quiet: bool) -> Result<Side> {
    let path = Path::new(name);
    let side = |views, ids, coverage, cut| Side { name: name.to_owned(), views, ids, coverage, cut };
    Ok(match export {
        Some(Exported::Document(views)) => side(views, Ids::default(), None, false),
        Some(Exported::Records(records)) => side(views(&records, paths), Ids::of(&records, &[]), None, false),
        None => {
            let data = Data::at(path)?;
            if let Some(fault) = data.damage(path).filter(|_| !quiet) {
                eprintln!("apitap: {fault}");
            }
            recorded(name, &data, paths)
        }
    })
}

fn views(endpoints: &[EndpointRecord], paths: bool) -> Vec<View> {
    if paths {
        operations::by_path(endpoints).iter().map(View::from).collect()
    } else {
        endpoints.iter().map(View::from).collect()
    }
}

fn recorded(name: &str, data: &Data, paths: bool) -> Side {
    let endpoints = data.snapshot.endpoints();
    Side {
        name: name.to_owned(),
        views: views(endpoints, paths),
        ids: Ids::of(endpoints, &[]),
        coverage: Some(Coverage::of(&data.trailer)),
        cut: data.snapshot.is_cut(),
    }
}

/// What a file holds that begins as a JSON object; `None` when it does not.
fn exported(name: &str) -> Result<Option<Exported>> {
    let Some(text) = json_text(Path::new(name))? else { return Ok(None) };
    let refused = |why: String| {
        Fault::new("E305", format!("{name} is no export of apitap"))
            .why(why)
            .cure("apitap inventory export FILE   (or hold a description against traffic: apitap audit --spec)")
    };
    if let Some(records) = listed::endpoints(&text) {
        return Ok(Some(Exported::Records(records.map_err(refused)?)));
    }
    let document = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
    let views = document::views(&document).ok_or_else(|| {
        refused(
            "it is neither a list of apitap nor an OpenAPI document with x-apitap-calls at each operation".to_owned(),
        )
    })?;
    Ok(Some(Exported::Document(views)))
}

/// The text of a file that begins as a JSON object; `None` when it does not.
fn json_text(path: &Path) -> Result<Option<String>> {
    let cannot = |error: std::io::Error| {
        Fault::new("E203", format!("cannot open {}", path.display()))
            .why(error.to_string())
            .cure(format!("ls -l {}", path.display()))
    };
    if path.is_dir() {
        return Ok(None);
    }
    let mut file = File::open(path).map_err(cannot)?;
    let mut begin = [0; 16];
    let read = file.read(&mut begin).map_err(cannot)?;
    let begin = begin.get(..read).unwrap_or_default();
    if begin.trim_ascii_start().first() != Some(&b'{') {
        return Ok(None);
    }
    let mut bytes = begin.to_vec();
    file.take(EXPORT_BYTES_MAX).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > EXPORT_BYTES_MAX {
        let what = format!("{} is larger than {} MiB", path.display(), EXPORT_BYTES_MAX >> 20);
        return Err(Fault::new("E302", what).into());
    }
    let text = String::from_utf8(bytes).map_err(|_| Fault::new("E302", format!("{} is not UTF-8", path.display())))?;
    Ok(Some(text))
}

fn of_moments(
    options: &DiffInventory,
    before: &Named,
    after: &Named,
    settings: &Settings,
    quiet: bool,
) -> Result<Comparison> {
    let data = Data::open(options.file.as_deref(), settings, quiet)?;
    let end = end(&data);
    // The last packet itself belongs to what was seen until now.
    let now = end.plus(std::time::Duration::from_nanos(1));
    let at = |named: &Named| match named {
        Named::Ago(span) => PacketTime(end.nanos().saturating_sub(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX))),
        Named::At(at) => *at,
        Named::Now | Named::Path => now,
    };
    let moments = Moments { from: at(before), to: at(after) };
    if moments.from >= moments.to {
        return Err(Fault::new("E001", format!("{} is not before {}", options.before, options.after))
            .why(format!("the record ends {end}"))
            .cure("apitap inventory diff 7d now")
            .into());
    }
    let side = recorded("the record", &data, false);
    let changes = diff::between(&side.views, moments);
    Ok(Comparison { before: side.clone(), after: side, changes, moments: Some((moments, end)) })
}

/// The last moment a record knows of.
fn end(data: &Data) -> PacketTime {
    let last = data.snapshot.endpoints().iter().map(|endpoint: &EndpointRecord| endpoint.last_at).max();
    last.unwrap_or_default().max(data.trailer.last_at)
}
