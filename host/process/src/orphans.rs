//! Processes whose parent, a script, has ended before them.
//!
//! They get a new parent, which has to reap them when they end: the first
//! process of the machine or container. Not all of these do it, or at once. So
//! on Linux this process takes its scripts' orphans in
//! (`PR_SET_CHILD_SUBREAPER`), and reaps them.
//!
//! Those of a script's group are reaped with it ([`super::group`]); what is
//! left are those that began a session of their own, and may live for as long
//! as the server.

#[cfg(target_os = "linux")]
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, set_child_subreaper,
    waitid, waitpid,
};
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(target_os = "linux")]
use std::time::Duration;

/// How often, and how often at most, it is looked whether what was killed has
/// gone: a second in all.
#[cfg(target_os = "linux")]
const LOOK: Duration = Duration::from_millis(5);
#[cfg(target_os = "linux")]
const MAX_LOOKS: usize = 200;

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

/// Kills and reaps what this process has taken in of another session: that of
/// `leader`, which was a child too, has ended, and hasn't been reaped, so that
/// the session's number is still its own.
#[cfg(target_os = "linux")]
pub(super) fn end_session(leader: Pid) {
    let number = leader.as_raw_nonzero().get().unsigned_abs();
    for _ in 0..MAX_LOOKS {
        let mut left = children();
        left.retain(|&child| child != leader && session(child) == Some(number));
        if left.is_empty() {
            return;
        }
        for child in left {
            // A child that hasn't been reaped keeps its number.
            let _ = kill_process(child, Signal::KILL);
            let _ = waitpid(Some(child), WaitOptions::NOHANG);
        }
        // What they began is taken in when they end.
        std::thread::sleep(LOOK);
    }
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
fn children() -> Vec<Pid> {
    // The kernel gives orphans to a process's first thread.
    let file = format!("/proc/self/task/{}/children", getpid());
    let children = std::fs::read_to_string(file).unwrap_or_default();
    let children = children.split_ascii_whitespace();
    children
        .filter_map(|child| Pid::from_raw(child.parse().ok()?))
        .collect()
}

/// A process's session: the sixth field of proc_pid_stat(5). It is 0 for one
/// whose session began outside of its PID namespace, or was never begun, as in
/// some containers; rustix's `getsid` can't say that.
#[cfg(target_os = "linux")]
fn session(process: Pid) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the program's name, with any characters.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(3)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn adopt() {}

#[cfg(not(target_os = "linux"))]
pub(super) fn reap_strays_soon() {}
