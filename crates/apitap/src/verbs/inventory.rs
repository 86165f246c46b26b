//! `inventory`: endpoints as a list, one of them, or all as an OpenAPI document.

use anyhow::Result;
use discovery::openapi;
use model::EndpointRecord;
use store::Extent;

use crate::cli::{
    ExportFormat, ExportInventory, Global, Inventory, InventoryVerb, ListEndpoints, OpenApi, ShowOne, SortEndpoints,
    format_value,
};
use crate::config::{FlagValue, Settings};
use crate::data::{self, Data, matches};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::formats::{Format, csv, html, json};
use crate::screens::coverage::{Coverage, why_no_endpoints};
use crate::screens::filters::check_data;
use crate::screens::ids::Ids;
use crate::screens::look::Look;
use crate::screens::tags::{self, Age};
use crate::screens::{endpoint, filters, inventory, text};

/// Runs the verb.
pub(crate) fn run(options: &Inventory, global: &Global) -> Result<Exit> {
    match &options.verb {
        Some(_) if options.list != ListEndpoints::default() => Err(misplaced("inventory").into()),
        None => list(&options.list, global),
        Some(InventoryVerb::List(options)) => list(options, global),
        Some(InventoryVerb::Show(options)) => show(options, global),
        Some(InventoryVerb::Export(options)) => export(options, global),
        Some(InventoryVerb::Diff(options)) => super::diff::run(options, global),
    }
}

/// Options of the list stand before another verb, where they would be ignored.
pub(crate) fn misplaced(verb: &str) -> Fault {
    Fault::new("E001", format!("options of the list stand between \"{verb}\" and its verb"))
        .why("they would be ignored there")
        .cure(format!("apitap {verb} VERB --help"))
}

/// The settings of a verb that reads a state or file.
pub(crate) fn settings(global: &Global, format: Option<Format>) -> Result<Settings, Fault> {
    let mut flags: Vec<FlagValue> = global.values();
    flags.extend(format_value(format));
    Settings::load(global.config.as_deref(), &flags)
}

fn list(options: &ListEndpoints, global: &Global) -> Result<Exit> {
    let settings = settings(global, options.format)?;
    // What an endpoint is for is told by its parameters and answers too, and only a wide list shows it.
    let plain = matches!(settings.format(), Format::Table | Format::Md) && !options.wide && options.function.is_empty();
    let extent = if plain { Extent::Brief } else { Extent::Whole };
    let data = Data::open_to(options.file.as_deref(), &settings, global.quiet, extent)?;
    let all = data.snapshot.endpoints();
    check_data(&options.data, all, settings.classes.table.own()).map_err(|told| Fault::new("E001", told))?;
    let endpoints = selected(all, options);
    let list = inventory::List {
        endpoints: &endpoints,
        of: all.len(),
        trailer: &data.trailer,
        cut: data.snapshot.is_cut(),
        ids: Ids::of(all, &[]),
        age: Age::of(all),
        wide: options.wide,
    };
    let look = Look::of_stdout(settings.colour());
    match settings.format() {
        Format::Table => data::print(&inventory::table(&list, &look), &look)?,
        Format::Md => data::print(&inventory::as_markdown(&list), &look)?,
        Format::Json => {
            let (head, tail) = if endpoints.is_empty() {
                (json::document("endpoints", &[]), String::new())
            } else {
                json::frame("endpoints")
            };
            data::print(&head, &look)?;
            data::print_rows(&endpoints, json::BETWEEN_ROWS, |e| json::row(&json::endpoint(e)), &look)?;
            data::print(&tail, &look)?;
        }
        Format::Jsonl => data::print_rows(&endpoints, "", |e| json::line(&json::endpoint(e)), &look)?,
        Format::Csv => {
            data::print(&csv::heading(&csv::ENDPOINT_FIELDS), &look)?;
            data::print_rows(&endpoints, "", |e| csv::endpoint(e), &look)?;
        }
    }
    if !global.quiet {
        eprint!("{}", inventory::remarks_of(&list, &look));
        if endpoints.is_empty() && !options.data.is_empty() && !all.is_empty() {
            eprint!("{}", look.wrapped(&format!("{}\n", filters::data_in_answers(all))));
        }
    }
    // The process ends here: giving back every name of a large inventory takes about as long as it took to read it.
    std::mem::forget(data);
    Ok(Exit::Done)
}

