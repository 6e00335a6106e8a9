//! wrk: keeps every connection busy.

use super::{Latency, Request, Seen, failed, output};
use crate::bench::error::{Error, Result};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub(crate) const PROGRAM: &str = "wrk";

const SCRIPT: &str = "wrk.lua";

pub(super) fn write_script(folder: &Path) -> Result<()> {
    let path = folder.join(SCRIPT);
    std::fs::write(&path, include_str!("wrk.lua")).map_err(Error::at(&path))
}

pub(super) fn run(program: &Path, folder: &Path, request: &Request, seconds: u32) -> Result<Seen> {
    let mut command = Command::new(program);
    // Two threads, as the servers have two workers: one may be too few to ask
    // as fast as they answer.
    let threads = request.connections.min(2);
    command
        .args(["--timeout", "30s", "--threads", &threads.to_string()])
        .args(["--connections", &request.connections.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        .arg("--script")
        .arg(folder.join(SCRIPT));
    for field in &request.fields {
        command.args(["--header", field]);
    }
    command.arg(&request.url);
    let text = output(&mut command)?;
    let line = text.lines().rfind(|line| line.starts_with('{'));
    let line = line.and_then(|line| serde_json::from_str(line).ok());
    let result: Value = line.ok_or_else(|| failed(&command, text.clone()))?;
    seen(&result, request).ok_or_else(|| failed(&command, text))
}

/// None if a request failed, or another status came than was asked for.
fn seen(result: &Value, request: &Request) -> Option<Seen> {
    let number = |name: &str| result[name].as_u64();
    let faults = number("connect")? + number("read")? + number("write")? + number("timeout")?;
    let requests = number("requests")?;
    // wrk counts every status of 400 and above.
    let refused = if request.status >= 400 { requests } else { 0 };
    if faults > 0 || number("status")? != refused {
        return None;
    }
    let time = |name| number(name).map(Duration::from_micros);
    Some(Seen {
        requests,
        bytes: number("bytes")?,
        elapsed: time("microseconds")?,
        latency: Some(Latency {
            p50: time("p50")?,
            p99: time("p99")?,
            p99_9: time("p99_9")?,
        }),
    })
}
