//! How much of the machine a runner may use.

#[cfg(target_os = "linux")]
use crate::bounds::Bounds;
#[cfg(target_os = "linux")]
use crate::signals::outlive_signals;
use std::ffi::{OsStr, OsString};
use std::io;

/// How much of the machine a runner may use, as the system bounds it. It computes for as
/// long as there is something to serve, so that its time isn't among it: it comes after
/// the server itself (nice(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunnerBounds {
    /// The most memory that it can write and shares with nobody, in bytes
    /// (`RLIMIT_DATA`).
    pub memory: u64,
    /// The most descriptors (`RLIMIT_NOFILE`).
    pub open_files: u64,
}

/// By how much runners come after the server when there is more to do than processors.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// When the system is short of memory, runners go before the server.
#[cfg(target_os = "linux")]
const SOON_TO_GO: &str = "800";

impl RunnerBounds {
    /// As the last argument of a runner's command.
    #[cfg_attr(
        not(any(target_os = "linux", test)),
        expect(dead_code, reason = "Linux has it")
    )]
    pub(super) fn to_argument(self) -> OsString {
        format!("{},{}", self.memory, self.open_files).into()
    }

    /// Undoes [`RunnerBounds::to_argument`]. None for what it didn't make.
    #[cfg_attr(
        not(any(target_os = "linux", test)),
        expect(dead_code, reason = "Linux has it")
    )]
    pub(super) fn from_argument(argument: &OsStr) -> Option<Self> {
        let (memory, open_files) = argument.to_str()?.split_once(',')?;
        Some(Self {
            memory: memory.parse().ok()?,
            open_files: open_files.parse().ok()?,
        })
    }

    /// Puts them on this process for good, as the last argument of its command says:
    /// before it is told what to serve. It ends when its spawner does.
    ///
    /// # Errors
    ///
    /// There is no such argument, or the system refuses one of the bounds.
    #[cfg(target_os = "linux")]
    pub fn put_on_this_runner() -> io::Result<()> {
        use rustix::process::{
            DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal,
            setpriority_process,
        };
        let argument = std::env::args_os().next_back();
        let bounds = argument.and_then(|argument| Self::from_argument(&argument));
        let Some(Self { memory, open_files }) = bounds else {
            return Err(io::Error::other(
                "this is for `wasm-host` to start by itself",
            ));
        };
        set_parent_process_death_signal(Some(Signal::KILL))?;
        outlive_signals()?;
        // Neither has to be: a machine may allow no more than it does already.
        let _ = std::fs::write("/proc/self/oom_score_adj", SOON_TO_GO);
        let _ = setpriority_process(None, NICE);
        // Nobody reads its memory, and no dump shows it.
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        let bounds = Bounds {
            memory,
            processes: 1,
            // What it keeps in memory are files to the system, too; it is left no other.
            file_size: memory,
            open_files,
            cpu_time: u64::MAX,
        };
        Ok(bounds.put_on_this_process()?)
    }

    /// There are none.
    ///
    /// # Errors
    ///
    /// Always.
    #[cfg(not(target_os = "linux"))]
    pub fn put_on_this_runner() -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_survive_the_way() {
        let bounds = RunnerBounds {
            memory: 7,
            open_files: 8,
        };
        assert_eq!(
            RunnerBounds::from_argument(&bounds.to_argument()),
            Some(bounds)
        );
        for other in ["", "1", "1,2,3", "1,x", "-1,2"] {
            assert_eq!(RunnerBounds::from_argument(OsStr::new(other)), None);
        }
    }
}
