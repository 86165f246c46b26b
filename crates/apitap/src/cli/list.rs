//! Options of `inventory list`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use model::PacketTime;

use crate::formats::Format;
use crate::screens::filters::{self, AnyData, AnyFunction, AnyTag};
use crate::times;

/// Options of `inventory list`.
#[derive(Debug, Default, PartialEq, Args)]
pub(crate) struct ListEndpoints {
    /// Findings file; without it the state is read.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only services that match: `*` stands for anything.
    #[arg(long, value_name = "GLOB")]
    pub service: Option<String>,
    /// Only this method.
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// Only endpoints called so often at least.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub min_calls: u64,
    /// Only endpoints with this tag: `unauth`, `sensitive`, `new`, `dormant`, `gone`, `returned`, `old-version`, `deprecated`,
    /// `websocket`, `events`, `grpc`;
    /// after a run with `--spec` also `shadow`, `zombie` or `drift`. With commas between: one of them. Given again: that one too.
    #[arg(long = "tag", value_name = "TAG[,TAG]", value_parser = filters::tags)]
    pub tags: Vec<AnyTag>,
    /// Only endpoints with values of this class, such as `email`, `card` or `nat-id`; `in:email` for requests, `out:email` for
    /// answers, `unauth:email` for answers to calls without authentication. Commas and repetition as with `--tag`.
    #[arg(long, value_name = "CLASS[,CLASS]", value_parser = filters::data)]
    pub data: Vec<AnyData>,
    /// Only endpoints of this function: `login`, `payment`, `export`, `admin` and others. Commas and repetition as with `--tag`.
    #[arg(long, value_name = "NAME[,NAME]", value_parser = filters::functions)]
    pub function: Vec<AnyFunction>,
    /// Only endpoints of a packaged product whose name matches: `*` stands for anything.
    #[arg(long, value_name = "GLOB")]
    pub product: Option<String>,
    /// Only endpoints called from this zone; zones are set in the configuration.
    #[arg(long, value_enum, value_name = "ZONE")]
    pub zone: Option<ZoneName>,
    /// Only endpoints called at or after this time.
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    pub since: Option<PacketTime>,
    /// Order; without it by service and path.
    #[arg(long, value_enum, value_name = "BY")]
    pub sort: Option<SortEndpoints>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Every column, and nothing cut to the width of the terminal.
    #[arg(long)]
    pub wide: bool,
    /// How the list is written (environment: `APITAP_FORMAT`).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// See [`model::Zone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ZoneName {
    /// Networks of your own.
    Internal,
    /// Networks of known other parties.
    Partner,
    /// All others.
    External,
    /// Nobody knows: callers in HAR files.
    Unknown,
}

impl ZoneName {
    /// The zone.
    pub(crate) const fn zone(self) -> model::Zone {
        match self {
            Self::Internal => model::Zone::Internal,
            Self::Partner => model::Zone::Partner,
            Self::External => model::Zone::External,
            Self::Unknown => model::Zone::Unknown,
        }
    }
}

/// Orders of the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortEndpoints {
    /// Service, then path.
    Name,
    /// Most calls first.
    Calls,
    /// First what asks to be looked at: successes without credentials beside calls that carry some, or with personal data.
    Risk,
    /// Latest first sight first.
    New,
    /// Latest call first.
    Seen,
}
