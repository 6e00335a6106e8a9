//! What a deploy says of itself is read before there is one.

use crate::api::{Candidate, Checker};
use crate::limits::{Asked, Limits};
use crate::site::{CONFIG_FILE, Problem, SiteConfig};
use crate::wire;

/// Reads a deploy's settings as its site will.
pub(super) struct SiteChecker {
    pub(super) limits: Limits,
}

impl Checker for SiteChecker {
    fn check(&self, candidate: &Candidate<'_>) -> Result<Asked, Vec<wire::Problem>> {
        let Some(content) = candidate.settings.get(CONFIG_FILE) else {
            return Ok(Asked::default());
        };
        let text = std::str::from_utf8(content).map_err(|error| {
            let what = "it isn't UTF-8; save it as that";
            let text = String::from_utf8_lossy(&content[..error.valid_up_to()]);
            vec![told(Problem::at(CONFIG_FILE, &text, text.len(), what))]
        })?;
        match SiteConfig::read(text, &self.limits) {
            Ok(config) => Ok(config.asked()),
            Err(problems) => Err(problems.0.into_iter().map(told).collect()),
        }
    }
}

fn told(problem: Problem) -> wire::Problem {
    let number = |number: Option<usize>| number.map(|number| number as u64);
    wire::Problem {
        file: problem.file,
        line: number(problem.line),
        column: number(problem.column),
        what: problem.what,
    }
}
