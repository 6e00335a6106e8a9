//! A process that does something for handlers of strangers, which another one runs that can't
//! do it itself: what it gives up before it speaks to anybody.

use super::agent::begin;
use super::needs::RESOLVING;
use crate::lockdown::{Kept, KeptPath, Needs, Network, lock_down};
use std::io;
use std::os::unix::net::UnixStream;

/// Has this process be one that a server has started for handlers of strangers. Gives the
/// socket by which that says what to do: its standard input.
///
/// # Errors
///
/// It wasn't started by a server.
pub fn begin_attendant() -> io::Result<UnixStream> {
    begin("this is for `wasm-host preview` to start by itself")
}

/// Gives up, for ever, all but these paths: files, programs, sockets and other processes.
/// To be called before this process starts a thread. What the kernel doesn't have is in
/// the server's log.
pub fn lock_down_attendant(paths: &[KeptPath]) {
    let _outcome = lock_down(&needs(paths));
}

/// The same for one that connects to any host: it keeps that, and what has to be read to
/// look up addresses.
pub fn lock_down_sender() {
    let resolving = RESOLVING.map(|path| KeptPath::new(path, Kept::Read));
    let mut needs = needs(&resolving);
    needs.network = Network::Any;
    let _outcome = lock_down(&needs);
}

fn needs(paths: &[KeptPath]) -> Needs {
    let mut needs = Needs::default();
    for KeptPath { path, kept } in paths {
        needs.path(path, *kept);
    }
    needs
}
