//! What a deploy says of itself is read before there is one.

use crate::api::{Candidate, Checker};
use crate::limits::{Asked, Limits};
use crate::site::{CONFIG_FILE, Problem, SiteConfig, SiteFiles};
use crate::wire::{self, CODE};
use wasm_host_rules::{RuleFile, Sources};

/// Reads a deploy's settings as its site will.
pub(super) struct SiteChecker {
    pub(super) limits: Limits,
}

impl Checker for SiteChecker {
    fn check(&self, candidate: &Candidate<'_>) -> Result<Asked, Vec<wire::Problem>> {
        let content = |name| candidate.settings.get(name).map_or(&[][..], |it| it);
        let files = SiteFiles {
            config: content(CONFIG_FILE),
            rules: Sources {
                redirects: content(RuleFile::Redirects.name()),
                headers: content(RuleFile::Headers.name()),
            },
        };
        match SiteConfig::read(&files, &self.limits) {
            Ok(config)
                if !config.environment().is_empty() && candidate.manifest.code().is_none() =>
            {
                let what =
                    format!("env is for a site's code, and there is no {CODE}; leave it out");
                Err(vec![wire::Problem {
                    file: CONFIG_FILE.to_owned(),
                    line: None,
                    column: None,
                    what,
                }])
            }
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
