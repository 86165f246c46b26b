//! What `inventory`, `findings` and `config` print and how they end, over findings files made here.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use model::record::{Body, Header, RECORD_VERSION, Totals, Trailer};
use model::{EndpointRecord, Finding, Id, PacketTime, Record, Severity};
use tempfile::TempDir;

fn apitap(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitap"));
    for name in ["APITAP_CONFIG", "APITAP_STATE", "APITAP_FORMAT", "APITAP_COLOR", "HOME"] {
        command.env_remove(name);
    }
    command.env("XDG_CONFIG_HOME", folder.join("none")).env("XDG_STATE_HOME", folder.join("state")).current_dir(folder);
    command
}

fn endpoint(template: &str, count: u64) -> EndpointRecord {
    EndpointRecord {
        id: Id::of("endpoint", &[template.as_bytes()]),
        service: "api.example".into(),
        method: "GET".into(),
        template: template.into(),
        count,
        ..EndpointRecord::default()
    }
}

fn finding() -> Finding {
    Finding {
        id: Id::of("finding", &[b"f"]),
        detector: "object-enumeration".into(),
        severity: Severity::High,
        title: "=many, many \u{1b}[2J".into(),
        ..Finding::default()
    }
}

/// A findings file: whole, or cut inside its last record.
fn findings_file(folder: &Path, cut: bool) -> PathBuf {
    let totals = Totals { transactions: 50, endpoints: 2, services: 1, findings: 1, ..Totals::default() };
    let bodies = [
        Body::Header(Header { schema: "apitap".into(), ..Header::default() }),
        Body::Finding(Box::new(finding())),
        Body::Endpoint(Box::new(endpoint("/v1/orders/{int}", 40))),
        Body::Endpoint(Box::new(endpoint("/v1/users", 10))),
        Body::Trailer(Trailer { totals, ..Trailer::default() }),
    ];
    let mut bytes = Vec::new();
    for body in bodies {
        bytes.extend(Record { v: RECORD_VERSION, at: PacketTime(1), body }.to_bytes().unwrap());
    }
    if cut {
        bytes.truncate(bytes.len() - 3);
    }
    let path = folder.join("x.findings");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Arguments, exit code, part of standard output, part of standard error.
type Row<'a> = (&'a [&'a str], i32, &'a str, &'a str);

fn check(folder: &Path, rows: &[Row<'_>]) {
    for (arguments, code, out, err) in rows {
        let output = apitap(folder).args(*arguments).output().unwrap();
        let (seen_out, seen_err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let told = format!("{arguments:?}\n--- out\n{seen_out}\n--- err\n{seen_err}");
        assert_eq!(output.status.code(), Some(*code), "{told}");
        assert!(seen_out.contains(out) && seen_err.contains(err), "{told}");
        assert!(!seen_out.contains('\u{1b}') && !seen_err.contains('\u{1b}'), "{told}");
        assert!(!out.is_empty() || *code == 0 || seen_out.is_empty(), "an error leaves no data: {told}");
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn verbs_end_with_their_codes() {
    let folder = TempDir::new().unwrap();
    findings_file(folder.path(), false);
    std::fs::write(folder.path().join("bad.toml"), "[capture]\nfliter = 1\nring_mib = 0\n").unwrap();
    std::fs::write(folder.path().join("filter.toml"), "[capture]\nfilter = \"tpc\"\n[memory]\nmax = \"1MiB\"\n")
        .unwrap();
    std::fs::write(folder.path().join("text"), "no findings file").unwrap();
    let id = endpoint("/v1/users", 0).id;
    let (short, hex) = (format!("E-{}", &id.base32()[..8]), id.to_string());
    let finding = format!("F-{}", &self::finding().id.base32()[..6]);
    check(
        folder.path(),
        &[
            (&[], 0, "apitap replay shop.pcap", ""),
            (&["inventory", "x.findings"], 0, "GET\tapi.example/v1/orders/{int}\t40", "2 of 2 endpoints."),
            (
                &["inventory", "list", "x.findings", "--sort", "calls", "--limit", "1"],
                0,
                "/v1/orders",
                "1 of 2 endpoints.",
            ),
            (&["inventory", "x.findings", "--sort", "risk", "--wide"], 0, "\tSIZE_P90_BYTES\t", "2 of 2 endpoints."),
            (&["inventory", "x.findings", "--tag", "unauth,new"], 0, "", "0 of 2 endpoints."),
            (&["inventory", "x.findings", "--since", "2026-03-02"], 0, "", "0 of 2 endpoints."),
            (&["inventory", "export", "--openapi", "3.0", "x.findings"], 0, "\"openapi\": \"3.0.3\"", ""),
            (&["-q", "inventory", "x.findings", "--service", "other.*"], 0, "ID\tMETHOD", ""),
            (&["inventory", "x.findings", "--min-calls", "99"], 0, "", "No endpoint matches"),
            (&["inventory", "x.findings", "--format", "json"], 0, "\"schema\": \"apitap-endpoints\"", ""),
            (&["inventory", "show", &short, "x.findings"], 0, "GET api.example/v1/users", ""),
            (&["inventory", "show", &hex, "x.findings", "--format", "json"], 0, &hex, ""),
            (&["inventory", "show", "E-ZZZZ", "x.findings"], 2, "", "[E407]"),
            (
                &["inventory", "export", "--openapi", "3.1", "x.findings"],
                0,
                "\"openapi\": \"3.1",
                "2 of 2 endpoints exported",
            ),
            (&["inventory", "export", "x.findings", "--service", "api.exmple"], 2, "", "did you mean api.example?"),
            (&["inventory", "--limit", "1", "show", "E-1", "x.findings"], 2, "", "[E001]"),
            (&["inventory"], 2, "", "[E007]"),
            (&["inventory", "none.findings"], 3, "", "[E203]"),
            (&["inventory", "text"], 3, "", "[E405]"),
            (&["findings", "x.findings"], 0, "object-enumeration", "1 of 1 finding."),
            (&["findings", "x.findings", "--severity", "critical"], 0, "", "No finding matches"),
            (
                &["findings", "x.findings", "--detector", "object-enumeratoin"],
                2,
                "",
                "did you mean object-enumeration?",
            ),
            (&["findings", "x.findings", "--detector", "none"], 2, "", "Here are: object-enumeration"),
            (&["findings", "explain", &finding, "x.findings", "--format", "md"], 0, "```text\nObject enumeration", ""),
            (&["findings", "x.findings", "--format", "csv"], 0, r#""'=many, many \u{1b}[2J""#, ""),
            (&["findings", "explain", &finding, "x.findings"], 0, "Object enumeration: high", ""),
            (&["findings", "convert", "x.findings", "--to", "jsonl", "--all"], 0, "\"kind\":\"trailer\"", ""),
            (&["findings", "convert", "x.findings", "--to", "csv"], 0, "id,detector", ""),
            (&["config", "show"], 0, "# file: none", ""),
            (&["config", "show", "--memory"], 0, "memory.max", ""),
            (&["config", "check"], 0, "valid, 0 of", ""),
            (
                &["--config", "bad.toml", "config", "check"],
                2,
                "",
                "bad.toml:2:1: unknown key `capture.fliter`; did you mean `filter`?",
            ),
            (&["--config", "bad.toml", "config", "check"], 2, "", "bad.toml:3:12:"),
            (&["--config", "filter.toml", "config", "check"], 2, "", "[E209]"),
            (&["--config", "filter.toml", "config", "check"], 2, "", "[E008]"),
            (&["--config", "none.toml", "config", "show"], 2, "", "[E003]"),
            (&["inventry"], 2, "", "inventory"),
            (&["completions", "bash"], 0, "_apitap", ""),
            (&["man"], 0, ".TH apitap", ""),
        ],
    );
}

#[test]
fn inventories_are_compared() {
    let folder = TempDir::new().unwrap();
    findings_file(folder.path(), false);
    let output = apitap(folder.path()).args(["-q", "inventory", "export", "x.findings"]).output().unwrap();
    let export = String::from_utf8(output.stdout).unwrap();
    fs::write(folder.path().join("same.json"), &export).unwrap();
    fs::write(folder.path().join("fewer.json"), export.replace("/v1/users", "/v1/people")).unwrap();
    for format in ["json", "jsonl"] {
        let output =
            apitap(folder.path()).args(["-q", "inventory", "x.findings", "--format", format]).output().unwrap();
        let list = String::from_utf8(output.stdout).unwrap();
        fs::write(folder.path().join(format!("list.{format}")), &list).unwrap();
        fs::write(folder.path().join(format!("cut.{format}")), &list[..list.len() - 9]).unwrap();
    }
    fs::write(folder.path().join("foreign.json"), "{\"openapi\": \"3.1.0\", \"paths\": {\"/a\": {\"get\": {}}}}")
        .unwrap();
    let diff = |a: &'static str, b: &'static str, more: &[&'static str]| [&["inventory", "diff", a, b], more].concat();
    check(
        folder.path(),
        &[
            (&diff("x.findings", "x.findings", &["--exit-code"]), 0, "KIND\tID", "0 added, 0 removed, 0 changed"),
            (&diff("x.findings", "same.json", &["--exit-code"]), 0, "", "an export; its coverage"),
            (&diff("x.findings", "fewer.json", &["--exit-code"]), 1, "added\t–\tGET\tapi.example/v1/people", ""),
            (&diff("fewer.json", "x.findings", &["--only", "added,changed"]), 0, "api.example/v1/users", "0 removed"),
            (&diff("x.findings", "fewer.json", &["--service", "none", "--exit-code"]), 0, "", "0 added"),
            (&diff("x.findings", "fewer.json", &["--format", "json"]), 0, "\"schema\": \"apitap-inventory-diff\"", ""),
            (&diff("x.findings", "fewer.json", &["--format", "jsonl"]), 0, "{\"calls_after\":10,", ""),
            (&diff("x.findings", "fewer.json", &["--format", "csv"]), 0, "added,,api.example,GET,/v1/people", ""),
            (&diff("x.findings", "fewer.json", &["--format", "md"]), 0, "| added | – | GET |", ""),
            (&diff("x.findings", "foreign.json", &[]), 2, "", "[E305]"),
            (&diff("x.findings", "list.json", &["--exit-code"]), 0, "", "0 added, 0 removed, 0 changed"),
            (&diff("list.jsonl", "x.findings", &["--exit-code"]), 0, "", "list.jsonl: a list that was written"),
            (&diff("list.json", "list.jsonl", &["--exit-code"]), 0, "", "0 added, 0 removed, 0 changed"),
            (&diff("list.jsonl", "fewer.json", &["--exit-code"]), 1, "added\t–\tGET\tapi.example/v1/people", ""),
            (&diff("x.findings", "cut.json", &[]), 2, "", "[E305]"),
            (&diff("x.findings", "cut.jsonl", &[]), 2, "", "[E305]"),
            (&diff("x.findings", "none.findings", &[]), 3, "", "[E203]"),
            (&diff("7d", "now", &["x.findings"]), 0, "KIND", "first and last calls"),
            (&diff("now", "7d", &["x.findings"]), 2, "", "[E001]"),
            (&diff("7d", "x.findings", &[]), 2, "", "a time and a file"),
            (&diff("7d", "now", &[]), 2, "", "[E007]"),
        ],
    );
}

#[test]
fn a_cut_file_is_used_as_far_as_it_goes_and_says_so() {
    let folder = TempDir::new().unwrap();
    findings_file(folder.path(), true);
    check(
        folder.path(),
        &[
            (&["inventory", "x.findings"], 0, "/v1/users", "[W405]"),
            (&["findings", "x.findings"], 0, "object-enumeration", "The run has not come to its end."),
        ],
    );
}

#[test]
fn the_environment_names_state_and_format() {
    let folder = TempDir::new().unwrap();
    let file = findings_file(folder.path(), false);
    let output = apitap(folder.path()).env("APITAP_FORMAT", "jsonl").arg("inventory").arg(&file).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), 2);
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["service"], "api.example");
    }
    let output =
        apitap(folder.path()).env("APITAP_STATE", folder.path().join("none")).arg("findings").output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    let output = apitap(folder.path()).env("APITAP_FORMAT", "jsn").arg("inventory").arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean \"json\"?"));
}

#[test]
fn a_reader_that_went_away_is_a_normal_end() {
    let folder = TempDir::new().unwrap();
    findings_file(folder.path(), false);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_apitap"))
        .args(["-q", "inventory", "x.findings"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_input_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let capture = dir.path().join("x.pcap");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keep-alive/input.pcap");
    fs::copy(fixture, &capture).unwrap();
    let other_name = dir.path().join("y.pcap");
    fs::hard_link(&capture, &other_name).unwrap();
    let before = fs::read(&capture).unwrap();
    for verb in ["decode", "replay"] {
        for output in [&capture, &other_name] {
            let mut run = Command::new(env!("CARGO_BIN_EXE_apitap"));
            let run = run.env("XDG_STATE_HOME", dir.path()).arg(verb).arg(&capture).arg("-o").arg(output);
            let output = run.output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{verb}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("E006"), "{verb}");
        }
    }
    assert_eq!(fs::read(&capture).unwrap(), before);
}

#[test]
fn a_file_that_may_not_grow_is_an_error_of_the_output() {
    let folder = TempDir::new().unwrap();
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keep-alive/input.pcap");
    let line =
        format!("ulimit -f 1; exec '{}' replay '{}' -o x.findings", env!("CARGO_BIN_EXE_apitap"), capture.display());
    let mut shell = std::process::Command::new("sh");
    let output =
        shell.args(["-c", &line]).current_dir(folder.path()).env("XDG_STATE_HOME", folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("too large"), "{told}");
}

#[test]
fn verbs_that_read_captures_end_with_their_codes() {
    let folder = TempDir::new().unwrap();
    // A pcap file header (version 2.4, snap length 65,535, Ethernet) and nothing behind it.
    let header = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0";
    std::fs::write(folder.path().join("empty.pcap"), header).unwrap();
    check(
        folder.path(),
        &[
            (&["replay", "none.pcap", "--since", "2026-03-02", "--until", "2026-03-01"], 2, "", "[E001]"),
            (&["replay", "none.pcap", "--repeat", "0"], 2, "", "give a whole number, 1 or more"),
            (&["decode", "empty.pcap"], 3, "", "[E201]"),
            (&["-vv", "replay", "empty.pcap", "--allow-blind", "-o", "empty.findings"], 0, "0 frames", "[capture]"),
        ],
    );
    let output = apitap(folder.path()).args(["replay", "empty.pcap"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[E201]"));
}

#[test]
fn an_audit_fails_when_it_is_asked_to() {
    let folder = TempDir::new().unwrap();
    findings_file(folder.path(), false);
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file(
        "spec.yaml",
        "openapi: 3.0.0\npaths:\n  /v1/orders/{id}:\n    get: {deprecated: true, responses: {default: {description: x}}}\n  /v1/none:\n    get: {responses: {}}\n",
    );
    file("bad.yaml", "openapi: 3.0.0\npaths: [1, 2\n");
    file("accepted", "[[ignore]]\ndetector = \"*\"\nendpoint = \"*\"\nreason = \"known\"\nuntil = 2999-01-01\n");
    file("expired", "[[ignore]]\ndetector = \"*\"\nendpoint = \"*\"\nreason = \"known\"\nuntil = 2020-01-01\n");
    let with = |more: &[&'static str]| [&["audit", "x.findings", "--spec", "spec.yaml"], more].concat();
    let high = with(&["--fail-on", "high"]);
    let medium = with(&["--fail-on", "medium", "--format", "sarif"]);
    let accepted = with(&["--fail-on", "info", "--ignore", "accepted"]);
    let expired = with(&["--fail-on", "medium", "--ignore", "expired"]);
    check(
        folder.path(),
        &[
            (
                &with(&[]),
                0,
                "zombie-endpoint\tGET /v1/orders/{id}",
                "2 operations; 1 seen (50.0 %), 1 orphan, 1 shadow, 1 zombie",
            ),
            (&with(&["--format", "json"]), 0, "\"detector\": \"shadow-endpoint\"", ""),
            (&with(&["--format", "md"]), 0, "| medium | zombie-endpoint |", ""),
            (
                &with(&["--report", "r.html", "--report", "r.sarif", "--report", "r.md", "--report", "r.json"]),
                0,
                "",
                "",
            ),
            (&with(&["--report", "r.pdf"]), 2, "", "[E001]"),
            (&with(&["--report", "spec.yaml"]), 2, "", "[E006]"),
            (&high, 0, "", "PASS"),
            (&medium, 1, "\"ruleId\": \"zombie-endpoint\"", ""),
            (&accepted, 0, "", "by the ignore file"),
            (&expired, 1, "zombie-endpoint", "expired, and counts again"),
            // Lines of what is shown stay lines.
            (&["audit", "x.findings", "--spec", "bad.yaml"], 2, "", "\n"),
            (&["audit", "x.findings", "--spec", "bad.yaml"], 2, "", "[E301]"),
            (&["audit", "--spec", "spec.yaml"], 2, "", "Run: apitap audit FILE --spec"),
            (&["audit", "-", "--spec", "-"], 2, "", "[E001]"),
            (&["audit", "x.findings", "--spec", "."], 3, "", "[E302]"),
            (&["audit", "x.findings", "--spec", "spec.yaml", "--ignore", "."], 2, "", "[E303]"),
            (&["audit", "x.findings", "--spec", "none.yaml"], 3, "", "[E302]"),
            (&["audit", "x.findings", "--spec", "spec.yaml", "--ignore", "none"], 2, "", "[E303]"),
            (&["audit", "x.findings"], 2, "", "--spec"),
        ],
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let page = read("r.html");
    assert!(page.contains("zombie-endpoint") && page.contains("api.example/v1/orders/{int}"), "{page}");
    assert!(read("r.sarif").contains("2.1.0") && read("r.md").starts_with("| SEV") && read("r.json").starts_with('{'));
}

const SPEC: &str = "openapi: 3.0.0\npaths:\n  /a: {get: {responses: {}}}\n";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).join("input.pcap")
}

#[test]
fn an_audit_that_saw_nothing_or_only_part_does_not_pass_in_silence() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("spec.yaml", SPEC.as_bytes());
    write("empty.pcap", b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0");
    let whole = std::fs::read(fixture("keep-alive")).unwrap();
    write("cut.pcap", &whole[..whole.len() - 3]);
    findings_file(folder.path(), true);
    let audit = |file: &'static str, more: &[&'static str]| {
        [&["audit", file, "--spec", "spec.yaml", "--fail-on", "critical"], more].concat()
    };
    check(
        folder.path(),
        &[
            (&audit("empty.pcap", &[]), 3, "", "[E201]"),
            (&audit("empty.pcap", &["--allow-blind"]), 0, "SEV", "PASS"),
            (&audit("cut.pcap", &[]), 0, "SEV", "[W202]"),
            (&audit("cut.pcap", &[]), 0, "SEV", "PASS for the part that was seen"),
            (&audit("cut.pcap", &[]), 0, "SEV", "Coverage   100 % of"),
            (&audit("cut.pcap", &["--strict"]), 3, "SEV", "[E202]"),
            (&audit("cut.pcap", &["--format", "json"]), 0, "\"understood_bytes\": ", ""),
            (&audit("cut.pcap", &["--format", "json"]), 0, "cut.pcap is cut or damaged", ""),
            (&audit("cut.pcap", &["--format", "md"]), 0, "- Part only cut.pcap is cut or damaged", ""),
            (&audit("cut.pcap", &["--format", "sarif"]), 0, "toolExecutionNotifications", ""),
            (&audit("x.findings", &[]), 0, "SEV", "[W405]"),
            (&audit("x.findings", &[]), 0, "SEV", "PASS for the part that was seen"),
            (&audit("x.findings", &["--strict"]), 3, "SEV", "[E304]"),
        ],
    );
}

/// Sum of 16-bit words in one's complement (RFC 1071).
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let mut sum: u32 =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

/// A capture of link type 101 (IP without a link) with one connection whose client sends TLS records.
fn tls_capture() -> Vec<u8> {
    let mut capture = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0".to_vec();
    // ClientHello: type 22, version 3.1, 508 bytes; handshake type 1, 504 bytes, version 3.3.
    let mut hello = b"\x16\x03\x01\x01\xfc\x01\0\x01\xf8\x03\x03".to_vec();
    hello.resize(513, 7);
    let (client, server) = ([10, 0, 0, 1, 10, 0, 0, 2], [10, 0, 0, 2, 10, 0, 0, 1]);
    let (from_client, from_server) = ([0x9c, 0x40, 0x01, 0xbb], [0x01, 0xbb, 0x9c, 0x40]);
    let frames: [(_, _, u32, u32, u8, &[u8]); 4] = [
        (client, from_client, 100, 0, 0x02, &[]),
        (server, from_server, 500, 101, 0x12, &[]),
        (client, from_client, 101, 501, 0x10, &[]),
        (client, from_client, 101, 501, 0x18, &hello),
    ];
    for (at, (addresses, ports, seq, ack, flags, payload)) in frames.into_iter().enumerate() {
        let mut tcp =
            [&ports[..], &seq.to_be_bytes(), &ack.to_be_bytes(), &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]].concat();
        tcp.extend(payload);
        let length = (tcp.len() as u16).to_be_bytes();
        let sum = checksum(&[&addresses[..], &[0, 6], &length, &tcp].concat());
        tcp[16..18].copy_from_slice(&sum);
        let total = (tcp.len() as u16 + 20).to_be_bytes();
        let mut ip = [&[0x45, 0], &total[..], &[0, at as u8, 0x40, 0, 64, 6, 0, 0], &addresses].concat();
        let sum = checksum(&ip);
        ip[10..12].copy_from_slice(&sum);
        let size = (ip.len() + tcp.len()) as u32;
        for word in [1_700_000_000, at as u32 * 1_000, size, size] {
            capture.extend(word.to_le_bytes());
        }
        capture.extend([ip, tcp].concat());
    }
    capture
}

#[test]
fn an_audit_of_encrypted_traffic_is_blind_as_a_replay_is() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), SPEC).unwrap();
    std::fs::write(folder.path().join("tls.pcap"), tls_capture()).unwrap();
    check(
        folder.path(),
        &[
            (&["replay", "tls.pcap"], 5, "TLS", "[E210]"),
            (&["audit", "tls.pcap", "--spec", "spec.yaml", "--fail-on", "high"], 5, "", "[E210]"),
            (&["audit", "tls.pcap", "--spec", "spec.yaml", "--allow-blind"], 0, "SEV", "Coverage   0.0 % of 513 B"),
        ],
    );
}

