//! The spawner's own side: a process that starts scripts, and sees to their
//! end.

use super::super::group::Group;
use super::super::launch::{Streams, launch};
use super::super::order::Order;
use super::super::{FIRST_DESCRIPTOR, orphans};
use super::wire::{NewScript, Received, Report, read_order, receive_script};
use rustix::io::Errno;
use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;
use rustix::process::{DumpableBehavior, chdir, set_dumpable_behavior, setsid};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

/// Runs this process as a spawner: what a program does that was started as
/// [`CgiOptions::spawner`](crate::CgiOptions::spawner) says. Returns when its
/// server is gone, and nothing is left of the scripts.
///
/// # Errors
///
/// It wasn't started by a server, or the system refuses what it needs.
pub fn run_cgi_spawner() -> io::Result<()> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
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

async fn serve(socket: OwnedFd) -> io::Result<()> {
    let _caught = catch_signals()?;
    let socket = UnixStream::from_std(StdStream::from(socket))?;
    let mut scripts = JoinSet::new();
    loop {
        let received = socket
            .async_io(Interest::READABLE, || {
                receive_script(socket.as_fd()).map_err(io::Error::from)
            })
            .await;
        match received {
            Ok(Received::Script(script)) => {
                scripts.spawn(run(script));
                // It comes first: another thread may take what is next.
                tokio::task::yield_now().await;
            }
            // The server sees that the script's socket is closed.
            Ok(Received::Incomplete) => {}
            Ok(Received::End) | Err(_) => break,
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

/// A script, from its order to its end. The server is told by its control
/// socket; an error on that is the server's end.
async fn run(script: NewScript) -> io::Result<()> {
    let control = StdStream::from(script.control);
    control.set_nonblocking(true)?;
    let mut control = UnixStream::from_std(control)?;
    let order = read_order(&mut control).await?;
    match start(&order, script.streams) {
        Ok(group) => {
            control.write_all(&Report::Started.encode()).await?;
            see_to_end(group, &mut control).await
        }
        Err(error) => {
            let number = error.raw_os_error().unwrap_or_default();
            control.write_all(&Report::Refused(number).encode()).await
        }
    }
}

fn start(order: &[u8], streams: Streams) -> io::Result<Group> {
    let order = Order::decode(order).ok_or(Errno::PROTO)?;
    // This process is the scripts' user already.
    launch(&order, streams, None)
}

async fn see_to_end(mut group: Group, control: &mut UnixStream) -> io::Result<()> {
    let (mut server, mut reports) = control.split();
    // The server says no more.
    let mut nothing = [0];
    let ended = select! {
        ended = group.ended() => Some(ended),
        _ = server.read(&mut nothing) => None,
    };
    let reported = match ended {
        Some(ended) => reports.write_all(&Report::Ended(ended).encode()).await,
        None => Ok(()),
    };
    group.end().await;
    reported
}
