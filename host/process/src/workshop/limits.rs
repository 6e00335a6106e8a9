//! How far a piece of work may go.

use std::time::Duration;

#[cfg(target_os = "linux")]
pub(super) use own::forbid_files;

/// How far a piece of work may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLimits {
    /// The most memory, in bytes.
    pub memory: u64,
    /// The longest that it may compute, on all cores together, rounded up to seconds.
    /// By the clock it may take ten times as long.
    pub time: Duration,
    /// The most that may come of it, in bytes.
    pub result: u64,
}

/// As the processes see them that do the work.
#[cfg(target_os = "linux")]
mod own {
    use super::WorkLimits;
    use crate::bounds::Bounds;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use std::io;
    use std::num::NonZero;
    use std::thread::available_parallelism;
    use std::time::Duration;

    /// How much longer than it computes a piece of work may take: it gives way to
    /// everything else that runs on this machine.
    const WAITING: u32 = 10;

    /// Address space that is no memory: of the program and its libraries, and what the
    /// allocator and a stack reserve for each core.
    const RESERVED: u64 = 1024 * 1024 * 1024;
    const RESERVED_FOR_CORE: u64 = 256 * 1024 * 1024;

    /// Descriptors while a worker gives up what it doesn't need, and the standard
    /// streams, which are all that it has after that.
    const FILES_AT_FIRST: u64 = 16;
    const FILES: u64 = 3;

    impl WorkLimits {
        /// The longest that it may take by the clock.
        pub(in super::super) fn by_the_clock(&self) -> Duration {
            self.time.saturating_mul(WAITING)
        }

        /// Puts them on this process, for good.
        ///
        /// # Errors
        ///
        /// The system refuses one.
        pub(in super::super) fn put_on_this_process(&self) -> io::Result<()> {
            let seconds = self.time.as_secs() + u64::from(self.time.subsec_nanos() > 0);
            let bounds = Bounds {
                memory: self.memory,
                processes: 1,
                file_size: self.result,
                open_files: FILES_AT_FIRST,
                cpu_time: seconds.max(1),
            };
            bounds.put_on_this_process()?;
            // What is shared, with nobody, isn't counted among what a process can write.
            let cores = available_parallelism().map_or(1, NonZero::get) as u64;
            let reserved = RESERVED + RESERVED_FOR_CORE.saturating_mul(cores);
            lower(Resource::As, self.memory.saturating_add(reserved))
        }
    }

    /// Has this process open nothing any more.
    ///
    /// # Errors
    ///
    /// The system refuses it.
    pub(in super::super) fn forbid_files() -> io::Result<()> {
        lower(Resource::Nofile, FILES)
    }

    fn lower(resource: Resource, limit: u64) -> io::Result<()> {
        let given = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Some(limit.min(given));
        let limit = Rlimit {
            current: limit,
            maximum: limit,
        };
        Ok(setrlimit(resource, limit)?)
    }
}
