//! The process that obtains certificates, from its own side: what it gives up before it
//! speaks to anybody.

use super::agent::begin;
use super::needs::RESOLVING;
use crate::lockdown::{Kept, Needs, Network, lock_down};
use std::io::{self, BufRead, BufReader, Read};
use wasm_host_acme::{Assignment, MAX_LINE, run_agent};

/// For who calls it by hand.
const REFUSAL: &str = "this is for `wasm-host serve --tls-acme` to start by itself";

/// Runs this process as one that obtains certificates: what a program does that was
/// started as [`AcmeOptions::agent`](crate::AcmeOptions::agent) says. Returns when its
/// server is gone.
///
/// It keeps its store, what it takes to look up a host, and connections to the
/// authority's port; all else it gives up, if the server did.
///
/// # Errors
///
/// It wasn't started by a server, or the system refuses what it needs.
pub fn run_acme_agent() -> io::Result<()> {
    let socket = begin(REFUSAL)?;
    let mut line = String::new();
    // The server says nothing more before it has been answered.
    let mut server = BufReader::new(socket.try_clone()?).take(MAX_LINE);
    if server.read_line(&mut line)? == 0 {
        return Ok(());
    }
    let assignment = Assignment::from_line(&line);
    let assignment = assignment.ok_or_else(|| io::Error::other(REFUSAL))?;
    if assignment.is_locked_down {
        let mut needs = Needs::default();
        needs.path(&assignment.store, Kept::Change);
        for path in RESOLVING {
            needs.path(path, Kept::Read);
        }
        needs.network = Network::Ports(vec![assignment.directory.port()]);
        // What the kernel doesn't have is in the server's log.
        let _outcome = lock_down(&needs);
    }
    run_agent(socket, assignment)
}
