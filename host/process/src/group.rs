//! A script's processes: those of one process group, whose leader is the
//! script.
//!
//! A group is known by its leader's number, which the system gives to nobody
//! else while the leader hasn't been reaped, or others of the group are left.
//! That is when signals are sent, and at no other time.

use crate::orphans;
use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process_group, test_kill_process_group,
    waitid, waitpgid,
};
use std::process::{Child as Leader, ExitStatus};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

#[cfg(target_os = "linux")]
use {std::io, std::os::fd::OwnedFd, tokio::io::Interest, tokio::io::unix::AsyncFd};

/// How long processes that a script began may go on after it: what they write
/// until then is part of its output.
const FORKED_GRACE: Duration = Duration::from_millis(200);

/// How long processes have to end after they are asked to (SIGTERM), before
/// they are killed (SIGKILL).
const KILL_GRACE: Duration = Duration::from_millis(500);

/// How long killed processes are waited for, once the script itself is gone.
/// They go at once; but where this process can't adopt them, and the first one
/// doesn't reap them either, their remains keep the group's number for ever.
const REMAINS: Duration = Duration::from_secs(1);

/// How often it is checked whether the last of a group has gone: that isn't
/// announced to anybody.
const CHECK: Duration = Duration::from_millis(10);

/// How a script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupEnd {
    /// What its leader said, or what killed it. None: that is lost.
    pub(super) status: Option<ExitStatus>,
    /// Whether nothing of it is left.
    pub(super) gone: bool,
    /// Whether it was more processes than it may be.
    pub(super) crowded: bool,
}

/// A process group. Dropping it kills the group at once; [`Group::end`] is
/// gentler.
#[derive(Debug)]
pub(super) struct Group {
    id: Pid,
    /// None once it has been reaped.
    leader: Option<Leader>,
    /// How the leader ended, once it has been reaped.
    status: Option<ExitStatus>,
    notice: ExitNotice,
    gone: bool,
}

impl Group {
    /// The group of a process that was started as the leader of a new one.
    /// Must be called on a runtime.
    pub(super) fn new(leader: Leader) -> Self {
        let id = Pid::from_child(&leader);
        Self {
            id,
            leader: Some(leader),
            status: None,
            notice: ExitNotice::new(id),
            gone: false,
        }
    }

    /// Waits for the script's end: its leader's, and for a moment that of the
    /// processes that it began.
    pub(super) async fn ended(&mut self) -> GroupEnd {
        GroupEnd {
            status: self.leader_ended().await,
            gone: self.ends_within(FORKED_GRACE).await,
            crowded: false,
        }
    }

    /// Waits for the leader's end, and reaps it. None: how it ended is lost, as
    /// something else reaped it.
    async fn leader_ended(&mut self) -> Option<ExitStatus> {
        while !self.reap_leader() {
            self.notice.wait(self.id).await;
        }
        self.status
    }

    /// Whether the whole group ends by itself within some time after its
    /// leader.
    async fn ends_within(&mut self, time: Duration) -> bool {
        timeout(time, self.all_ended()).await.is_ok()
    }

    /// Ends the group, and waits until nothing of it is left.
    pub(super) async fn end(&mut self) {
        if self.gone {
            return;
        }
        self.signal(Signal::TERM);
        let deadline = Instant::now() + KILL_GRACE;
        if timeout_at(deadline, self.all_ended()).await.is_ok() {
            return;
        }
        self.signal(Signal::KILL);
        self.leader_ended().await;
        if !self.ends_within(REMAINS).await {
            tracing::debug!("something is left of the processes of script {:?}", self.id);
        }
        self.gone = true;
    }

    /// The number of the script and of its group.
    #[cfg(target_os = "linux")]
    pub(super) fn leader(&self) -> Pid {
        self.id
    }

    /// Kills what is in the group now, without waiting.
    #[cfg(target_os = "linux")]
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Has the group get less of the processor than others. For one that has just
    /// begun.
    #[cfg(target_os = "linux")]
    pub(super) fn be_nice(&self, niceness: i32) {
        // An error: it has ended.
        let _ = rustix::process::setpriority_pgrp(Some(self.id), niceness);
    }

    async fn all_ended(&mut self) {
        self.leader_ended().await;
        while !self.check_gone() {
            sleep(CHECK).await;
        }
    }

