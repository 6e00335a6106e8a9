//! Latency at a load that nginx carries with ease.

use super::WORKERS;
use super::under_load::{observe, small};
use crate::bench::error::{Error, Result};
use crate::bench::lab::Lab;
use crate::bench::peers::{Contender, Isolation, Launch, REFERENCE};
use crate::bench::sample::{Figure, Sample};
use crate::bench::server::Server;
use crate::bench::statistics::Summary;

/// The share of nginx's most that every server is asked for.
const SHARE: f64 = 0.8;
/// Runs whose median is nginx's most.
const RUNS: usize = 3;

/// 80 % of what nginx answers to the same load generator; None without nginx.
pub(crate) fn steady_rate(lab: &Lab) -> Result<Option<f64>> {
    let mut contenders = lab.contenders.iter();
    let Some(nginx) = contenders.find(|contender| contender.peer.name == REFERENCE) else {
        return Ok(None);
    };
    let launch = Launch {
        root: lab.files.root(),
        workers: WORKERS,
        isolation: Isolation::Usual,
        connections: None,
    };
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        match run(lab, nginx, &launch, None) {
            Ok(sample) => rates.extend(Figure::Rate.of(&sample)),
            // Each server's turn says so again.
            Err(Error::Unavailable(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(Summary::of(rates).map(|most| SHARE * most.median))
}

pub(super) fn measure(lab: &Lab, contender: &Contender, launch: &Launch<'_>) -> Result<Sample> {
    let rate = lab.steady_rate.ok_or_else(|| {
        Error::Unavailable("needs nginx, whose load is the measure, and h2load".to_owned())
    })?;
    run(lab, contender, launch, Some(rate))
}

fn run(lab: &Lab, contender: &Contender, launch: &Launch<'_>, rate: Option<f64>) -> Result<Sample> {
    let server = Server::start(contender, launch)?;
    let request = small(lab, &server)?;
    observe(&server, || {
        lab.tools.steady(&request, rate, lab.pace.seconds)
    })
}
