//! How many connections, and files of handlers, the process's limit of open files
//! allows.

use rustix::process::{Resource, getrlimit};

/// Descriptors that aren't a connection's: listeners, event loops, the
/// directory, the log, the engine's memory images.
const RESERVED: u64 = 24;

/// With fewer connections than this, their number is worth a warning.
const FEW: u32 = 1000;

/// The part of all that is the handlers', one of so many.
const HANDLERS: u64 = 8;

/// What handlers may have open where the process has no limit.
const UNLIMITED: usize = 65_536;

/// A connection's socket, and the file that is sent on it.
const EACH: u64 = 2;

/// As many connections as wanted, or as many as can all be served: one whose
/// file can't be opened would get an error, where one that isn't accepted yet
/// only waits.
pub(super) fn affordable_connections(wanted: u32) -> u32 {
    let Some(files) = getrlimit(Resource::Nofile).current else {
        return wanted;
    };
    let affordable = affordable(files);
    if affordable < wanted.min(FEW) {
        tracing::warn!(
            "serving at most {affordable} connections at once, as this process may open only {files} files; more wait (raise `ulimit -n`)"
        );
    }
    wanted.min(affordable)
}

/// How many files handlers may have open together, beside one for each connection.
pub(super) fn affordable_files() -> usize {
    match getrlimit(Resource::Nofile).current {
        Some(files) => usize::try_from(files / HANDLERS).unwrap_or(usize::MAX),
        None => UNLIMITED,
    }
}

fn affordable(files: u64) -> u32 {
    let connections = files.saturating_sub(RESERVED + files / HANDLERS) / EACH;
    u32::try_from(connections).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_room_for_one() {
        assert_eq!(affordable(0), 1);
        assert_eq!(affordable(64), 16);
        assert_eq!(affordable(u64::MAX), u32::MAX);
    }
}
