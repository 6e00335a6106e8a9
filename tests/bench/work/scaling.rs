//! What a second worker adds.
//!
//! The load generator needs a core of its own, which a machine of two doesn't
//! have to spare: of the requests a second, two workers can't show twice as
//! many. So requests are counted by the second of processor time that the
//! server got: workers that get in each other's way (locks, shared cache lines)
//! do less with it. Twice the ratio of two workers to one is what they would do
//! on cores of their own.

use super::under_load::{observe, small};
use crate::bench::error::Result;
use crate::bench::lab::Lab;
use crate::bench::peers::{Contender, Launch};
use crate::bench::sample::Sample;
use crate::bench::server::Server;

pub(super) fn measure(lab: &Lab, contender: &Contender, launch: &Launch<'_>) -> Result<Sample> {
    let one = saturate(lab, contender, launch, 1)?;
    let two = saturate(lab, contender, launch, 2)?;
    let scaling = one.cpu_per_request().zip(two.cpu_per_request());
    Ok(Sample {
        scaling: scaling.map(|(one, two)| 2.0 * one / two),
        ..two
    })
}

fn saturate(lab: &Lab, contender: &Contender, launch: &Launch<'_>, workers: u32) -> Result<Sample> {
    let launch = Launch { workers, ..*launch };
    let server = Server::start(contender, &launch)?;
    let request = small(lab, &server)?;
    observe(&server, || lab.tools.saturate(&request, lab.pace.seconds))
}
