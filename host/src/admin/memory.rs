//! How much memory this process has.

use std::fs::File;
use std::os::unix::fs::FileExt;

/// `VmRSS` is within as many bytes of proc_pid_status(5).
const STATUS: usize = 4096;

/// Where the system says how much memory this process has: opened before a lock-down,
/// after which it couldn't be. Linux only.
#[derive(Debug)]
pub(super) struct ResidentMemory(Option<File>);

impl ResidentMemory {
    pub(super) fn of_this_process() -> Self {
        Self(File::open("/proc/self/status").ok())
    }

    /// In bytes. None where the system doesn't say.
    pub(super) fn bytes(&self) -> Option<u64> {
        let mut status = [0; STATUS];
        let read = self.0.as_ref()?.read_at(&mut status, 0).ok()?;
        resident(&String::from_utf8_lossy(&status[..read]))
    }
}

fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_in_bytes() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\n"), Some(2_097_152));
        assert_eq!(resident("VmSize: 1 kB\n"), None);
        assert_eq!(resident("VmRSS:\t 99999999999999999999 kB\n"), None);
    }
}
