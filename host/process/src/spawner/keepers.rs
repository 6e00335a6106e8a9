//! The keepers of a spawner: those that run a script, and those that wait for one.

use super::arguments::{Arguments, Identity};
use super::keeper::DONE;
use super::live::pair;
use super::role::{NAME, PROGRAM, Role};
use super::wire::{Inbox, Mail};
use crate::descendants;
use crate::user::ScriptUser;
use rustix::net::{RecvFlags, SocketType, recv};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use std::collections::HashMap;
use std::ffi::OsString;
use std::future::pending;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::JoinSet;

/// How many wait for a script at most. Starting one takes as long as a small script.
const MAX_IDLE: usize = 16;

/// All keepers.
pub(super) struct Keepers {
    /// What each is started with.
    arguments: Vec<OsString>,
    identity: Identity,
    idle: Vec<Keeper>,
    busy: JoinSet<(Keeper, Fared)>,
    /// Those that were given up, and haven't ended yet.
    ending: Vec<Child>,
    /// All that haven't been reaped, and their users, if each has its own.
    live: HashMap<Pid, Option<u32>>,
}

/// A keeper.
struct Keeper {
    child: Child,
    socket: AsyncFd<OwnedFd>,
}

/// What has become of a keeper after a script.
enum Fared {
    /// It takes another.
    Well,
    /// It has ended, or was killed.
    Gone,
}

impl Keepers {
    /// Keepers that a command starts, which is told these.
    pub(super) fn new(command: &[OsString], told: Arguments) -> Self {
        Self {
            arguments: told.after(&Role::Keeper.after(command)),
            identity: told.identity,
            idle: Vec::new(),
            busy: JoinSet::new(),
            ending: Vec::new(),
            live: HashMap::new(),
        }
    }

    /// Has one wait for the first script.
    pub(super) fn prepare(&mut self) {
        // Failing that, it is tried again for the script.
        if let Ok(keeper) = self.start() {
            self.idle.push(keeper);
        }
    }

    /// Hands a message on to a keeper that has nothing to do, or a new one. The server
    /// sees that the script's socket is closed if that fails.
    pub(super) fn hand_on(&mut self, inbox: &Inbox, mail: &Mail) {
        loop {
            let (keeper, is_new) = match self.idle.pop() {
                Some(keeper) => (keeper, false),
                None => match self.start() {
                    Ok(keeper) => (keeper, true),
                    Err(error) => return eprintln!("cannot start a process for scripts: {error}"),
                },
            };
            if inbox.forward(mail, keeper.socket.get_ref().as_fd()).is_ok() {
                self.busy.spawn(keeper.work());
                return;
            }
            self.bury(keeper.child);
            if is_new {
                return;
            }
        }
    }

    /// Waits until a keeper is done with a script.
    pub(super) async fn next_done(&mut self) {
        match self.busy.join_next().await {
            None => pending().await,
            Some(Ok((keeper, Fared::Well))) if self.idle.len() < MAX_IDLE => {
                self.idle.push(keeper);
            }
            // It ends, as its socket is closed.
            Some(Ok((keeper, Fared::Well))) => self.ending.push(keeper.child),
            Some(Ok((keeper, Fared::Gone))) => self.bury(keeper.child),
            // Nothing panics there.
            Some(Err(_)) => {}
        }
    }

    pub(super) fn are_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Looks what has become of this process's children: kills keepers that were
    /// stopped, and whatever a dead one has left.
    pub(super) fn look_after(&mut self) {
        for &keeper in self.live.keys() {
            if is_stopped(keeper) {
                // It hasn't been reaped, so the number is its own.
                let _ = kill_process(keeper, Signal::KILL);
            }
        }
        let live = &mut self.live;
        let mut has_ended = |child: &mut Child| {
            let ended = !matches!(child.try_wait(), Ok(None));
            if ended {
                live.remove(&Pid::from_child(child));
            }
            ended
        };
        self.ending.retain_mut(|child| !has_ended(child));
        self.idle.retain_mut(|keeper| !has_ended(&mut keeper.child));
        self.end_strays();
    }

    /// Ends those that have nothing to do, of which nothing is left then.
    pub(super) fn end(&mut self) {
        let idle = std::mem::take(&mut self.idle);
        let idle = idle.into_iter().map(|keeper| keeper.child);
        let ending = std::mem::take(&mut self.ending);
        for child in idle.chain(ending).collect::<Vec<_>>() {
            self.bury(child);
        }
    }

    /// Sees to the end of a keeper, and of what it leaves.
    fn bury(&mut self, mut child: Child) {
        let _ = child.kill();
        let _ = child.wait();
        // Its user is another's only when nothing is left.
        let id = Pid::from_child(&child);
        descendants::end_all(|child| child != id && self.live.contains_key(&child));
        self.live.remove(&id);
    }

    /// Kills what dead keepers have left.
    fn end_strays(&self) {
        descendants::end_all(|child| self.live.contains_key(&child));
    }

    /// A user that no other keeper has, and nothing that one has left. None: all have
    /// this process's.
    fn user(&self) -> io::Result<Option<ScriptUser>> {
        let Identity::Users { users, group } = self.identity else {
            return Ok(None);
        };
        let is_free = |uid: &u32| !self.live.values().any(|taken| *taken == Some(*uid));
        let free = (users.first..=users.last).find(is_free);
        let uid = free.ok_or_else(|| io::Error::other("there are no more users for them"))?;
        Ok(Some(ScriptUser { uid, gid: group }))
    }

    fn start(&mut self) -> io::Result<Keeper> {
        let (socket, theirs) = pair(SocketType::SEQPACKET)?;
        let socket = watched(socket)?;
        let mut command = Command::new(PROGRAM);
        command
            .arg0(NAME)
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(theirs);
        let user = self.user()?;
        if let Some(user) = user {
            user.put_on(&mut command);
        }
        let child = command.spawn()?;
        let user = user.map(|user| user.uid);
        self.live.insert(Pid::from_child(&child), user);
        Ok(Keeper { child, socket })
    }
}

impl Keeper {
    /// Waits until it is done with the script that it was given.
    async fn work(self) -> (Self, Fared) {
        let look = |socket: &OwnedFd| {
            let mut said = [0];
            let (length, _) = recv(socket, &mut said[..], RecvFlags::DONTWAIT)?;
            Ok(length == 1 && said == [DONE])
        };
        let fared = match self.socket.async_io(Interest::READABLE, look).await {
            Ok(true) => Fared::Well,
            Ok(false) | Err(_) => Fared::Gone,
        };
        (self, fared)
    }
}

/// Whether a child has been stopped, by a signal.
fn is_stopped(child: Pid) -> bool {
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    matches!(waitid(WaitId::Pid(child), options), Ok(Some(_)))
}

#[allow(
    deprecated,
    reason = "the successor is unsafe for types that may close the descriptor; OwnedFd doesn't"
)]
fn watched(socket: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(socket, Interest::READABLE)
}
