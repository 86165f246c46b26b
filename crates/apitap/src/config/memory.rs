//! The worst case: what all limits together may come to, compared with `memory.max` before anything starts.

use capture::exchange::RECORD_BYTES_MAX;
use model::limits;

use pipeline::Parallelism;

use super::Settings;
use crate::fault::Fault;
use crate::screens::look::Look;
use crate::screens::table::{Cell, Column, Fit, render};
use crate::screens::text;
use crate::session;

/// A HAR file being read: its share of the entries that wait, the one read last, and the buffers of one being read.
const HAR_FILE_BYTES: u64 = (limits::HAR_ORDERED_BYTES_MAX / limits::MERGED_FILES_MAX + 3 * RECORD_BYTES_MAX) as u64;
/// A flow with payload: its table entry and the state of both directions and their parsers.
const FLOW_BYTES: u64 = 1 << 10;
/// A connection of QUIC: its row, its place in two queues, names and fingerprint.
const QUIC_CONNECTION_BYTES: u64 = 1 << 10;
/// An endpoint in the catalog and in the router's tree, its parameters and fields of answers among it, and while a
/// checkpoint is written the row of both: with its model, what 65,536 of them took in `scripts/bench-estate.sh`.
const ENDPOINT_BYTES: u64 = 6 << 10;
/// An open finding with its evidence.
const FINDING_BYTES: u64 = 8 << 10;
/// Sets of rules for payloads, of requests and of answers; and automata of a set that keep states, forwards and backwards.
const PAYLOAD_SETS: u64 = 2;
const DIRECTIONS: u64 = 2;
/// A client that asked for something that is not there.
const CLIENT_BYTES: u64 = 3 << 10;
/// A line of the identity book: its label, and the pseudonyms that a credential may have.
const BOOK_LINE_BYTES: u64 = 1 << 10;
/// Page cache of the state database and the buffer of the findings log.
const STORE_BYTES: u64 = 64 << 20;
/// Whom a server opens connections to, and what is waited for: the lists of `discovery::call_outs`, full.
const SERVER_CALLS_BYTES: u64 = 8 << 10;
/// The program itself, its stacks, and what the allocator loses.
const PROGRAM_BYTES: u64 = 64 << 20;
/// Interfaces counted: both ports of a tap.
const INTERFACES: u64 = 2;

