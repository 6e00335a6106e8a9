//! Servers that answer as fast as they can.

use super::CONNECTIONS;
use super::probe::Probe;
use crate::bench::client::Client;
use crate::bench::error::{Error, Result};
use crate::bench::lab::Lab;
use crate::bench::load::{Request, Seen};
use crate::bench::peers::{Contender, Launch};
use crate::bench::sample::Sample;
use crate::bench::server::Server;
use std::time::Instant;

/// As many requests as possible for some seconds.
pub(super) fn saturate(
    lab: &Lab,
    contender: &Contender,
    launch: &Launch<'_>,
    probe: Probe,
    connections: u32,
) -> Result<Sample> {
    let server = Server::start(contender, launch)?;
    let mut request = probe.check(&server, &lab.files)?;
    request.connections = connections;
    warm_up(lab, &server, probe, &request)?;
    let sample = observe(&server, || lab.tools.saturate(&request, lab.pace.seconds))?;
    if sample.requests == 0 {
        let reason = format!("no response within {} s", lab.pace.seconds);
        return Err(Error::Unavailable(reason));
    }
    Ok(sample)
}

/// A number of requests.
pub(super) fn count(lab: &Lab, contender: &Contender, launch: &Launch<'_>) -> Result<Sample> {
    let server = Server::start(contender, launch)?;
    let request = small(lab, &server)?;
    observe(&server, || {
        lab.tools.count(&request, lab.pace.counted_requests)
    })
}

/// The small file on the usual connections, warmed up.
pub(super) fn small(lab: &Lab, server: &Server) -> Result<Request> {
    let mut request = Probe::Small.check(server, &lab.files)?;
    request.connections = CONNECTIONS;
    warm_up(lab, server, Probe::Small, &request)?;
    Ok(request)
}

/// What the load generator sees, and what it costs the server.
pub(super) fn observe(server: &Server, load: impl FnOnce() -> Result<Seen>) -> Result<Sample> {
    let tree = server.tree()?;
    tree.forget_peak()?;
    let before = tree.cpu();
    let seen = load()?;
    let cpu = tree.cpu().since(before);
    Ok(Sample {
        peer: server.peer,
        requests: seen.requests,
        bytes: seen.bytes,
        elapsed: seen.elapsed,
        cpu,
        latency: seen.latency,
        peak_memory: tree.peak(),
        ..Sample::default()
    })
}

/// Asks until the caches, and what the server allocates at its first requests,
/// are warm.
fn warm_up(lab: &Lab, server: &Server, probe: Probe, request: &Request) -> Result<()> {
    let failed = |error| server.failed(format!("failed while warming up: {error}"));
    let end = Instant::now() + lab.pace.warm_up;
    while Instant::now() < end {
        let mut client = Client::connect(server.address).map_err(failed)?;
        let mut persists = true;
        while persists && Instant::now() < end {
            let response = client.get(probe.target(), &request.fields);
            persists = response.map_err(failed)?.persists;
        }
    }
    Ok(())
}
