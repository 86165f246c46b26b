//! The command line.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::PacketTime;

use crate::config::FlagValue;
use crate::formats::Format;
use crate::screens::look::Colour;
use crate::times;

mod audit;
mod coverage;
mod diff;
mod findings;
#[cfg(feature = "tls")]
mod keys;
mod list;
mod state;

pub(crate) use audit::{AuditFormat, AuditOptions};
pub(crate) use coverage::CoverageOptions;
pub(crate) use diff::DiffInventory;
pub(crate) use findings::{
    AckFinding, Convert, ConvertTo, ExplainFinding, Findings, FindingsVerb, ListAcks, ListFindings, SeverityName,
    Standing,
};
#[cfg(feature = "tls")]
pub(crate) use keys::TlsKeys;
pub(crate) use list::{ListEndpoints, SortEndpoints};
pub(crate) use state::StateVerb;

/// Passive API runtime-security sensor: reads mirrored traffic and captures, never sends a packet.
#[derive(Debug, Parser)]
#[command(name = "apitap", version, after_help = EXIT_CODES, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What `apitap` alone prints.
pub(crate) const WELCOME: &str = "\
apitap finds the API endpoints in network traffic and says who behaves unlike themselves. It never sends a packet.
  apitap replay shop.pcap                 what is in a capture: coverage, endpoints, findings
  apitap inventory shop.findings          the endpoints it found
  apitap findings explain F-7K2Q shop.findings
                                          why something is a finding, and where to look
All verbs and options: apitap --help
";

const EXIT_CODES: &str = "Exit codes: 0 done, 2 usage or configuration, 3 input unreadable or cut, 4 fault of apitap or of \
                          the output, 5 nothing understood, 6 not permitted or device gone. Findings never change the code.";

const EXAMPLES: &str = "Examples:
  apitap replay shop.pcap                       summary, and shop.findings beside you
  apitap replay - -o - < shop.pcapng.zst        from a pipe into a pipe
  apitap run -i eth1 -i eth2 --state /var/lib/apitap
  apitap inventory --state /var/lib/apitap      the endpoints seen so far
  apitap inventory export --openapi 3.1 --service api.shop.example shop.findings
  apitap findings shop.findings --format csv    for a spreadsheet
  apitap decode shop.pcap                       every HTTP transaction as a JSON line

Exit codes: 0 done, 2 usage or configuration, 3 input unreadable or cut, 4 fault of apitap or of the output,
5 nothing understood, 6 not permitted or device gone. Findings never change the code.
Files: $XDG_CONFIG_HOME/apitap/apitap.toml or /etc/apitap/apitap.toml; `apitap config show` prints it with its docs.";

/// Flags that every verb takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file (environment: `APITAP_CONFIG`).
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Directory of the state (environment: `APITAP_STATE`).
    #[arg(long, value_name = "DIR", global = true)]
    pub state: Option<PathBuf>,
    /// Print only data and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// After `replay` and `run`, print every counter of the ledger; twice: also the configuration in effect.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// When colours are used (environment: `APITAP_COLOR`, `NO_COLOR`).
    #[arg(long, value_enum, value_name = "WHEN", global = true)]
    pub color: Option<Colour>,
}

