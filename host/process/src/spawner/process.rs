//! The spawner's own side: a process that has a keeper for each script that runs, and
//! hands the server's orders on to them. Its guard and its keepers begin here, too.
//!
//! A keeper can be stopped or killed by the script that it runs, which is the same
//! user's. Then it is killed, and with it what it leaves, which comes to this process.

use super::arguments::{Arguments, Identity};
use super::capabilities::keep_few_capabilities;
use super::guard::{self, Spawners};
use super::keeper;
use super::keepers::Keepers;
use super::role::Role;
use super::wire::Inbox;
use crate::launch::FIRST_DESCRIPTOR;
use crate::orphans;
use crate::signals::catch_signals;
use rustix::net::SocketType;
use rustix::net::sockopt::socket_type;
use rustix::process::{
    DumpableBehavior, Signal as Number, chdir, getppid, kill_process, set_dumpable_behavior,
    set_parent_process_death_signal, setsid,
};
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};

/// Runs this process as a spawner: what a program does that was started as
/// [`ScriptRules::spawner`](crate::ScriptRules::spawner) says. That command is
/// followed by arguments for this function, which takes them from
/// [`std::env::args_os`]. Returns when its server is gone, and nothing is left of the
/// scripts.
///
/// # Errors
///
/// It wasn't started by a server, or the system refuses what it needs.
pub fn run_cgi_spawner() -> io::Result<()> {
    // Standard input is nothing, and what scripts without input inherit.
    let socket = io::stdout().as_fd().try_clone_to_owned()?;
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let told = Arguments::take_from(&mut arguments);
    let (Ok(SocketType::SEQPACKET), Some(told)) = (socket_type(&socket), told) else {
        return Err(io::Error::other(
            "this is for `wasm-host serve --cgi` to start by itself",
        ));
    };
    close_fds::set_fds_cloexec_threadsafe(FIRST_DESCRIPTOR, &[]);
    // No directory is kept busy.
    chdir("/")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    orphans::adopt();
    match Role::take_from(&mut arguments) {
        Role::Guard(user) => {
            stand_apart()?;
            guard::run(Spawners::new(socket, &arguments, told, user))
        }
        Role::Spawner => {
            stand_apart()?;
            if let Identity::Users { .. } = told.identity {
                keep_few_capabilities()?;
            }
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let served = runtime.block_on(serve(socket, Keepers::new(&arguments, told)));
            // A script of the server's own user can have stopped the guard.
            if let Some(guard) = getppid() {
                let _ = kill_process(guard, Number::CONT);
            }
            served
        }
        Role::Keeper => keeper::run(socket, &told),
    }
}

/// For guards and spawners, which end when the server does, and not before.
fn stand_apart() -> io::Result<()> {
    // Ctrl-C is for the server, which lets scripts finish. This fails for a
    // leader of a group, which Ctrl-C doesn't reach either.
    let _ = setsid();
    // A script can stop this process. Without its parent, nobody else sees that.
    set_parent_process_death_signal(Some(Number::CONT))?;
    Ok(())
}

#[allow(
    deprecated,
    reason = "the successor is unsafe for types that may close the descriptor; OwnedFd doesn't"
)]
async fn serve(socket: OwnedFd, mut keepers: Keepers) -> io::Result<()> {
    let _caught = catch_signals()?;
    let mut changes = signal(SignalKind::child())?;
    let socket = AsyncFd::with_interest(socket, Interest::READABLE)?;
    let mut inbox = Inbox::new();
    keepers.prepare();
    loop {
        select! {
            mail = inbox.next(&socket) => match mail {
                Ok(mail) if !mail.is_end() => keepers.hand_on(&inbox, &mail),
                Ok(_) | Err(_) => break,
            },
            () = keepers.next_done() => {}
            _ = changes.recv() => keepers.look_after(),
        }
    }
    // Their scripts' sockets are closed as well, or soon.
    while keepers.are_busy() {
        select! {
            () = keepers.next_done() => {}
            _ = changes.recv() => keepers.look_after(),
        }
    }
    keepers.end();
    Ok(())
}
