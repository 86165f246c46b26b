//! Every fixture decodes to its `expected.jsonl`; `APITAP_BLESS=1` writes what is seen as expected.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The capture of a fixture.
fn input(case: &Path) -> Option<PathBuf> {
    ["input.pcap", "input.har"].map(|name| case.join(name)).into_iter().find(|file| file.exists())
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|case| input(case).is_some()).collect();
    cases.sort();
    cases
}

fn decode(input: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apitap"))
        .args(["decode", "--quiet", "--allow-blind", "--streams"])
        .arg(input)
        .output()
        .unwrap()
}

#[test]
fn every_fixture_decodes_as_expected() {
    let bless = std::env::var_os("APITAP_BLESS").is_some();
    let cases = fixtures();
    assert!(cases.len() > 50, "fixtures are missing: {}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let output = decode(&input(&case).unwrap());
        assert!(output.status.success(), "{}: {}", case.display(), String::from_utf8_lossy(&output.stderr));
        let expected = case.join("expected.jsonl");
        if bless {
            std::fs::write(&expected, &output.stdout).unwrap();
        } else if std::fs::read(&expected).ok().as_deref() != Some(&output.stdout) {
            wrong.push(case);
        }
    }
    assert!(wrong.is_empty(), "differ from expected.jsonl (APITAP_BLESS=1 accepts): {wrong:?}");
}

#[test]
fn a_file_that_is_no_capture_is_refused_with_code_3() {
    let output = decode(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")));
    assert_eq!(output.status.code(), Some(3));
    assert!(!output.stderr.is_empty());
}
