//! `apitap run` behind a mirror in network namespaces, against nginx: what `scripts/e2e-live.sh` does, with a small load.
//! Where namespaces or tools are missing it says so and tries nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

/// How the script ends where it cannot be tried.
const SKIPPED: i32 = 77;

#[test]
fn live_counts_are_those_of_the_server_and_every_frame_is_accounted_for() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/e2e-live.sh");
    let output = Command::new(&script)
        .args(["exact", "ring", "rights", "device"])
        .env("APITAP", env!("CARGO_BIN_EXE_apitap"))
        .env("E2E_REQUESTS", "2000")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(SKIPPED) {
        eprintln!("{}", told.trim_end());
        return;
    }
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
}
