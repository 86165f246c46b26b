//! The repository checks its own style: crate arrows, file sizes, docs that must list what the code holds, licences.
//!
//! Each check is one test that collects every offence before it fails, so one run shows all there is to mend.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot read the repository has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use model::anomaly::Anomaly;
use model::ledger::Counter;
use serde_json::Value;

#[path = "tidy/limits.rs"]
mod limits;
#[path = "tidy/spdx.rs"]
mod spdx;

/// Which workspace crates each crate may depend on. A crate that is not here does not pass.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("capture", &["model"]),
    ("inspect", &["model"]),
    ("discovery", &["model"]),
    ("baseline", &["model"]),
    ("store", &["model"]),
    ("pipeline", &["model", "capture", "inspect", "discovery", "baseline"]),
    ("make-fixtures", &["model"]),
    (EDGE, &["model", "capture", "inspect", "discovery", "baseline", "store", "pipeline", "make-fixtures"]),
];
/// What any crate may use in its tests besides.
const TEST_HELPERS: &[&str] = &["make-fixtures"];
/// The binary, the only crate that may hold an async runtime.
const EDGE: &str = "apitap";
const ASYNC_RUNTIMES: &[&str] = &["tokio", "async-std", "smol", "glommio", "monoio"];

const TOP_FOLDERS: &[&str] = &["crates", "docs", "fixtures", "scripts", "target"];
const RUST_LINES_MAX: usize = 600;
/// Written in two parts, so that this file does not find itself.
const TO_DO_MARKERS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!("), concat!("unimple", "mented!(")];

#[test]
fn crates_depend_only_downwards() {
    let mut offences = Vec::new();
    for package in members() {
        let name = text(&package, "name");
        let Some((_, allowed)) = ARROWS.iter().find(|(row, _)| *row == name) else {
            offences.push(format!("{name}: no row in ARROWS"));
            continue;
        };
        for dependency in array(&package, "dependencies").iter().filter(|d| d["path"].is_string()) {
            let (to, test_only) = (text(dependency, "name"), dependency["kind"] == "dev");
            let listed = allowed.contains(&to.as_str()) || (test_only && TEST_HELPERS.contains(&to.as_str()));
            if !listed {
                offences.push(format!("{name} must not depend on {to}"));
            }
        }
    }
    none(&offences);
}

#[test]
fn no_crate_below_the_binary_reaches_an_async_runtime() {
    let metadata = metadata_with_dependencies();
    let names: BTreeMap<_, _> = array(&metadata, "packages").iter().map(|p| (text(p, "id"), text(p, "name"))).collect();
    let edges: BTreeMap<_, _> =
        array(&metadata["resolve"], "nodes").iter().map(|n| (text(n, "id"), normal_edges(n))).collect();
    let mut offences = Vec::new();
    for member in array(&metadata, "workspace_members").iter().filter_map(Value::as_str) {
        if names[member] == EDGE {
            continue;
        }
        let (mut seen, mut open) = (BTreeSet::new(), vec![member.to_owned()]);
        while let Some(id) = open.pop() {
            if seen.insert(id.clone()) {
                open.extend(edges.get(&id).into_iter().flatten().cloned());
            }
        }
        let runtimes = seen.iter().map(|id| &names[id]).filter(|name| ASYNC_RUNTIMES.contains(&name.as_str()));
        offences.extend(runtimes.map(|runtime| format!("{} reaches {runtime}", names[member])));
    }
    none(&offences);
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny = read("deny.toml");
    let list = deny.split_once("allow = [").unwrap().1.split_once(']').unwrap().0;
    let allowed: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(allowed.len() > 3, "the allow-list of deny.toml was not found: {allowed:?}");
    let metadata = metadata_with_dependencies();
    let resolved: BTreeSet<_> = array(&metadata["resolve"], "nodes").iter().map(|n| text(n, "id")).collect();
    let mut offences = Vec::new();
    for package in array(&metadata, "packages").iter().filter(|p| resolved.contains(&text(p, "id"))) {
        let licence = package["license"].as_str().unwrap_or("(none given)");
        if !spdx::satisfied(licence, &allowed) {
            offences.push(format!("{} {}: {licence}", text(package, "name"), text(package, "version")));
        }
    }
    none(&offences);
}

#[test]
fn rust_files_are_short() {
    let long = rust_files().into_iter().map(|file| (read(&file).lines().count(), file));
    none(&long.filter(|(n, _)| *n > RUST_LINES_MAX).map(|(n, file)| format!("{file}: {n} lines")).collect::<Vec<_>>());
}

#[test]
fn every_rust_file_begins_with_a_module_doc() {
    let starts_well = |file: &String| {
        let content = read(file);
        let first = content.lines().find(|line| !line.starts_with("#!") && !line.trim().is_empty());
        first.is_some_and(|line| line.starts_with("//! ") && line.len() > 8)
    };
    none(&rust_files().into_iter().filter(|file| !starts_well(file)).collect::<Vec<_>>());
}

#[test]
fn no_to_do_markers_are_left() {
    let mut offences = Vec::new();
    for file in files().into_iter().filter(|file| is_text(file)) {
        for (number, line) in read(&file).lines().enumerate() {
            if TO_DO_MARKERS.iter().any(|marker| line.contains(marker)) {
                offences.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(&offences);
}

#[test]
fn every_limit_is_documented_with_its_value() {
    let doc = read("docs/limits.md");
    let rows = table_rows(&doc);
    let sources = ["crates/model/src/limits.rs", "crates/model/src/limits/wire.rs"].map(read).concat();
    let defined = limits::defined(&sources);
    assert!(defined.len() > 20, "the constants of limits.rs were not understood: {defined:?}");
    let mut offences = Vec::new();
    for (name, value) in &defined {
        match rows.get(name.as_str()) {
            None => offences.push(format!("{name} has no row in docs/limits.md; its default is {value}")),
            Some(cells) if cells[0] != value => {
                offences.push(format!("{name} is {value}, docs/limits.md says {}", cells[0]));
            }
            Some(cells) if cells.len() < 4 || cells.iter().any(|c| c.is_empty()) => {
                offences.push(format!("{name}: a cell is empty in docs/limits.md"));
            }
            Some(cells) => offences.extend(unknown_names(name, cells[2])),
        }
    }
    let of_limits = |name: &&&str| name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let stale = rows.keys().filter(of_limits).filter(|row| !defined.iter().any(|(name, _)| name == *row));
    offences.extend(stale.map(|row| format!("docs/limits.md has a row for {row}, which is not a limit")));
    none(&offences);
}

#[test]
fn every_counter_and_anomaly_is_documented() {
    let doc = read("docs/records.md");
    let (_, ledger) = doc.split_once("\n## The ledger\n").unwrap();
    let (ledger, anomalies) = ledger.split_once("\n## Anomalies\n").unwrap();
    let mut offences = Vec::new();
    let mut compare = |part: &str, names: Vec<&str>, what: &str| {
        let rows = table_rows(part);
        let missing = names.iter().filter(|name| !rows.contains_key(*name));
        offences.extend(missing.map(|name| format!("{what} {name} has no row in docs/records.md")));
        let stale = rows.keys().filter(|row| row.contains('.') && !names.contains(row));
        offences.extend(stale.map(|row| format!("docs/records.md has a row for {row}, which is no {what}")));
    };
    compare(ledger, Counter::ALL.iter().map(|c| c.as_str()).collect(), "counter");
    compare(anomalies, Anomaly::ALL.iter().map(|a| a.as_str()).collect(), "anomaly");
    none(&offences);
}

#[test]
fn every_workspace_dependency_is_explained() {
    let manifest = read("Cargo.toml");
    let section = manifest.split_once("[workspace.dependencies]").unwrap().1.split("\n[").next().unwrap();
    let external =
        section.lines().filter(|line| line.contains('=') && !line.contains("path =") && !line.starts_with('#'));
    let names: BTreeSet<_> = external.map(|line| line.split('=').next().unwrap().trim()).collect();
    let doc = read("docs/dependencies.md");
    let rows = table_rows(&doc);
    let missing = names
        .iter()
        .filter(|name| !rows.contains_key(*name))
        .map(|name| format!("{name} has no row in docs/dependencies.md"));
    let stale = rows.keys().filter(|row| !names.contains(*row));
    none(
        &missing
            .chain(stale.map(|row| format!("docs/dependencies.md explains {row}, which is not used")))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_top_level_holds_only_the_agreed_folders() {
    let entries = fs::read_dir(root()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    none(&names.filter(|name| !name.starts_with('.') && !TOP_FOLDERS.contains(&name.as_str())).collect::<Vec<_>>());
}

#[test]
fn every_fixture_says_where_it_comes_from() {
    let entries = fs::read_dir(root().join("fixtures")).unwrap().map(|entry| entry.unwrap().path());
    let cases = entries.filter(|path| path.is_dir() && !path.ends_with("make"));
    none(
        &cases
            .filter(|path| !path.join("README.md").is_file())
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn relative_links_in_documents_lead_somewhere() {
    let mut offences = Vec::new();
    for file in files().into_iter().filter(|file| has_extension(file, &["md"])) {
        let content = read(&file);
        for target in content.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let relative = !target.is_empty() && !target.contains("://");
            if relative && !root().join(&file).parent().unwrap().join(target).exists() {
                offences.push(format!("{file} links to {target}"));
            }
        }
    }
    none(&offences);
}

// ---- Reading the repository ------------------------------------------------------------------------------------

fn none(offences: &[String]) {
    assert!(offences.is_empty(), "{} offences:\n  {}", offences.len(), offences.join("\n  "));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(file: impl AsRef<Path>) -> String {
    let path = root().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of the repository but hidden ones and what was built, relative to the root, in order.
fn files() -> Vec<String> {
    let (root, mut found, mut open) = (root(), Vec::new(), vec![root()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let built = ["target", "artifacts", "corpus", "out"].contains(&name.as_str());
            match path.is_dir() {
                true if !name.starts_with('.') && !built => open.push(path),
                false if path.is_file() => found.push(path.strip_prefix(&root).unwrap().display().to_string()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

fn rust_files() -> Vec<String> {
    files().into_iter().filter(|file| has_extension(file, &["rs"])).collect()
}

/// Names in backticks that are neither a counter nor an anomaly.
fn unknown_names(row: &str, cell: &str) -> Vec<String> {
    let names = cell.split('`').skip(1).step_by(2);
    let unknown = names.filter(|name| Counter::from_name(name).is_none() && Anomaly::from_name(name).is_none());
    unknown.map(|name| format!("{row}: {name} is neither a counter nor an anomaly")).collect()
}

fn is_text(file: &str) -> bool {
    has_extension(file, &["rs", "md", "toml", "sh", "py"]) || file == "Makefile"
}

fn has_extension(file: &str, extensions: &[&str]) -> bool {
    Path::new(file).extension().is_some_and(|e| extensions.iter().any(|known| e == *known))
}

/// Rows of all tables of a document: what stands in backticks in the first cell, and the further cells.
fn table_rows(doc: &str) -> BTreeMap<&str, Vec<&str>> {
    let rows = doc.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` |")?;
        Some((name, rest.trim_end().trim_end_matches('|').split(" | ").map(str::trim).collect()))
    });
    rows.collect()
}

// ---- Reading cargo metadata ------------------------------------------------------------------------------------

fn members() -> Vec<Value> {
    array(&metadata(&["--no-deps"]), "packages").clone()
}

/// Metadata of everything linked for this machine. Crates for other systems are left out: they need not be downloaded.
fn metadata_with_dependencies() -> Value {
    let version = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    metadata(&["--filter-platform", host])
}

fn metadata(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--offline", "--format-version", "1", "--manifest-path"]).arg(root().join("Cargo.toml"));
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Ids of the packages that a resolved package links against, its tests apart.
fn normal_edges(node: &Value) -> Vec<String> {
    let normal = |dependency: &&Value| array(dependency, "dep_kinds").iter().any(|kind| kind["kind"].is_null());
    array(node, "deps").iter().filter(normal).map(|dependency| text(dependency, "pkg")).collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn array<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}
