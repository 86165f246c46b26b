//! The documents show what apitap prints: every console block that begins with `$ apitap` is run and compared.
//!
//! The blocks of one document run one after the other in one folder that holds `shop.pcap`, the fixture
//! `object-enumeration`, in a terminal of 110 columns. `APITAP_BLESS=1` writes what is seen into the documents.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use support::Installation;

const BEGIN: &str = "```console\n$ apitap";
const END: &str = "\n```\n";
const FIXTURE: &str = "fixtures/object-enumeration/input.pcap";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    for folder in ["docs", "docs/detectors"] {
        found.extend(fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found.sort();
    found
}

#[test]
fn console_blocks_show_what_apitap_prints() {
    let bless = std::env::var_os("APITAP_BLESS").is_some();
    let (mut blocks, mut wrong) = (0, Vec::new());
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let (seen, count) = run_blocks(&text);
        blocks += count;
        if bless && seen != text {
            fs::write(&document, seen).unwrap();
        } else if let Some((had, is)) = text.lines().zip(seen.lines()).find(|(had, is)| had != is) {
            wrong.push(format!("{}:\n  shown: {had}\n  seen:  {is}", document.display()));
        } else if seen != text {
            wrong.push(format!("{}: more or fewer lines", document.display()));
        }
    }
    assert!(blocks >= 5, "the documents lost their examples: {blocks}");
    assert!(wrong.is_empty(), "APITAP_BLESS=1 accepts:\n{}", wrong.join("\n"));
}

/// The document with what its commands print now, and how many blocks there are.
fn run_blocks(text: &str) -> (String, usize) {
    let installation = Installation::new();
    fs::copy(root().join(FIXTURE), installation.path().join("shop.pcap")).unwrap();
    support::key(&installation.path().join("state"));
    let (mut out, mut rest, mut count) = (String::new(), text, 0);
    while let Some(at) = rest.find(BEGIN) {
        let begin = at + "```console\n".len();
        let length = rest[begin..].find(END).expect("an open block");
        out.push_str(&rest[..begin]);
        let commands = rest[begin..begin + length].lines().filter(|line| line.starts_with("$ "));
        let shown: Vec<String> = commands.map(|line| format!("{line}\n{}", run(&installation, &line[2..]))).collect();
        out.push_str(shown.concat().trim_end());
        rest = &rest[begin + length..];
        count += 1;
    }
    (out + rest, count)
}

/// Runs a command line in a terminal; what a person sees there.
fn run(installation: &Installation, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_apitap")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let output = installation
        .command("script")
        .args(["-qefc", &format!("stty cols 110 rows 50; {line}"), "/dev/null"])
        .env("PATH", path)
        .envs([("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8"), ("SHELL", "/bin/sh"), ("TERM", "xterm")])
        .stdin(Stdio::null())
        .output()
        .expect("script, of util-linux");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{line}: {text}");
    text.lines().map(|line| settled(line) + "\n").collect()
}

/// A line as it stands at last: without what was drawn over, and with a usual duration.
fn settled(line: &str) -> String {
    let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
    let line = line.replace("\u{1b}[K", "").replace("\u{1b}[2K", "");
    match line.rsplit_once(" in ") {
        Some((before, _)) if line.starts_with("Read ") => format!("{before} in 12 ms"),
        _ => line,
    }
}
