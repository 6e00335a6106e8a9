//! The benchmark itself: that it runs from its options to its report, with the
//! servers and load generators that are here, and that it notices wrong answers.
//! Nothing is said about how fast anything is.
//!
//! Apart from the other tests, which would take the processors from it; here its
//! own modules' tests run, too.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

mod bench;
#[path = "support/skip.rs"]
mod skip;

use bench::{Error, Options, Report, run};
use clap::Parser;
use serde_json::Value;
use skip::skipped;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The program under test.
const BINARY: &str = env!("CARGO_BIN_EXE_wasm-host");

#[test]
fn a_short_run_measures_every_case() {
    let options = Options::parse_from(["peers", "--short", "--peers", "nginx,wasm-host"]);
    let report = run(&options).unwrap();
    let cases = cases(&report);
    assert!(!cases.is_empty());
    for case in cases {
        let ours = &case["servers"]["wasm-host"];
        // What needs no load generator is never left out.
        if let Some(reason) = ours["skipped"].as_str()
            && case["name"] != "start"
        {
            skipped(&format!("{}: {reason}", case["name"]));
            continue;
        }
        for figure in ours["figures"].as_array().unwrap() {
            let median = figure["rounds"]["median"].as_f64();
            assert!(median.is_some(), "{case:#}");
        }
    }
    let shown = report.to_string();
    assert!(shown.contains("| work | |"), "{shown}");
}

#[test]
fn another_directorys_file_is_a_wrong_answer() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("small.bin"), [b'x'; 1024]).unwrap();
    // The port is the last argument.
    let script = format!(
        "#!/bin/sh\nfor port; do :; done\nexec {BINARY} serve -q -b 127.0.0.1 -d {} $port\n",
        folder.path().display()
    );
    let error = start_case(&program(folder.path(), &script)).err().unwrap();
    assert!(matches!(error, Error::WrongAnswer { .. }), "{error}");
}

#[test]
fn a_server_that_ends_is_a_failure() {
    let folder = TempDir::new().unwrap();
    let script = "#!/bin/sh\necho no more >&2\nexit 1\n";
    let error = start_case(&program(folder.path(), script)).err().unwrap();
    assert!(matches!(error, Error::Server { .. }), "{error}");
    assert!(error.to_string().contains("no more"), "{error}");
}

/// Runs the case that needs no load generator on a program of ours.
fn start_case(program: &Path) -> Result<Report, Error> {
    let program = program.to_str().unwrap();
    run(&Options::parse_from([
        "peers",
        "--short",
        "--peers",
        "wasm-host",
        "--only",
        "start",
        "--wasm-host",
        program,
    ]))
}

fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("program");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path
}

fn cases(report: &Report) -> Vec<Value> {
    let text = fs::read_to_string(&report.file).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    json["cases"].as_array().unwrap().clone()
}
