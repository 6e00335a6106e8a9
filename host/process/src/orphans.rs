//! Processes whose parent, a script, has ended before them.
//!
//! They get a new parent, which has to reap them when they end: the first
//! process of the machine or container. Not all of these do it, or at once. So
//! on Linux this process takes its scripts' orphans in
//! (`PR_SET_CHILD_SUBREAPER`), and reaps them.
//!
//! Those of a script's group are reaped with it ([`super::group`]). What is left are
//! those that began a session of their own: where there is a spawner, they are killed
//! with their script ([`super::descendants`]); else they may live for as long as the
//! server.

#[cfg(target_os = "linux")]
use rustix::process::{
    Pid, WaitId, WaitIdOptions, WaitOptions, getpid, set_child_subreaper, waitid, waitpid,
};
#[cfg(target_os = "linux")]
use std::path::Path;
#[cfg(target_os = "linux")]
use std::str::FromStr;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(target_os = "linux")]
use std::time::Duration;

/// How long strays that have ended may stay, at least.
#[cfg(target_os = "linux")]
const STRAYS: Duration = Duration::from_millis(100);

/// Takes in the orphans of all processes that this one starts from now on.
#[cfg(target_os = "linux")]
pub(super) fn adopt() {
    // Without it, they are the first process's, as ever.
    if let Err(error) = set_child_subreaper(Some(getpid())) {
        tracing::debug!("cannot adopt the orphans of scripts: {error}");
    }
}

/// Whether somebody is about to look for strays.
#[cfg(target_os = "linux")]
static LOOKING: AtomicBool = AtomicBool::new(false);

/// Reaps, soon, those that have ended and were in another session than this
/// process and its scripts. On a runtime that takes a moment, so that busy
/// times, when a script ends every millisecond, cost few looks.
#[cfg(target_os = "linux")]
pub(super) fn reap_strays_soon() {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return reap_strays();
    };
    if !LOOKING.swap(true, Ordering::Relaxed) {
        let looking = Looking;
        runtime.spawn(async move {
            tokio::time::sleep(STRAYS).await;
            drop(looking);
            reap_strays();
        });
    }
}

/// Somebody who is about to look, or whose runtime has stopped.
#[cfg(target_os = "linux")]
struct Looking;

#[cfg(target_os = "linux")]
impl Drop for Looking {
    fn drop(&mut self) {
        LOOKING.store(false, Ordering::Relaxed);
    }
}

/// Reaps those that have ended and were in another session than this process
/// and its scripts.
#[cfg(target_os = "linux")]
pub(super) fn reap_strays() {
    if !any_has_ended() {
        return;
    }
    let Some(own) = session(getpid()) else { return };
    for child in children() {
        if session(child).is_some_and(|session| session != own) {
            let _ = waitpid(Some(child), WaitOptions::NOHANG);
        }
    }
}

/// Whether a child is in this process's own session, as those are that it starts for
/// other purposes.
#[cfg(target_os = "linux")]
pub(super) fn is_in_own_session(child: Pid) -> bool {
    session(child).is_none_or(|session| Some(session) == self::session(getpid()))
}

/// Whether a child waits to be reaped: one call, where looking at each takes
/// several.
#[cfg(target_os = "linux")]
fn any_has_ended() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::All, options), Ok(Some(_)))
}

/// This process's children, the orphans among them.
#[cfg(target_os = "linux")]
pub(super) fn children() -> Vec<Pid> {
    // The kernel gives orphans to a process's first thread.
    let file = format!("/proc/self/task/{}/children", getpid());
    listed(file)
}

/// The processes that a file lists.
#[cfg(target_os = "linux")]
pub(super) fn listed(file: impl AsRef<Path>) -> Vec<Pid> {
    let list = std::fs::read_to_string(file).unwrap_or_default();
    let numbers = list.split_ascii_whitespace();
    numbers
        .filter_map(|number| Pid::from_raw(number.parse().ok()?))
        .collect()
}

/// A process, and when it began, in the system's own unit: so it isn't taken for a
/// later one of the same number.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Process {
    pub(super) id: Pid,
    began: u64,
}

#[cfg(target_os = "linux")]
impl Process {
    /// Looks at a process and who is its parent, unless that is outside of the PID
    /// namespace. None: it isn't there.
    pub(super) fn look_at(id: Pid) -> Option<(Self, Option<Pid>)> {
        let stat = Stat::read(id)?;
        let began = stat.number(22)?;
        let parent = Pid::from_raw(stat.number(4)?);
        Some((Self { id, began }, parent))
    }

    /// Whether it hasn't been reaped.
    pub(super) fn is_there(&self) -> bool {
        Stat::read(self.id).is_some_and(|stat| stat.number(22) == Some(self.began))
    }

    /// Whether it hasn't ended.
    pub(super) fn is_alive(&self) -> bool {
        Stat::read(self.id).is_some_and(|stat| {
            stat.number(22) == Some(self.began) && !matches!(stat.field(3), Some("Z" | "X"))
        })
    }
}

/// A process's session. It is 0 for one whose session began outside of its PID
/// namespace, or was never begun, as in some containers; rustix's `getsid` can't say
/// that.
#[cfg(target_os = "linux")]
fn session(process: Pid) -> Option<u32> {
    Stat::read(process)?.number(6)
}

/// What proc_pid_stat(5) says of a process, from the third field on.
#[cfg(target_os = "linux")]
struct Stat(String);

#[cfg(target_os = "linux")]
impl Stat {
    fn read(process: Pid) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The second field is the program's name, with any characters.
        let (_, fields) = stat.rsplit_once(')')?;
        Some(Self(fields.to_owned()))
    }

    /// A field, as that page numbers them.
    fn field(&self, number: usize) -> Option<&str> {
        self.0.split_ascii_whitespace().nth(number - 3)
    }

    fn number<T: FromStr>(&self, number: usize) -> Option<T> {
        self.field(number)?.parse().ok()
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn adopt() {}

#[cfg(not(target_os = "linux"))]
pub(super) fn reap_strays_soon() {}
