//! h2load: so many requests, or so many a second. It is its HTTP/1.1 that is
//! used.

use super::{Latency, Request, Seen, failed, output};
use crate::bench::error::{Error, Result};
use crate::bench::statistics::percentile;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;

pub(crate) const PROGRAM: &str = "h2load";

pub(super) fn count(program: &Path, request: &Request, requests: u32) -> Result<Seen> {
    let mut command = command(program, request);
    command
        .args(["-n", &requests.to_string()])
        .arg(&request.url);
    let begun = Instant::now();
    let text = output(&mut command)?;
    let elapsed = begun.elapsed();
    if succeeded(&text) == Some(u64::from(requests)) {
        Ok(Seen {
            requests: u64::from(requests),
            bytes: 0,
            elapsed,
            latency: None,
        })
    } else {
        Err(failed(&command, text))
    }
}

/// From `requests: 9 total, 9 started, 9 done, 9 succeeded, 0 failed, ...`.
fn succeeded(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("requests: "))?;
    let part = line
        .split(", ")
        .find_map(|part| part.strip_suffix(" succeeded"));
    part?.parse().ok()
}

pub(super) fn steady(
    program: &Path,
    folder: &Path,
    request: &Request,
    rate: Option<f64>,
    seconds: u32,
) -> Result<Seen> {
    let log = NamedTempFile::new_in(folder).map_err(Error::at(folder))?;
    let mut command = command(program, request);
    command
        .args(["-D", &seconds.to_string()])
        .arg("--log-file")
        .arg(log.path());
    if let Some(rate) = rate {
        let a_client = rate / f64::from(request.connections);
        command.args(["--rps", &format!("{a_client:.1}")]);
    }
    command.arg(&request.url);
    let text = output(&mut command)?;
    let lines = std::fs::read_to_string(log.path()).map_err(Error::at(log.path()))?;
    seen(&lines, request, seconds).ok_or_else(|| failed(&command, text))
}

/// From a log with a line a request: when it began, its status, and the
/// microseconds that it took.
fn seen(log: &str, request: &Request, seconds: u32) -> Option<Seen> {
    let mut times = Vec::new();
    for line in log.lines() {
        let mut columns = line.split('\t').skip(1);
        let status: u16 = columns.next()?.parse().ok()?;
        if status != request.status {
            return None;
        }
        times.push(columns.next()?.parse::<u64>().ok()?);
    }
    times.sort_unstable();
    let at = |share| percentile(&times, share).map(Duration::from_micros);
    Some(Seen {
        requests: times.len() as u64,
        bytes: 0,
        elapsed: Duration::from_secs(u64::from(seconds)),
        latency: Some(Latency {
            p50: at(0.5)?,
            p99: at(0.99)?,
            p99_9: at(0.999)?,
        }),
    })
}

fn command(program: &Path, request: &Request) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--h1", "-t", "1", "-c"])
        .arg(request.connections.to_string());
    for field in &request.fields {
        command.args(["-H", field]);
    }
    command
}
