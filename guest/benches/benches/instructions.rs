//! `cargo bench --manifest-path guest/benches/Cargo.toml --bench instructions`:
//! how many instructions the SDK executes for a small file, natively, by
//! callgrind. Unlike a time, it is the same on a busy machine.
//!
//! The program runs itself twice under valgrind, with few requests and with many.
//! What both runs do but once, such as starting, isn't in the difference.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs, io};
use tempfile::TempDir;
use wasm_host_sdk_benches::{answer, directory};

const FEW: usize = 100;
const MANY: usize = 1100;

/// Set in the process that valgrind runs: the number of requests to answer.
const REQUESTS: &str = "REQUESTS";

fn main() -> ExitCode {
    let result = match env::var(REQUESTS) {
        Ok(requests) => run(&requests),
        Err(_) => compare(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is counted: a connection's life for each request.
fn run(requests: &str) -> io::Result<()> {
    let directory = directory()?;
    for _ in 0..requests.parse().map_err(io::Error::other)? {
        let outcome = answer(&directory, 1);
        if !outcome.sent.starts_with(b"HTTP/1.1 200 ") {
            return Err(io::Error::other("the file wasn't served"));
        }
    }
    Ok(())
}

fn compare() -> io::Result<()> {
    if Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        eprintln!("skipped: valgrind isn't installed");
        return Ok(());
    }
    let folder = TempDir::new()?;
    let few = count(folder.path(), FEW)?;
    let many = count(folder.path(), MANY)?;
    let a_request = (many - few) / (MANY - FEW) as u64;
    println!("{a_request} instructions for a small file, natively");
    Ok(())
}

fn count(folder: &Path, requests: usize) -> io::Result<u64> {
    let file: PathBuf = folder.join("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe()?)
        .env(REQUESTS, requests.to_string())
        .status()?;
    let text = fs::read_to_string(file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|total| total.trim().parse().ok());
    total
        .filter(|_| status.success())
        .ok_or_else(|| io::Error::other("valgrind counted nothing"))
}
