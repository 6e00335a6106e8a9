//! How soon a server answers.

use super::probe::Probe;
use crate::bench::error::Result;
use crate::bench::lab::Lab;
use crate::bench::peers::{Contender, Launch};
use crate::bench::sample::Sample;
use crate::bench::server::Server;
use crate::bench::statistics::Summary;
use std::time::{Duration, Instant};

/// The median of some starts, after one that fills the caches.
pub(super) fn measure(lab: &Lab, contender: &Contender, launch: &Launch<'_>) -> Result<Sample> {
    Probe::Small.check(&Server::start(contender, launch)?, &lab.files)?;
    let mut times = Vec::new();
    for _ in 0..lab.pace.starts {
        times.push(start(contender, launch)?.as_secs_f64());
    }
    Ok(Sample {
        peer: contender.peer.name,
        start: Summary::of(times).map(|times| Duration::from_secs_f64(times.median)),
        ..Sample::default()
    })
}

/// From exec to the end of the first response, which is one packet.
fn start(contender: &Contender, launch: &Launch<'_>) -> Result<Duration> {
    let begun = Instant::now();
    let mut server = Server::spawn(contender, launch)?;
    let answer = server.first_connection()?.get("/small.bin", &[]);
    let taken = begun.elapsed();
    answer.map_err(|error| server.failed(format!("failed at its first request: {error}")))?;
    Ok(taken)
}
