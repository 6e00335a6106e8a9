//! All that descends from this process: its children, theirs, and so on, whatever
//! groups and sessions they are in.
//!
//! This process takes in orphans ([`orphans::adopt`]), so that a process that
//! daemonises itself stays below it, as its own child. That is what makes it possible
//! to leave nothing of a script, if nothing but a script was started.
//!
//! A number can be another process's a moment later, and whoever begins enough of them
//! can bring that about. So a process is known by when it began, too ([`Process`]), and
//! is below this one only if each between them was there while that was looked at.
//!
//! One that begins others as fast as they are killed is stopped first (SIGSTOP): what
//! is stopped begins nothing. When no process is found that isn't, all are killed. Those
//! that flee become this process's own children, and there are few of them if those that
//! have ended are reaped: so each pass over all begins with that, and stops its children
//! at once, before it looks any closer.

use crate::orphans::{self, Process};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, pidfd_open,
    pidfd_send_signal, waitid, waitpid,
};
use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

/// How long processes that were killed are waited for. They go at once, unless they
/// hang in the kernel.
const REMAINS: Duration = Duration::from_secs(1);

/// How often it is looked whether those that were killed have gone.
const LOOK: Duration = Duration::from_millis(1);

/// How often it is looked, at most, for what isn't stopped yet.
const MAX_PASSES: usize = 1000;

/// Whether this process has any child, ended ones included.
pub(super) fn any() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::All, options).err() != Some(Errno::CHILD)
}

/// Whether there are more processes than so many below this one.
pub(super) fn are_more_than(most: usize) -> bool {
    let mut count = 0;
    walk(
        |_| false,
        |_| {
            count += 1;
            count <= most
        },
    );
    count > most
}

/// Kills and reaps all that is below this process, but for those of its children that
/// are spared, and what is below them. Returns whether nothing is left.
pub(super) fn end_all(spared: impl Fn(Pid) -> bool) -> bool {
    let until = Instant::now() + REMAINS;
    loop {
        reap(&spared);
        let stopped = stop_all(&spared);
        if stopped.is_empty() {
            return true;
        }
        for process in &stopped {
            signal(process, Signal::KILL);
        }
        // They end from above to below; what loses its parent comes here.
        while stopped.iter().any(Process::is_alive) && Instant::now() < until {
            reap(&spared);
            std::thread::sleep(LOOK);
        }
        if Instant::now() >= until {
            reap(&spared);
            return stop_all(&spared).is_empty();
        }
    }
}

/// Stops all, until none is found that isn't: those.
fn stop_all(spared: impl Fn(Pid) -> bool) -> HashSet<Process> {
    let mut stopped = HashSet::new();
    for _ in 0..MAX_PASSES {
        reap(&spared);
        stop_children(&spared);
        let mut found = HashSet::new();
        let mut is_any_new = false;
        walk(&spared, |process| {
            // At once: there are fewer then that take time from this process.
            if stopped.insert(process) {
                is_any_new = true;
                signal(&process, Signal::STOP);
            }
            found.insert(process);
            true
        });
        if !is_any_new {
            return found;
        }
    }
    stopped
}

/// Stops this process's own children, from the newest on.
fn stop_children(spared: impl Fn(Pid) -> bool) {
    for child in orphans::children().into_iter().rev() {
        if !spared(child) {
            // Nobody else has its number, as only this process reaps it, and doesn't now.
            let _ = kill_process(child, Signal::STOP);
        }
    }
}

/// Reaps children that have ended, but for those that are spared.
pub(super) fn reap(spared: impl Fn(Pid) -> bool) {
    for child in orphans::children() {
        if !spared(child) {
            let _ = waitpid(Some(child), WaitOptions::NOHANG);
        }
    }
}

/// Looks at all that is below this process, but for children that are spared: each
/// before its children, and only as long as it is wanted to go on.
fn walk(spared: impl Fn(Pid) -> bool, mut visit: impl FnMut(Process) -> bool) {
    let mut own = orphans::children();
    own.retain(|&child| !spared(child));
    let mut to_look_at = those_of(getpid(), own);
    let mut seen = HashSet::new();
    while let Some(process) = to_look_at.pop() {
        if !seen.insert(process) {
            continue;
        }
        if !visit(process) {
            return;
        }
        let children = those_of(process.id, children_of(process.id));
        // Else these may be another's, who has its number by now.
        if process.is_alive() {
            to_look_at.extend(children);
        }
    }
}

/// Those of some processes that are a parent's.
fn those_of(parent: Pid, children: Vec<Pid>) -> Vec<Process> {
    let looked_at = children.into_iter().filter_map(Process::look_at);
    looked_at
        .filter(|&(_, its_parent)| its_parent == Some(parent))
        .map(|(child, _)| child)
        .collect()
}

/// The children of all threads of a process.
fn children_of(process: Pid) -> Vec<Pid> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().map_while(Result::ok);
    threads
        .flat_map(|thread| orphans::listed(thread.path().join("children")))
        .collect()
}

/// Sends a signal to a process, unless another has its number by now.
fn signal(process: &Process, signal: Signal) {
    // An error: it has gone. (Or Linux is older than 5.3.)
    if let Ok(descriptor) = pidfd_open(process.id, PidfdFlags::empty())
        && process.is_there()
    {
        let _ = pidfd_send_signal(&descriptor, signal);
    }
}