/// The endpoints asked for, in the order asked for.
fn selected<'a>(all: &'a [EndpointRecord], options: &ListEndpoints) -> Vec<&'a EndpointRecord> {
    let age = Age::of(all);
    let wanted = |endpoint: &&EndpointRecord| {
        options.service.as_ref().is_none_or(|glob| matches(glob, &endpoint.service))
            && options.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&endpoint.method))
            && endpoint.count >= options.min_calls
            && options.zone.is_none_or(|name| endpoint.zones.contains_key(&name.zone()))
            && options.since.is_none_or(|since| endpoint.last_at >= since)
            && options.tags.iter().all(|any| any.holds(endpoint, age))
            && options.function.iter().all(|any| any.holds(endpoint))
            && options
                .product
                .as_ref()
                .is_none_or(|glob| endpoint.product.as_ref().is_some_and(|product| matches(glob, &product.name)))
            && options.data.iter().all(|any| any.holds(endpoint))
    };
    let mut endpoints: Vec<&EndpointRecord> = all.iter().filter(wanted).collect();
    // Sorting is stable: equal ones stay by service and path.
    match options.sort {
        None | Some(SortEndpoints::Name) => {}
        Some(SortEndpoints::Calls) => endpoints.sort_by_key(|e| std::cmp::Reverse(e.count)),
        Some(SortEndpoints::Risk) => {
            endpoints.sort_by_cached_key(|e| std::cmp::Reverse((tags::risk(e, age), e.count)));
        }
        Some(SortEndpoints::New) => endpoints.sort_by_key(|e| std::cmp::Reverse(e.first_at)),
        Some(SortEndpoints::Seen) => endpoints.sort_by_key(|e| std::cmp::Reverse(e.last_at)),
    }
    endpoints.truncate(options.limit.unwrap_or(usize::MAX));
    endpoints
}

fn show(options: &ShowOne, global: &Global) -> Result<Exit> {
    let settings = settings(global, options.format)?;
    let data = Data::open(options.file.as_deref(), &settings, global.quiet)?;
    let found = data.snapshot.find_endpoint(&data::typed_id(&options.id))?;
    let look = Look::of_stdout(settings.colour());
    let text = match settings.format() {
        Format::Json | Format::Jsonl => json::line(&json::endpoint(found)),
        Format::Csv => csv::heading(&csv::ENDPOINT_FIELDS) + &csv::endpoint(found),
        Format::Table | Format::Md => {
            let about = |finding: &&model::Finding| finding.subject.endpoint == Some(found.id);
            let findings: Vec<_> = data.snapshot.findings().iter().filter(about).collect();
            let ids = Ids::of(data.snapshot.endpoints(), data.snapshot.findings());
            endpoint::screen(found, Age::of(data.snapshot.endpoints()), &findings, &ids, &look)
        }
    };
    data::print(&text, &look)?;
    Ok(Exit::Done)
}

/// One document of the endpoints asked for. They are chosen here, since `--service` is a pattern.
fn export(options: &ExportInventory, global: &Global) -> Result<Exit> {
    let settings = settings(global, None)?;
    let data = Data::open(options.file.as_deref(), &settings, global.quiet)?;
    let all = data.snapshot.endpoints();
    let wanted = |endpoint: &&EndpointRecord| {
        options.service.as_ref().is_none_or(|glob| matches(glob, &endpoint.service))
            && endpoint.count >= options.min_calls
    };
    let chosen: Vec<EndpointRecord> = all.iter().filter(wanted).cloned().collect();
    if chosen.is_empty() {
        return Err(nothing_to_export(&data, options));
    }
    if options.format == ExportFormat::Html {
        let shown: Vec<&EndpointRecord> = chosen.iter().collect();
        let page = html::inventory_page(&inventory::List {
            endpoints: &shown,
            of: all.len(),
            trailer: &data.trailer,
            cut: data.snapshot.is_cut(),
            ids: Ids::of(all, &[]),
            age: Age::of(all),
            wide: true,
        });
        data::print(&page, &Look { ascii: false, ..Look::of_stdout(settings.colour()) })?;
        return Ok(Exit::Done);
    }
    let release = match options.openapi {
        OpenApi::V31 => openapi::Release::V31,
        OpenApi::V30 => openapi::Release::V30,
    };
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let document = openapi::export(&chosen, &openapi::Options { version, release, ..openapi::Options::default() });
    data::print(&json::pretty_text(&document), &Look { ascii: false, ..Look::of_stdout(settings.colour()) })?;
    if !global.quiet {
        let of = text::counted(all.len() as u64, "endpoint", "endpoints");
        eprintln!("{} of {of} exported. Coverage {}.", chosen.len(), Coverage::of(&data.trailer).share());
    }
    Ok(Exit::Done)
}

fn nothing_to_export(data: &Data, options: &ExportInventory) -> anyhow::Error {
    let fault = match (why_no_endpoints(&data.trailer), &options.service) {
        (Some(why), _) => Fault::new("E004", "there are no endpoints to export").why(why),
        (None, Some(service)) => {
            let services = openapi::services(data.snapshot.endpoints());
            let near = crate::suggest::nearest(service, services.iter().copied());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            Fault::new("E004", format!("no endpoint is of service \"{service}\" and called that often{hint}"))
        }
        (None, None) => Fault::new("E004", format!("no endpoint was called {} times", options.min_calls)),
    };
    fault.cure("apitap inventory list").into()
}
