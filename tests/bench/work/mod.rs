//! The cases: what the servers are asked to do, and what is compared.

mod idle;
pub(crate) mod latency;
mod probe;
mod scaling;
mod start;
mod under_load;

use super::error::{Error, Result};
use super::lab::Lab;
use super::options::Options;
use super::peers::{Contender, Isolation, Launch};
use super::sample::{Figure, Sample};
use probe::Probe;

/// Workers of every server, unless their number is what is measured.
const WORKERS: u32 = 2;
/// Connections of most cases.
const CONNECTIONS: u32 = 32;

/// One row of the table, or some that the same measurement answers.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    isolation: Isolation,
    work: Work,
    /// What is compared, and what we want of it beside nginx.
    pub(crate) figures: &'static [(Figure, &'static str)],
}

/// How a case is measured.
enum Work {
    /// As many requests as possible, on so many connections.
    Saturate(Probe, u32),
    /// A number of requests, for the processor time that they take.
    Count,
    /// At 80 % of nginx's load, for the latency.
    Steady,
    /// Connections that do nothing, for the memory that they take.
    Idle,
    /// From exec to the first response.
    Start,
    /// One worker, then two.
    Scaling,
}

/// In the order of the table.
const ALL: &[Case] = &[
    Case {
        name: "small",
        title: "1 KB file, 32 keep-alive connections",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Small, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 1.0")],
    },
    Case {
        name: "isolation",
        title: "the same, instance a request",
        isolation: Isolation::Request,
        work: Work::Saturate(Probe::Small, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 0.6")],
    },
    Case {
        name: "close",
        title: "1 KB, new connection each request",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Close, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 0.7")],
    },
    Case {
        name: "medium",
        title: "100 KB",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Medium, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 0.95")],
    },
    Case {
        name: "large",
        title: "100 MB, 4 connections",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Large, 4),
        figures: &[(Figure::Throughput, "≥ 1.0"), (Figure::CpuPerGib, "≤ 1.1")],
    },
    Case {
        name: "unmodified",
        title: "304",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Unmodified, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 0.9")],
    },
    Case {
        name: "missing",
        title: "404",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Missing, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 0.9")],
    },
    Case {
        name: "range",
        title: "range of 1 KB in 100 MB",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Range, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 0.9")],
    },
    Case {
        name: "listing",
        title: "listing of 1,000 entries",
        isolation: Isolation::Usual,
        work: Work::Saturate(Probe::Listing, CONNECTIONS),
        figures: &[(Figure::Rate, "≥ 0.5")],
    },
    Case {
        name: "cpu",
        title: "10,000 requests of 1 KB",
        isolation: Isolation::Usual,
        work: Work::Count,
        figures: &[(Figure::Cpu, "≤ 1.2")],
    },
    Case {
        name: "latency",
        title: "1 KB at 80 % of nginx's load",
        isolation: Isolation::Usual,
        work: Work::Steady,
        figures: &[(Figure::P99, "≤ 1.5")],
    },
    Case {
        name: "idle",
        title: "10,000 idle connections, RSS above empty",
        isolation: Isolation::Usual,
        work: Work::Idle,
        figures: &[(Figure::IdleMemory, "≤ 100 MB")],
    },
    Case {
        name: "start",
        title: "exec to first response, warm cache",
        isolation: Isolation::Usual,
        work: Work::Start,
        figures: &[(Figure::Start, "≤ 30 ms, ≤ ⅓ of python's")],
    },
    Case {
        name: "scaling",
        title: "1 → 2 workers",
        isolation: Isolation::Usual,
        work: Work::Scaling,
        figures: &[(Figure::Scaling, "≥ 1.8 times")],
    },
];

/// The cases that the options name. Those of time are left out where
/// instructions are counted.
pub(crate) fn chosen(options: &Options) -> Result<Vec<&'static Case>> {
    if options.instructions() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = ALL.iter().map(|case| case.name).collect();
    if let Some(unknown) = options
        .only
        .iter()
        .find(|name| !names.contains(&name.as_str()))
    {
        let known = names.join(", ");
        return Err(Error::Usage(format!(
            "no case {unknown}; there are: {known}"
        )));
    }
    let wanted =
        |case: &&Case| options.only.is_empty() || options.only.iter().any(|name| name == case.name);
    Ok(ALL.iter().filter(wanted).collect())
}

impl Case {
    /// Whether it needs to know nginx's load.
    pub(crate) fn is_at_steady_rate(&self) -> bool {
        matches!(self.work, Work::Steady)
    }

    /// One server, once.
    pub(crate) fn measure(&self, lab: &Lab, contender: &Contender) -> Result<Sample> {
        let mut lacks = contender.peer.lacks.iter();
        if let Some((_, reason)) = lacks.find(|(case, _)| *case == self.name) {
            return Err(Error::Unavailable((*reason).to_owned()));
        }
        let launch = Launch {
            root: lab.files.root(),
            workers: WORKERS,
            isolation: self.isolation,
            connections: None,
        };
        match self.work {
            Work::Saturate(probe, connections) => {
                under_load::saturate(lab, contender, &launch, probe, connections)
            }
            Work::Count => under_load::count(lab, contender, &launch),
            Work::Steady => latency::measure(lab, contender, &launch),
            Work::Idle => idle::measure(lab, contender, &launch),
            Work::Start => start::measure(lab, contender, &launch),
            Work::Scaling => scaling::measure(lab, contender, &launch),
        }
    }
}
