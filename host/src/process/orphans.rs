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
use rustix::process::{Pid, WaitOptions, getpid, set_child_subreaper, waitpid};

/// Takes in the orphans of all processes that this one starts from now on.
#[cfg(target_os = "linux")]
pub(super) fn adopt() {
    // Without it, they are the first process's, as ever.
    if let Err(error) = set_child_subreaper(Some(getpid())) {
        tracing::debug!("cannot adopt the orphans of scripts: {error}");
    }
}

/// Reaps those that have ended and were in another session than this process
/// and its scripts.
#[cfg(target_os = "linux")]
pub(super) fn reap_strays() {
    // The kernel gives orphans to a process's first thread.
    let children = format!("/proc/self/task/{}/children", getpid());
    let Ok(children) = std::fs::read_to_string(children) else {
        return;
    };
    let Some(own) = session(getpid()) else { return };
    let children = children.split_ascii_whitespace();
    for child in children.filter_map(|child| Pid::from_raw(child.parse().ok()?)) {
        if session(child).is_some_and(|session| session != own) {
            let _ = waitpid(Some(child), WaitOptions::NOHANG);
        }
    }
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
pub(super) fn reap_strays() {}
