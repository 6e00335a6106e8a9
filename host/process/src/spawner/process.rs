//! The spawner's own side: a process that starts scripts, and sees to their
//! end.

use super::control::{Control, send_report};
use super::report::Report;
use super::wire::{Inbox, NewScript, Received};
use crate::beginning::MOMENT;
use crate::group::{Group, GroupEnd};
use crate::launch::{FIRST_DESCRIPTOR, launch};
use crate::order::Order;
use crate::orphans;
use rustix::io::Errno;
use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;
use rustix::process::{DumpableBehavior, chdir, set_dumpable_behavior, setsid};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Runs this process as a spawner: what a program does that was started as
/// [`ScriptRules::spawner`](crate::ScriptRules::spawner) says. Returns when its
/// server is gone, and nothing is left of the scripts.
///
/// # Errors
///
/// It wasn't started by a server, or the system refuses what it needs.
pub fn run_cgi_spawner() -> io::Result<()> {
    // Standard input is nothing, and what scripts without input inherit.
    let socket = io::stdout().as_fd().try_clone_to_owned()?;
    if socket_type(&socket) != Ok(SocketType::SEQPACKET) {
        return Err(io::Error::other(
            "this is for `wasm-host serve --cgi` to start by itself",
        ));
    }
    close_fds::set_fds_cloexec_threadsafe(FIRST_DESCRIPTOR, &[]);
    // Ctrl-C is for the server, which lets scripts finish. This fails for a
    // leader of a group, which Ctrl-C doesn't reach either.
    let _ = setsid();
    // No directory is kept busy.
    chdir("/")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    orphans::adopt();
    work_on_all_cores(socket)
}

/// Starting a program holds a thread up until the program has begun, so there
/// is one a core. Fewer will do, where the system has no more.
fn work_on_all_cores(socket: OwnedFd) -> io::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let start = |_| {
        let socket = socket.try_clone().ok()?;
        std::thread::Builder::new().spawn(|| work(socket)).ok()
    };
    let others: Vec<_> = (1..cores).filter_map(start).collect();
    let worked = work(socket);
    for other in others {
        // One that panicked has ended its scripts.
        let _ = other.join();
    }
    worked
}

fn work(socket: OwnedFd) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(socket))
}

#[allow(
    deprecated,
    reason = "the successor is unsafe for types that may close the descriptor; OwnedFd doesn't"
)]
async fn serve(socket: OwnedFd) -> io::Result<()> {
    let _caught = catch_signals()?;
    let socket = AsyncFd::with_interest(socket, Interest::READABLE)?;
    let mut inbox = Inbox::new();
    let mut scripts = JoinSet::new();
    loop {
        let receive = |socket: &OwnedFd| Ok(inbox.receive(socket.as_fd())?);
        let Ok(mail) = socket.async_io(Interest::READABLE, receive).await else {
            break;
        };
        match inbox.open(mail) {
            // Started here and now: another thread may take what is next.
            Received::Script(script, order) => {
                if let Some(started) = start(script, order) {
                    scripts.spawn(started.see_to_end());
                }
            }
            Received::Long(script, length) => {
                scripts.spawn(run_long(script, length));
            }
            // The server sees that the script's socket is closed.
            Received::Incomplete => {}
            Received::End => break,
        }
        while scripts.try_join_next().is_some() {}
    }
    // Their sockets are closed as well, or soon.
    while scripts.join_next().await.is_some() {}
    Ok(())
}

/// Catches the signals that would end this process, which ends when the server
/// does. They aren't ignored: scripts would inherit that.
fn catch_signals() -> io::Result<Vec<Signal>> {
    [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::quit(),
    ]
    .into_iter()
    .map(signal)
    .collect()
}

/// A script whose order is long, from that to its end.
async fn run_long(script: NewScript, length: usize) -> io::Result<()> {
    let NewScript { control, streams } = script;
    let mut order = vec![0; length];
    let reading = Control::new(control.try_clone()?, Interest::READABLE)?;
    reading.read_exact(&mut order).await?;
    drop(reading);
    match start(NewScript { control, streams }, &order) {
        Some(started) => started.see_to_end().await,
        None => Ok(()),
    }
}

/// A script that has been started.
struct Started {
    group: Group,
    control: OwnedFd,
    /// Whether the server waits to hear of it: it has input for the script.
    is_awaited: bool,
}

/// Starts a script. If that fails, the server has been told.
fn start(script: NewScript, order: &[u8]) -> Option<Started> {
    let NewScript { control, streams } = script;
    let is_awaited = streams.stdin.is_some();
    let launched = Order::decode(order)
        .ok_or_else(|| Errno::PROTO.into())
        // This process is the scripts' user already, and reads from nothing.
        .and_then(|order| launch(&order, streams, Stdio::inherit(), None));
    match launched {
        Ok(group) => Some(Started {
            group,
            control,
            is_awaited,
        }),
        Err(error) => {
            let number = error.raw_os_error().unwrap_or_default();
            // An error: the server is gone.
            let _ = send_report(&control, Report::Refused(number));
            None
        }
    }
}

impl Started {
    /// Waits for the script's end, or ends it when the server closes its end of
    /// the control socket. For the first moment it isn't looked whether it
    /// does: most scripts are over by then, and cost less.
    async fn see_to_end(mut self) -> io::Result<()> {
        if !self.is_awaited
            && let Ok(ended) = timeout(MOMENT, self.group.ended()).await
        {
            return self.finish(Some(ended)).await;
        }
        if send_report(&self.control, Report::Started).is_err() {
            // The server is gone.
            return self.finish(None).await;
        }
        let control = Control::new(self.control.try_clone()?, Interest::READABLE)?;
        // The server says no more.
        let ended = select! {
            ended = self.group.ended() => Some(ended),
            () = control.closed() => None,
        };
        self.finish(ended).await
    }

    /// Reports the script's end, if it has come, and leaves nothing of it.
    async fn finish(mut self, ended: Option<GroupEnd>) -> io::Result<()> {
        let reported = match ended {
            Some(ended) => send_report(&self.control, Report::Ended(ended)),
            None => Ok(()),
        };
        self.group.end().await;
        Ok(reported?)
    }
}