/// What apitap does.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Read capture files: coverage, endpoints, findings.
    Replay(ReplayOptions),
    /// Watch live interfaces.
    Run(RunOptions),
    /// Print every HTTP transaction of capture files as JSON Lines.
    Decode(Decode),
    /// List the endpoints seen, show one, compare or export them.
    Inventory(Box<Inventory>),
    /// List findings, explain one, acknowledge or convert them.
    Findings(Box<Findings>),
    /// Tell what of each service's traffic was read, hour by hour, and what became of the rest.
    Coverage(CoverageOptions),
    /// Tell which pseudonyms a credential has.
    Identity(IdentityOptions),
    /// Hold captures or an inventory against API descriptions.
    Audit(AuditOptions),
    /// Carry what a state has learned to another one.
    #[command(subcommand)]
    State(StateVerb),
    /// Show the configuration, or check it.
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Try whether this build reads and tells here what it should; nothing is sent.
    Selftest,
    /// Print a completion script for a shell.
    Completions {
        /// Shell to complete for.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// Options of `decode`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap decode shop.pcap                    every HTTP transaction as a JSON line
  apitap decode - < shop.pcapng.zst          from a pipe; gzip and zstd are recognised
  apitap decode captures/ -o shop.jsonl      all captures of a folder, merged by time
  apitap decode export.har                   every exchange of a HAR file")]
pub(crate) struct Decode {
    /// Captures (pcap, pcapng, HAR) or folders of them; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Whether TCP checksums are judged; captures made on a sending host have wrong ones.
    #[arg(long, value_enum, default_value_t = VerifyChecksums::Off)]
    pub verify_checksums: VerifyChecksums,
    /// Make the VLAN, VNI or tunnel id part of what names a flow.
    #[arg(long)]
    pub key_by_tenant: bool,
    /// Print only data and errors.
    #[arg(short, long)]
    pub quiet: bool,
    /// End with code 3 when a capture is cut or damaged.
    #[arg(long)]
    pub strict: bool,
    /// End with code 0 even when nothing could be understood.
    #[arg(long)]
    pub allow_blind: bool,
    #[cfg(feature = "tls")]
    #[command(flatten)]
    pub keys: TlsKeys,
    /// Print one line for each TLS connection instead of the transactions: names, version, suite, JA4, bytes, digests of what
    /// was decrypted.
    #[arg(long)]
    pub tls: bool,
    /// Print a line for each part of a stream of messages too (WebSocket, server-sent events, answers open for long), between the
    /// transactions.
    #[arg(long, conflicts_with = "tls")]
    pub streams: bool,
}

/// See [`capture::link::Checksums`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyChecksums {
    /// Judge a sender whose checksums are mostly right.
    Auto,
    /// Refuse every segment with a wrong checksum.
    On,
    /// Do not look.
    Off,
}

/// Options of `replay`.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  apitap replay shop.pcap                                summary, and shop.findings in this folder
  apitap replay captures/ --state ./state                learn from many captures, one after the other
  apitap replay may/ --state ./state --learn-only        the same, when all of it is known to be in order
  apitap replay today.pcap --baseline ./state            what is unusual today; the state stays as it is
  apitap replay shop.pcap --since 2026-03-02T08:00:00Z -f 'tcp port 8080'
  apitap replay - -o shop.findings < shop.pcapng.zst
  apitap replay export.har shop.pcap                     HAR of a browser or proxy, alone or beside captures

The same files with the same configuration give the same bytes, for any number of threads. Coverage is the share of TCP
payload that was understood, of all that the streams had: captured without repetitions, and missing from the capture.

--learn-only opens no finding, neither of behaviour nor of the inventory: endpoints, callers and objects become known as usual.
What only the present shows (an answer without credentials, a shadow endpoint, drift from --spec) is told by the next run
that sees it; what is new is not new any more. Findings that an earlier run left open are closed in the usual way.

--baseline STATE begins with what STATE has learned and with its key, may read it while `apitap run` writes it, and keeps
nothing of what it learns. Endpoints in the findings file are those of the captures, with counts that go on from the state's.

