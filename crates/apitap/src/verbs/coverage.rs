//! `coverage`: what of each service's traffic was read.

use anyhow::Result;
use model::{RowKind, ServiceCoverage};
use store::Snapshot;

use super::inventory::settings;
use crate::cli::{CoverageOptions, Global};
use crate::data::{self, Data};
use crate::exit::Exit;
use crate::formats::Format;
use crate::screens::coverage::Coverage;
use crate::screens::look::Look;
use crate::screens::services;

/// Runs the verb.
pub(crate) fn run(options: &CoverageOptions, global: &Global) -> Result<Exit> {
    let format = if options.json { Some(Format::Json) } else { options.format };
    let settings = settings(global, format)?;
    let path = data::source(options.file.as_deref(), &settings)?;
    let data = Data::open(options.file.as_deref(), &settings, global.quiet)?;
    let mut all: Vec<ServiceCoverage> = if path.is_dir() {
        Snapshot::rows(&path, RowKind::Coverage)?.iter().filter_map(baseline::coverage::read).collect()
    } else {
        data.snapshot.coverage().to_vec()
    };
    if let Some(glob) = &options.service {
        all.retain(|service| data::matches(glob, &service.service));
    }
    all.sort_by(|one, other| {
        let total = |service: &ServiceCoverage| service.total().total();
        (total(other), &one.service, one.tenant).cmp(&(total(one), &other.service, other.tenant))
    });
    let look = Look::of_stdout(settings.colour());
    let whole = Coverage::of(&data.trailer);
    let screen = services::screen(&all, &whole, options.hours, settings.format(), &look);
    data::print_screen(&screen, &look, global.quiet)?;
    Ok(Exit::Done)
}