/// One row: what, how it comes about, bytes.
type Row = (&'static str, String, u64);

/// So many things of that size: what they are, how the product comes about, and what it is.
fn product(what: &'static str, factors: &[(u64, &str)], each: u64) -> Row {
    let kib = |bytes: u64| match bytes >> 10 {
        0 => format!("{bytes} B"),
        kib => format!("{} KiB", text::grouped(kib)),
    };
    let count = factors.iter().map(|(n, _)| n).fold(each, |sum, n| sum.saturating_mul(*n));
    let parts: Vec<String> = factors.iter().map(|(n, name)| format!("{} {name}", text::grouped(*n))).collect();
    (what, format!("{} × {}", parts.join(" × "), kib(each)), count)
}

/// What sources, flows and their parsers keep.
fn before_inspection(settings: &Settings) -> Vec<Row> {
    let n = |n: usize| n as u64;
    let partitions = (n(limits::PARTITIONS), "partitions");
    vec![
        product("capture files merged", &[(n(limits::MERGED_FILES_MAX), "files")], n(limits::READ_BUFFER_BYTES)),
        product("entries of HAR files", &[(n(limits::MERGED_FILES_MAX), "files")], HAR_FILE_BYTES),
        product("kernel rings", &[(INTERFACES, "interfaces")], u64::try_from(settings.ring_bytes()).unwrap_or(0)),
        product("fragments", &[(1, "table")], n(limits::FRAGMENT_BYTES_MAX)),
        product("flow table", &[partitions, (n(limits::FLOWS_PER_PARTITION_MAX), "flows")], FLOW_BYTES),
        product("stream bytes", &[partitions], n(limits::PARTITION_BYTES_MAX)),
        product("secrets of TLS", &[(n(limits::TLS_KEYS_MAX), "connections")], n(limits::TLS_KEYS_EACH_BYTES_MAX)),
        product(
            "connections of QUIC",
            &[partitions, (n(limits::QUIC_CONNECTIONS_MAX), "connections")],
            QUIC_CONNECTION_BYTES,
        ),
        product(
            "hellos of QUIC",
            &[partitions, (n(limits::QUIC_GATHERING_MAX), "hellos")],
            n(limits::QUIC_HELLO_BYTES_MAX),
        ),
    ]
}

/// The bounds that matter, each with how it comes about.
pub(crate) fn rows(settings: &Settings) -> Vec<Row> {
    let n = |n: usize| n as u64;
    let shards = n(shards_of(settings));
    let partitions = (n(limits::PARTITIONS), "partitions");
    let mut rows = before_inspection(settings);
    rows.extend([
        product(
            "segments in flight",
            &[(shards, "shards"), (n(limits::inbox_batches(shards_of(settings))), "batches")],
            n(limits::BATCH_BYTES_MAX),
        ),
        product(
            "decoded content",
            &[(shards, "shards"), (n(limits::CODINGS_MAX), "codings")],
            n(limits::DECODED_BYTES_MAX),
        ),
        product(
            "observations in flight",
            &[(limits::EPOCHS_OPEN_MAX, "epochs"), partitions],
            n(limits::OBSERVATION_BYTES_PER_EPOCH_MAX),
        ),
        product("rules for payloads", &[(PAYLOAD_SETS, "sets")], n(limits::PAYLOAD_PROGRAM_BYTES_MAX)),
        product(
            "states of rules for payloads",
            &[(shards, "shards"), (PAYLOAD_SETS * DIRECTIONS, "automata")],
            n(limits::PAYLOAD_STATES_BYTES_MAX),
        ),
        product("inventory", &[(n(limits::ENDPOINTS_MAX), "endpoints")], ENDPOINT_BYTES),
        product("models of endpoints", &[(n(limits::ENDPOINTS_MAX), "endpoints")], n(limits::MODEL_BYTES_MAX)),
        product("models of identities", &[(n(limits::IDENTITIES_MAX), "identities")], n(limits::IDENTITY_BYTES_MAX)),
        product("models of pairs", &[(n(limits::PAIRS_MAX), "pairs")], n(limits::MODEL_BYTES_MAX)),
        product(
            "models of monitors",
            &[
                (n(limits::MONITORS_MAX), "monitors"),
                (n(limits::MONITOR_SUBJECTS_MAX + limits::MONITOR_COMMONS_MAX), "models"),
            ],
            n(limits::MODEL_BYTES_MAX),
        ),
        product("connections of servers", &[(n(limits::SERVERS_CALLING_MAX), "servers")], SERVER_CALLS_BYTES),
        product(
            "services at once",
            &[partitions, (2, "tables"), (n(limits::COVERAGE_CELLS_MAX), "services")],
            n(limits::COVERAGE_CELL_BYTES),
        ),
        product(
            "coverage of services",
            &[(n(limits::COVERAGE_SERVICES_MAX), "services"), (n(limits::COVERAGE_HOURS_MAX), "hours")],
            n(limits::COVERAGE_HOUR_BYTES),
        ),
        product("open findings", &[(n(limits::FINDINGS_OPEN_MAX), "findings")], FINDING_BYTES),
        product("findings on the inventory", &[(n(limits::INVENTORY_FINDINGS_OPEN_MAX), "findings")], FINDING_BYTES),
        product("clients watched", &[(n(limits::SCAN_CLIENTS_MAX), "clients")], CLIENT_BYTES),
        product("identity book", &[(n(limits::IDENTITY_BOOK_LINES_MAX), "lines")], BOOK_LINE_BYTES),
        product("state and log", &[(1, "store")], STORE_BYTES),
        product("program", &[(1, "process")], PROGRAM_BYTES),
    ]);
    let own = n(settings.classes.given.len());
    if own > 0 {
        // Each pattern alone, and all of them as one.
        let programs = (own + 1) * DIRECTIONS;
        rows.push(product("own data classes", &[(programs, "programs")], n(limits::OWN_PROGRAM_BYTES_MAX)));
        let factors = [(shards, "shards"), (programs, "automata")];
        rows.push(product("states of own data classes", &factors, n(limits::OWN_STATES_BYTES_MAX)));
    }
    rows
}

/// The sum of all bounds, in bytes.
pub(crate) fn sum(settings: &Settings) -> u64 {
    rows(settings).iter().map(|(_, _, bytes)| *bytes).fold(0, u64::saturating_add)
}

/// Refuses when the sum is above `memory.max`.
pub(crate) fn check(settings: &Settings) -> Result<(), Fault> {
    let (sum, max) = (sum(settings), settings.memory_max());
    if sum <= max {
        return Ok(());
    }
    let mib = |bytes: u64| format!("{} MiB", text::grouped(bytes.div_ceil(1 << 20)));
    Err(Fault::new("E008", format!("all limits together may come to {}, memory.max is {}", mib(sum), mib(max)))
        .why("apitap refuses to start rather than be killed later")
        .cure("apitap config show --memory   (lists the limits)"))
}

/// The bounds as a table with their sum.
pub(crate) fn table(settings: &Settings, look: &Look) -> String {
    const COLUMNS: [Column; 3] =
        [Column::text("WHAT", Fit::Whole), Column::text("BOUND", Fit::End), Column::number("MIB", "BYTES")];
    let cell = |bytes: u64| Cell::forms(&text::grouped(bytes.div_ceil(1 << 20)), &bytes.to_string());
    let mut table: Vec<Vec<Cell>> =
        rows(settings).iter().map(|(what, bound, n)| vec![Cell::text(what), Cell::text(bound), cell(*n)]).collect();
    table.push(vec![Cell::text("sum"), Cell::text(""), cell(sum(settings))]);
    table.push(vec![Cell::text("memory.max"), Cell::text(""), cell(settings.memory_max())]);
    render(&COLUMNS, &table, look)
}

/// Flow shards that will run.
fn shards_of(settings: &Settings) -> usize {
    match session::parallelism(settings) {
        Parallelism::Single => 1,
        Parallelism::Threads { shards, .. } => shards.min(limits::PARTITIONS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_fit_and_a_small_maximum_is_refused() {
        let of = |text: &str, shards: &str| {
            Settings::of(None, text, |_| None, &[("pipeline.shards", "--shards", shards.to_owned())]).unwrap()
        };
        let with = |text: &str| of(text, "4");
        let settings = with("");
        for shards in ["0", "1", "2", "4", "8", "16", "32", "64"] {
            assert_eq!(check(&of("", shards)), Ok(()), "{shards} shards");
        }
        assert_eq!(check(&with("[memory]\nmax = \"1GiB\"\n")).unwrap_err().code, "E008");
        let rows = rows(&settings);
        assert!(rows.iter().all(|(what, _, bytes)| *bytes > 0 && !what.is_empty()));
        assert_eq!(sum(&settings), rows.iter().map(|(_, _, bytes)| bytes).sum::<u64>());
    }

    #[test]
    fn patterns_of_the_configuration_are_part_of_the_sum() {
        let with = |text: &str| Settings::of(None, text, |_| None, &[]).unwrap();
        let one = "[[data_class]]\nname = \"a\"\npattern = \"A-[0-9]{6}\"\n";
        let two = format!("{one}[[data_class]]\nname = \"b\"\npattern = \"B-[0-9]{{6}}\"\n");
        let sums = ["", one, &two].map(|text| sum(&with(text)));
        let program = limits::OWN_PROGRAM_BYTES_MAX as u64;
        assert!(sums.is_sorted_by(|less, more| less + program <= *more), "{sums:?}");
    }

    #[test]
    fn more_shards_need_more() {
        let with =
            |n: &str| Settings::of(None, "", |_| None, &[("pipeline.shards", "--shards", n.to_owned())]).unwrap();
        assert!(sum(&with("64")) > sum(&with("1")));
    }
}
