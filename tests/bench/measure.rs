//! Processor time and memory of a process and all its descendants, from
//! proc(5).

use super::error::{Error, Result};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// `USER_HZ`, in which `/proc/PID/stat` counts on every usual Linux.
const TICKS_A_SECOND: u64 = 100;

/// How far the coarse clock may be wrong for a process: a tick of user time and
/// one of system time.
const COARSE_ERROR: Duration = Duration::from_millis(20);

/// The processes of a server.
#[derive(Debug)]
pub(crate) struct Tree {
    processes: Vec<u32>,
}

/// Processor time until a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuClock {
    /// In nanoseconds, of the threads that live.
    exact: Duration,
    /// In ticks of 10 ms, of all threads there ever were.
    coarse: Duration,
    /// By how much the coarse time may be wrong.
    error: Duration,
}

impl CpuClock {
    /// The time between two readings: the exact one, unless threads ended in
    /// between and took theirs along.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let exact = self.exact.saturating_sub(earlier.exact);
        let coarse = self.coarse.saturating_sub(earlier.coarse);
        if coarse > exact + self.error {
            coarse
        } else {
            exact
        }
    }
}

impl Tree {
    /// The process and its descendants, as they are now.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let parents = parents()?;
        let mut processes = vec![process];
        let mut next = 0;
        while let Some(&parent) = processes.get(next) {
            let children = parents.iter().filter(|&&(_, of)| of == parent);
            processes.extend(children.map(|&(child, _)| child));
            next += 1;
        }
        Ok(Self { processes })
    }

    pub(crate) fn cpu(&self) -> CpuClock {
        CpuClock {
            exact: self.processes.iter().map(|&id| exact_cpu(id)).sum(),
            coarse: self.processes.iter().map(|&id| coarse_cpu(id)).sum(),
            error: self.processes.iter().map(|_| COARSE_ERROR).sum(),
        }
    }

    /// Resident bytes now. Pages that processes share count for each.
    pub(crate) fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most bytes that were resident since [`Tree::forget_peak`].
    pub(crate) fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    pub(crate) fn forget_peak(&self) -> Result<()> {
        for id in &self.processes {
            let path = format!("/proc/{id}/clear_refs");
            fs::write(&path, "5").map_err(Error::at(Path::new(&path)))?;
        }
        Ok(())
    }

    fn memory(&self, name: &str) -> u64 {
        self.processes.iter().map(|&id| status(id, name)).sum()
    }
}

/// Every process with its parent.
fn parents() -> Result<Vec<(u32, u32)>> {
    let entries = fs::read_dir("/proc").map_err(Error::io("/proc"))?;
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // One that has ended since isn't a child of anybody's.
    Ok(ids
        .filter_map(|id| Some((id, stat(id)?[1].parse().ok()?)))
        .collect())
}

/// The fields of `/proc/PID/stat` after the name, which may hold anything but
/// ends with the last parenthesis: state, parent, ...
fn stat(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split(' ').map(str::to_owned).collect())
}

fn coarse_cpu(id: u32) -> Duration {
    // utime and stime, the 14th and 15th fields of all.
    let ticks = |fields: Vec<String>| {
        let user: u64 = fields.get(11)?.parse().ok()?;
        let system: u64 = fields.get(12)?.parse().ok()?;
        Some(user + system)
    };
    let ticks = stat(id).and_then(ticks).unwrap_or_default();
    Duration::from_millis(ticks * 1000 / TICKS_A_SECOND)
}

fn exact_cpu(id: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{id}/task"));
    let nanoseconds = tasks.into_iter().flatten().filter_map(|task| {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// A line of `/proc/PID/status` that is in KiB, in bytes.
fn status(id: u32, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024
}
