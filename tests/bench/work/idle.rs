//! What connections cost that do nothing.

use super::probe::Probe;
use crate::bench::client::Client;
use crate::bench::error::{Error, Result};
use crate::bench::lab::Lab;
use crate::bench::measure::Tree;
use crate::bench::peers::{Contender, Launch};
use crate::bench::sample::Sample;
use crate::bench::server::Server;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::time::Duration;

/// Descriptors that are needed beside the connections.
const SPARE: usize = 200;
/// How long memory is watched, at most, until it no longer falls.
const SETTLING: usize = 10;

/// Each connection has had a request answered, and waits for the next.
pub(super) fn measure(lab: &Lab, contender: &Contender, launch: &Launch<'_>) -> Result<Sample> {
    let connections = lab.pace.idle_connections;
    allow_descriptors(connections + SPARE)?;
    let server = Server::start(contender, launch)?;
    Probe::Small.check(&server, &lab.files)?;
    let tree = server.tree()?;
    let empty = settled(&tree);
    let mut idle = Vec::with_capacity(connections);
    for number in 1..=connections {
        let mut client = connect(&server, number)?;
        let answer = client.get("/small.bin", &[]);
        answer.map_err(|error| server.failed(format!("failed at connection {number}: {error}")))?;
        idle.push(client);
    }
    let full = settled(&tree);
    let peak_memory = tree.peak();
    drop(idle);
    Ok(Sample {
        peer: server.peer,
        requests: connections as u64,
        peak_memory,
        idle_memory: Some(full.saturating_sub(empty)),
        ..Sample::default()
    })
}

fn connect(server: &Server, number: usize) -> Result<Client> {
    let client = Client::connect(server.address);
    client.map_err(|error| server.failed(format!("refused connection {number}: {error}")))
}

/// Memory once it no longer falls: servers give some back a moment later.
fn settled(tree: &Tree) -> u64 {
    let mut resident = tree.resident();
    for _ in 0..SETTLING {
        std::thread::sleep(Duration::from_millis(300));
        let now = tree.resident();
        if now >= resident {
            break;
        }
        resident = now;
    }
    resident
}

/// The servers inherit the limit.
fn allow_descriptors(wanted: usize) -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    let allowed = getrlimit(Resource::Nofile).current;
    if allowed.is_some_and(|allowed| allowed < wanted as u64) {
        return Err(Error::Unavailable(format!(
            "needs {wanted} open files; `ulimit -Hn` says {}",
            allowed.unwrap_or_default()
        )));
    }
    Ok(())
}
