//! Where and when it was measured.

use std::fs;
use std::process::Command;
use std::thread;

/// What a number means little without.
pub(super) struct Machine {
    pub(super) date: String,
    pub(super) processor: String,
    pub(super) cores: usize,
    pub(super) kernel: String,
    /// What others did at the beginning.
    pub(super) load_average: String,
}

impl Machine {
    pub(super) fn this() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors
            .lines()
            .find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split_once(": "));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            date: today(),
            processor: model.map_or("unknown", |(_, name)| name).to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: kernel.trim().to_owned(),
            load_average: load.split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

fn today() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().to_owned()
}