    /// Reaps the leader if it has ended.
    fn reap_leader(&mut self) -> bool {
        let Some(leader) = &mut self.leader else {
            return true;
        };
        match leader.try_wait() {
            Ok(None) => return false,
            Ok(Some(status)) => self.status = Some(status),
            Err(error) => tracing::debug!("cannot wait for script {:?}: {error}", self.id),
        }
        self.leader = None;
        // Now, before the number can be another's.
        self.check_gone();
        true
    }

    /// Whether nothing of the group is left. Only for after the leader has been
    /// reaped, whose remains count.
    fn check_gone(&mut self) -> bool {
        if !self.gone {
            self.reap_orphans();
            self.gone = test_kill_process_group(self.id) == Err(Errno::SRCH);
            orphans::reap_strays_soon();
        }
        self.gone
    }

    /// Reaps the others of the group, which became this process's children when
    /// the leader ended.
    fn reap_orphans(&self) {
        while let Ok(Some(_)) = waitpgid(self.id, WaitOptions::NOHANG) {}
    }

    fn signal(&self, signal: Signal) {
        if !self.gone {
            // It may just have ended.
            let _ = kill_process_group(self.id, signal);
        }
    }
}

impl Drop for Group {
    /// For when there is nothing left to run [`Group::end`] on: the runtime has
    /// stopped.
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        self.reap_leader();
        if self.gone {
            return;
        }
        let (id, leader) = (self.id, self.leader.take());
        // A thread, as a process that hangs in the kernel can't be killed.
        // Without one, what remains is reaped when the server has ended.
        let _ = std::thread::Builder::new().spawn(move || {
            let _ = leader.map(|mut leader| leader.wait());
            while let Ok(Some(_)) = waitpgid(id, WaitOptions::empty()) {}
        });
    }
}

/// How the leader's end is noticed, without reaping it.
#[derive(Debug)]
enum ExitNotice {
    /// By a descriptor of the process, which becomes readable (pidfd_open(2)).
    #[cfg(target_os = "linux")]
    Descriptor(AsyncFd<OwnedFd>),
    /// By a thread that waits: for other systems, and Linux before 5.3.
    Thread,
}

impl ExitNotice {
    #[cfg(target_os = "linux")]
    #[allow(
        deprecated,
        reason = "the successor is unsafe for types that may close the descriptor; OwnedFd doesn't"
    )]
    fn new(id: Pid) -> Self {
        use rustix::process::{PidfdFlags, pidfd_open};
        pidfd_open(id, PidfdFlags::NONBLOCK)
            .map_err(io::Error::from)
            .and_then(|descriptor| AsyncFd::with_interest(descriptor, Interest::READABLE))
            .map_or(Self::Thread, Self::Descriptor)
    }

    #[cfg(not(target_os = "linux"))]
    fn new(_: Pid) -> Self {
        Self::Thread
    }

    /// Waits until the process may have ended.
    async fn wait(&self, id: Pid) {
        #[cfg(target_os = "linux")]
        if let Self::Descriptor(descriptor) = self
            && let Ok(mut ready) = descriptor.readable().await
        {
            ready.clear_ready();
            return;
        }
        let wait = move || {
            waitid(
                WaitId::Pid(id),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            )
            // What it tells has a pointer in it on other systems.
            .is_ok()
        };
        if !matches!(tokio::task::spawn_blocking(wait).await, Ok(true)) {
            sleep(CHECK).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Command, Stdio};

    fn group(script: &str) -> Group {
        orphans::adopt();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script])
            .stdout(Stdio::piped())
            .process_group(0);
        Group::new(command.spawn().unwrap())
    }

    #[tokio::test]
    async fn the_end_is_noticed_by_a_thread_as_well() {
        let mut group = group("exit 3");
        group.notice = ExitNotice::Thread;
        assert_eq!(group.leader_ended().await.unwrap().code(), Some(3));
        assert!(group.gone);
    }

    #[tokio::test]
    async fn what_ignores_the_request_is_killed() {
        let mut group = group("trap '' TERM; echo; while :; do sleep 60; done");
        let mut output = group.leader.as_mut().unwrap().stdout.take().unwrap();
        output.read_exact(&mut [0]).unwrap();
        group.end().await;
        assert_eq!(group.status.unwrap().signal(), Some(Signal::KILL.as_raw()));
    }

    #[tokio::test]
    async fn a_group_outlives_its_leader_until_it_is_ended() {
        let mut group = group("sleep 60 & exit 0");
        assert!(group.leader_ended().await.unwrap().success());
        assert!(!group.gone);
        group.end().await;
        assert!(group.gone);
        assert_eq!(test_kill_process_group(group.id), Err(Errno::SRCH));
    }
}