HAR 1.2 files are known by their beginning, as captures are, also compressed. Each entry counts as a frame. They hold no
packets (-f and --reader libpcap do not go with them) and name no clients: without credentials all calls of one file are
of one caller, of the network 0.0.0.0/8. Entries from a cache, without an answer or not of HTTP are counted and left out.")]
pub(crate) struct ReplayOptions {
    /// Captures (pcap, pcapng, HAR) or folders of them; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Findings file to write, `-` for standard output; without it and without a state, FILE's name with `.findings`.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Capture filter in pcap syntax; not for HAR.
    #[arg(short, long, value_name = "BPF")]
    pub filter: Option<String>,
    /// Leave out frames (and HAR entries) before this time: RFC 3339, `2026-03-02 08:00` (UTC), or seconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    pub since: Option<PacketTime>,
    /// Leave out frames from this time on.
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    pub until: Option<PacketTime>,
    /// Descriptor set of gRPC (`protoc --descriptor_set_out`): names fields and methods. Repeat it for several.
    #[arg(long, value_name = "FILE")]
    pub descriptors: Vec<PathBuf>,
    /// OpenAPI document to hold the traffic against: shadow and zombie endpoints and drift become findings. Repeat it for several.
    #[arg(long = "spec", value_name = "FILE")]
    pub specs: Vec<PathBuf>,
    /// Identity book: `label<TAB>credential or claim`, one a line; findings show the labels. Only keyed hashes are kept.
    #[arg(long, value_name = "FILE")]
    pub identities: Option<PathBuf>,
    /// Threads that read flows; 0 chooses.
    #[arg(long, value_name = "N")]
    pub shards: Option<String>,
    /// Threads that judge behaviour; 0 chooses.
    #[arg(long, value_name = "N")]
    pub workers: Option<String>,
    /// Whether TCP checksums are judged; captures made on a sending host have wrong ones.
    #[arg(long, value_enum)]
    pub verify_checksums: Option<VerifyChecksums>,
    /// Make the VLAN, VNI or tunnel id part of what names a flow.
    #[arg(long)]
    pub key_by_tenant: bool,
    /// What reads the files: our own reader, or libpcap to check it against.
    #[arg(long, value_enum, default_value_t = Reader::Native)]
    pub reader: Reader,
    /// Read the input so many times in a row, each pass one second after the end of the one before: for load tests.
    #[arg(long, value_name = "N", default_value = "1", value_parser = passes)]
    pub repeat: NonZeroU32,
    /// Count captures again that were read into this state before.
    #[arg(long)]
    pub again: bool,
    /// Judge against what this state has learned, without changing it; results go to a findings file.
    #[arg(long, value_name = "STATE", conflicts_with_all = ["again", "learn_only"])]
    pub baseline: Option<PathBuf>,
    /// Learn into the state and open no finding: the captures are taken as what is usual.
    #[arg(long)]
    pub learn_only: bool,
    /// Print no progress.
    #[arg(long)]
    pub no_progress: bool,
    /// End with code 3 when a capture is cut or damaged.
    #[arg(long)]
    pub strict: bool,
    /// End with code 0 even when nothing could be understood.
    #[arg(long)]
    pub allow_blind: bool,
    #[cfg(feature = "tls")]
    #[command(flatten)]
    pub keys: TlsKeys,
}

/// What reads capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reader {
    /// Our own reader: pcap and pcapng, compressed or not, merged by time.
    Native,
    /// libpcap.
    Libpcap,
}

/// Options of `run`.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  sudo apitap run -i eth1 --for 10m                      watch for ten minutes
  apitap run -i eth1 -i eth2 --state /var/lib/apitap     both ports of a tap, remembered over restarts
  apitap run -i eth1 -f 'tcp port 8080'