#[test]
fn a_stopped_audit_never_passes() {
    use std::io::Write as _;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), SPEC).unwrap();
    let whole = std::fs::read(fixture("keep-alive")).unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_apitap"))
        .args(["audit", "-", "--spec", "spec.yaml", "--fail-on", "critical"])
        .current_dir(folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&whole[..whole.len() / 2]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    // The shell's own `kill`: a bare machine has no other.
    let stop =
        std::process::Command::new("sh").args(["-c", "kill -INT \"$0\"", &child.id().to_string()]).status().unwrap();
    assert!(stop.success());
    std::thread::sleep(std::time::Duration::from_millis(500));
    let _gone = input.write_all(&whole[whole.len() / 2..]);
    drop(input);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("[E304]") && told.contains("Verdict    NONE") && !told.contains("PASS"), "{told}");
}

#[test]
fn specs_and_ignore_files_are_read_with_a_bound_and_only_absence_is_absence() {
    let folder = TempDir::new().unwrap();
    findings_file(folder.path(), false);
    let spec = ["audit", "x.findings", "--spec"];
    check(folder.path(), &[(&[&spec[..], &["/dev/zero"]].concat(), 3, "", "larger than 64 MiB")]);
    let output = apitap(folder.path()).args(spec).arg("-").write_stdin(SPEC).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    std::fs::write(folder.path().join("spec.yaml"), SPEC).unwrap();
    let usual = folder.path().join(".apitapignore");
    std::fs::write(&usual, b"\xff\xfe").unwrap();
    check(folder.path(), &[(&[&spec[..], &["spec.yaml"]].concat(), 2, "", "not UTF-8")]);
    std::fs::remove_file(&usual).unwrap();
    std::fs::create_dir(&usual).unwrap();
    check(folder.path(), &[(&[&spec[..], &["spec.yaml"]].concat(), 2, "", "[E303]")]);
}
