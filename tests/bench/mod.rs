//! The benchmark: other servers and ours, driven by the same load generators on
//! the same machine.
//!
//! 1. [`peers`] finds the servers, and starts each with two workers, unlimited
//!    keep-alive and no access log.
//! 2. [`work`] has the cases. Every measurement starts a server of its own,
//!    compares what it answers with the files, warms it up, and measures.
//! 3. The servers take turns within a round, and rounds begin with another
//!    server each, so that noise which lasts meets all of them alike.
//! 4. [`report`] makes tables and JSON of it. Nothing judges the speeds.
//!
//! Linux only: processor time and memory are read from `/proc`.

mod client;
mod error;
mod files;
mod install;
mod instructions;
mod lab;
mod load;
mod measure;
mod options;
mod peers;
mod report;
mod sample;
mod server;
mod statistics;
mod work;

pub(crate) use error::{Error, Result};
pub(crate) use options::Options;
pub(crate) use report::Report;

use lab::Lab;
use peers::OURS;
use report::CaseReport;
use work::Case;

/// Measures what the options ask for, prints progress to standard error, and
/// leaves the report's JSON in the target folder.
pub(crate) fn run(options: &Options) -> Result<Report> {
    if options.install {
        install::install()?;
    }
    let mut lab = Lab::set_up(options)?;
    let mut report = Report::of(&lab, options);
    for case in work::chosen(options)? {
        report.cases.push(run_case(&mut lab, case)?);
    }
    if options.instructions() {
        report.instructions = instructions::a_request(&lab)?;
    }
    report.save()?;
    Ok(report)
}

/// All rounds of one case. A server that can't take part, or another than ours that
/// fails, is left out from then on, with its reason.
fn run_case(lab: &mut Lab, case: &'static Case) -> Result<CaseReport> {
    let mut report = CaseReport::new(case, &lab.contenders);
    lab.prepare(case)?;
    for round in 0..lab.pace.rounds {
        for turn in 0..lab.contenders.len() {
            let at = (round + turn) % lab.contenders.len();
            let contender = &lab.contenders[at];
            if report.is_skipped(at) {
                continue;
            }
            match case.measure(lab, contender) {
                Ok(sample) => {
                    eprintln!("{}, round {}: {sample}", case.name, round + 1);
                    report.add(at, sample);
                }
                Err(error) if is_unavailable(&error) || contender.peer.name != OURS => {
                    eprintln!("left out: {}, {}: {error}", case.name, contender.peer.name);
                    report.skip(at, error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(report)
}

fn is_unavailable(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_))
}
