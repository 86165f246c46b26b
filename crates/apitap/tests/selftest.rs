//! `selftest` tries each part, finds all in order, and leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;

use support::Installation;

#[test]
fn every_part_is_tried_and_in_order_whatever_the_environment_says() {
    let installation = Installation::new();
    let mut command = installation.command(env!("CARGO_BIN_EXE_apitap"));
    command.env("APITAP_STATE", "/nowhere").env("APITAP_CONFIG", "/nowhere.toml").env("TMPDIR", installation.path());
    let before = fs::read_dir(installation.path()).unwrap().count();
    let output = command.arg("selftest").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> =
        printed.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect();
    let parts = ["HTTP/1", "HTTP/2", "QUIC", "findings", "silence", "state", "threads"];
    assert_eq!(lines, parts.map(|part| format!("{part} ok")));
    assert_eq!(fs::read_dir(installation.path()).unwrap().count(), before);
}