Needs CAP_NET_RAW only: sudo setcap cap_net_raw=ep $(command -v apitap)
Started as root, --user gives up all rights once the interfaces are open; then an interface that goes away ends the run,
since it cannot be opened again. The state must belong to that user.")]
pub(crate) struct RunOptions {
    /// Interface to capture on; repeat it for a tap with two ports.
    #[arg(short, long = "interface", required = true, value_name = "IFACE")]
    pub interfaces: Vec<String>,
    /// Capture filter in pcap syntax, run in the kernel.
    #[arg(short, long, value_name = "BPF")]
    pub filter: Option<String>,
    /// End after this time, such as `10m`.
    #[arg(long = "for", value_name = "SPAN", value_parser = times::parse_span)]
    pub duration: Option<Duration>,
    /// Go on as this user of `/etc/passwd`, or `UID:GID`, once the interfaces are open.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// MiB of the kernel's ring for each interface.
    #[arg(long, value_name = "N")]
    pub ring_mib: Option<String>,
    /// Descriptor set of gRPC (`protoc --descriptor_set_out`): names fields and methods. Repeat it for several.
    #[arg(long, value_name = "FILE")]
    pub descriptors: Vec<PathBuf>,
    /// OpenAPI document to hold the traffic against: shadow and zombie endpoints and drift become findings. Repeat it for several.
    #[arg(long = "spec", value_name = "FILE")]
    pub specs: Vec<PathBuf>,
    /// Identity book: `label<TAB>credential or claim`, one a line; findings show the labels. Only keyed hashes are kept.
    #[arg(long, value_name = "FILE")]
    pub identities: Option<PathBuf>,
    /// Threads that read flows; 0 chooses.
    #[arg(long, value_name = "N")]
    pub shards: Option<String>,
    /// Threads that judge behaviour; 0 chooses.
    #[arg(long, value_name = "N")]
    pub workers: Option<String>,
    #[cfg(feature = "tls")]
    #[command(flatten)]
    pub keys: TlsKeys,
}

/// `inventory`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap inventory shop.findings --sort risk --limit 20
  apitap inventory shop.findings --tag unauth --wide
  apitap inventory shop.findings --data unauth:email    which return e-mail addresses without authentication
  apitap inventory shop.findings --tag sensitive --tag new,returned    sensitive, and new or returned
  apitap inventory show E-3F9A shop.findings
  apitap inventory export --openapi 3.1 --min-calls 10 shop.findings > shop.openapi.json
  apitap inventory export --format html shop.findings > shop.html
  apitap inventory diff monday.findings friday.findings --only added,removed")]
pub(crate) struct Inventory {
    #[command(subcommand)]
    pub verb: Option<InventoryVerb>,
    #[command(flatten)]
    pub list: ListEndpoints,
}

/// What is done with the inventory.
#[derive(Debug, Subcommand)]
pub(crate) enum InventoryVerb {
    /// List endpoints (also without a verb).
    List(ListEndpoints),
    /// Show all that is known of one endpoint.
    Show(ShowOne),
    /// Write the inventory as an OpenAPI document, or as a page to read.
    Export(ExportInventory),
    /// Tell what differs between two inventories, or two moments of one.
    Diff(DiffInventory),
}

/// Options of `inventory show`, and the first ones of `findings explain`.
#[derive(Debug, Args)]
pub(crate) struct ShowOne {
    /// Its id, or any unique beginning of it.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Findings file; without it the state is read.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How it is written: table or json (environment: `APITAP_FORMAT`).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// Options of `inventory export`.
#[derive(Debug, Args)]
pub(crate) struct ExportInventory {
    /// Findings file; without it the state is read.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Version of OpenAPI.
    #[arg(long, value_enum, value_name = "VERSION", default_value_t = OpenApi::V31)]
    pub openapi: OpenApi,
    /// Only services that match: `*` stands for anything.
    #[arg(long, value_name = "GLOB")]
    pub service: Option<String>,
    /// Only endpoints called so often at least.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub min_calls: u64,
    /// What is written: an OpenAPI document in JSON, or a page with plots to read and print.
    #[arg(long, value_enum, default_value_t = ExportFormat::Json)]
    pub format: ExportFormat,
}

/// Forms of `inventory export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// An OpenAPI document.
    Json,
    /// One HTML file without script: calls, hours, times and sizes as plots, and every endpoint in a table.
    Html,
}

/// Versions of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OpenApi {
    /// OpenAPI 3.1.
    #[value(name = "3.1")]
    V31,
    /// OpenAPI 3.0, for tools that read no 3.1.
    #[value(name = "3.0")]
    V30,
}

/// Options of `identity`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  apitap identity --find --state /var/lib/apitap        type the credential; it is not shown
  apitap identity --find shop.findings < token          who of the findings it is
  apitap identity --find --format json < token | jq -r '.identities[].id'

