//! How much of the machine a script may use, beside its time.

#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, Uid, geteuid, getrlimit, setrlimit};
use std::ffi::{OsStr, OsString};

/// The bounds of a script. Those of a process are the system's (setrlimit(2)), and
/// each process that the script begins has them anew; how many these are is counted
/// for the script alone.
///
/// The system would count processes, too (`RLIMIT_NPROC`): all of the user's, though,
/// the server's threads and other scripts among them. One script could so keep all
/// others from starting anything. It is a second wall only, far behind, and where
/// scripts have a user of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The most memory of a process, in bytes: what it can write and shares with no
    /// other (`RLIMIT_DATA`). What is merely reserved, as many runtimes do with much,
    /// isn't counted.
    pub memory: u64,
    /// The most processes at once, the script itself among them. A script that begins
    /// more is killed with all of them, a moment later.
    pub processes: u32,
    /// The longest that a process may make a file, in bytes (`RLIMIT_FSIZE`).
    pub file_size: u64,
    /// The most descriptors of a process (`RLIMIT_NOFILE`).
    pub open_files: u64,
    /// How long a process may compute, in seconds (`RLIMIT_CPU`).
    pub cpu_time: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            memory: 1024 * 1024 * 1024,
            processes: 64,
            file_size: 1024 * 1024 * 1024,
            open_files: 1024,
            cpu_time: 60,
        }
    }
}

impl Bounds {
    /// As an argument of the spawner's command.
    #[cfg_attr(
        not(any(target_os = "linux", test)),
        expect(dead_code, reason = "Linux has it")
    )]
    pub(super) fn to_argument(self) -> OsString {
        let Self {
            memory,
            processes,
            file_size,
            open_files,
            cpu_time,
        } = self;
        format!("{memory},{processes},{file_size},{open_files},{cpu_time}").into()
    }

    /// Undoes [`Bounds::to_argument`]. None for what it didn't make.
    #[cfg_attr(
        not(any(target_os = "linux", test)),
        expect(dead_code, reason = "Linux has it")
    )]
    pub(super) fn from_argument(argument: &OsStr) -> Option<Self> {
        let mut numbers = argument.to_str()?.split(',').map(str::parse::<u64>);
        let mut next = || numbers.next()?.ok();
        let bounds = Self {
            memory: next()?,
            processes: next()?.try_into().ok()?,
            file_size: next()?,
            open_files: next()?,
            cpu_time: next()?,
        };
        numbers.next().is_none().then_some(bounds)
    }

    /// Puts the system's bounds on this process, and so on all that it starts: for
    /// good, as the hard limits are lowered with the soft ones.
    ///
    /// # Errors
    ///
    /// The system refuses one.
    #[cfg(target_os = "linux")]
    pub(super) fn put_on_this_process(&self) -> rustix::io::Result<()> {
        // A process is told by SIGXCPU, and killed a second later.
        let cpu_time = (self.cpu_time, self.cpu_time.saturating_add(1));
        for (resource, (soft, hard)) in [
            (Resource::Data, (self.memory, self.memory)),
            (Resource::Fsize, (self.file_size, self.file_size)),
            (Resource::Nofile, (self.open_files, self.open_files)),
            (Resource::Cpu, cpu_time),
            // A dump would show what a script knows to whoever finds it.
            (Resource::Core, (0, 0)),
        ] {
            put_on(resource, soft, hard)?;
        }
        Ok(())
    }

    /// Bounds how many processes this one's user may have: as many as it has, and what
    /// so many scripts may be. For a user who has nothing else to do than to run them.
    ///
    /// # Errors
    ///
    /// The system refuses it.
    #[cfg(target_os = "linux")]
    pub(super) fn put_on_this_user(&self, scripts: u32) -> rustix::io::Result<()> {
        let most = u64::from(self.processes) * u64::from(scripts);
        let most = tasks_of(geteuid()).saturating_add(most);
        put_on(Resource::Nproc, most, most)
    }
}

/// Lowers a limit. What this process was given isn't exceeded.
#[cfg(target_os = "linux")]
fn put_on(resource: Resource, soft: u64, hard: u64) -> rustix::io::Result<()> {
    let given = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let limit = Rlimit {
        current: Some(soft.min(given)),
        maximum: Some(hard.min(given)),
    };
    setrlimit(resource, limit)
}

/// How many threads a user has, in all processes.
#[cfg(target_os = "linux")]
fn tasks_of(user: Uid) -> u64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let paths = processes.map(|process| process.path());
    let statuses = paths.filter_map(|path| std::fs::read_to_string(path.join("status")).ok());
    let number = |status: &str, name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    statuses
        .filter(|status| number(status, "Uid:") == Some(user.as_raw().into()))
        .filter_map(|status| number(&status, "Threads:"))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_survive_the_way() {
        let bounds = Bounds::default();
        assert_eq!(Bounds::from_argument(&bounds.to_argument()), Some(bounds));
        for other in ["", "1,2,3,4", "1,2,3,4,5,6", "1,2,3,4,x", "1,-2,3,4,5"] {
            assert_eq!(Bounds::from_argument(OsStr::new(other)), None, "{other}");
        }
    }
}