Takes a token, an API key, a session, a user name or an address; the value of an Authorization field (Bearer TOKEN, Basic …);
or claims: {\"iss\":\"https://idp.example\",\"sub\":\"42\"}, or sub=42 where tokens name no issuer. The key is that of the
state, else that of this installation.")]
pub(crate) struct IdentityOptions {
    /// Read a credential or claim from standard input and print the pseudonyms that it may have.
    #[arg(long, required = true)]
    pub find: bool,
    /// Findings file to look for it in; without it the state.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How the list is written (environment: `APITAP_FORMAT`).
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

/// `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Print every value with its origin and what it does.
    Show {
        /// Print instead what all limits together may take of memory.
        #[arg(long)]
        memory: bool,
    },
    /// Tell every problem of the configuration.
    Check,
}

impl Global {
    /// Values of the configuration that these flags set.
    pub(crate) fn values(&self) -> Vec<FlagValue> {
        let state = self.state.as_ref().map(|dir| ("state.dir", "--state", dir.display().to_string()));
        let colour = self.color.map(|colour| ("output.color", "--color", word(&colour)));
        state.into_iter().chain(colour).collect()
    }
}

impl ReplayOptions {
    /// Values of the configuration that these flags set.
    pub(crate) fn values(&self) -> Vec<FlagValue> {
        let given = [
            ("capture.filter", "--filter", self.filter.clone()),
            ("capture.verify_checksums", "--verify-checksums", self.verify_checksums.as_ref().map(word)),
            ("capture.key_by_tenant", "--key-by-tenant", self.key_by_tenant.then(|| "true".to_owned())),
            ("pipeline.shards", "--shards", self.shards.clone()),
            ("pipeline.workers", "--workers", self.workers.clone()),
            ("inventory.specs", "--spec", listed(&self.specs)),
            ("inventory.descriptors", "--descriptors", listed(&self.descriptors)),
            ("identities.file", "--identities", self.identities.as_ref().map(|path| path.display().to_string())),
        ];
        given_values(given)
    }
}

impl RunOptions {
    /// Values of the configuration that these flags set.
    pub(crate) fn values(&self) -> Vec<FlagValue> {
        let given = [
            ("capture.filter", "--filter", self.filter.clone()),
            ("capture.ring_mib", "--ring-mib", self.ring_mib.clone()),
            ("pipeline.shards", "--shards", self.shards.clone()),
            ("pipeline.workers", "--workers", self.workers.clone()),
            ("inventory.specs", "--spec", listed(&self.specs)),
            ("inventory.descriptors", "--descriptors", listed(&self.descriptors)),
            ("identities.file", "--identities", self.identities.as_ref().map(|path| path.display().to_string())),
        ];
        given_values(given)
    }
}

/// The value of the configuration that `--format` sets.
pub(crate) fn format_value(format: Option<Format>) -> Vec<FlagValue> {
    format.map(|format| ("output.format", "--format", word(&format))).into_iter().collect()
}

/// Paths as one value of the configuration.
fn listed(paths: &[PathBuf]) -> Option<String> {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    (!paths.is_empty()).then(|| paths.join(","))
}

/// How often an input is read.
fn passes(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "give a whole number, 1 or more".to_owned())
}

fn given_values<const N: usize>(given: [(&'static str, &'static str, Option<String>); N]) -> Vec<FlagValue> {
    given.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect()
}

fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn verbs_of_lists_can_be_left_out() {
        for line in [
            "apitap inventory x.findings --limit 3",
            "apitap --state d inventory",
            "apitap -q findings list -",
            "apitap inventory show E-1 x",
        ] {
            Cli::try_parse_from(line.split(' ')).unwrap();
        }
    }

    #[test]
    fn a_mistyped_verb_gets_a_suggestion() {
        let error = Cli::try_parse_from(["apitap", "inventry"]).unwrap_err().to_string();
        assert!(error.contains("inventory"), "{error}");
    }

    #[test]
    fn the_welcome_is_six_lines() {
        assert_eq!(WELCOME.lines().count(), 6);
    }
}
