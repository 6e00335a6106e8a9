//! What a deploy says of itself is read before there is one.

use crate::api::{Candidate, Checker};
use crate::limits::{Asked, Limits};
use crate::names::ProjectName;
use crate::policy::Policy;
use crate::secrets::Secrets;
use crate::site::{CONFIG_FILE, Problem, SiteConfig, SiteFiles};
use crate::wire::{self, CODE};
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_host_rules::{RuleFile, Sources};

/// Reads a deploy's settings as its site will.
pub(super) struct SiteChecker {
    pub(super) limits: Limits,
    pub(super) policy: Arc<Policy>,
    pub(super) secrets: Arc<Secrets>,
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
        let config = SiteConfig::read(&files, &self.limits);
        let checked = config.map_err(|problems| problems.0).and_then(|config| {
            let problems = match candidate.manifest.code() {
                Some(_) => self.refusals(&candidate.manifest.project, &config),
                None => for_nothing(&config),
            };
            match problems.is_empty() {
                true => Ok(config.asked()),
                false => Err(problems),
            }
        });
        checked.map_err(|problems| problems.into_iter().map(told).collect())
    }
}

impl SiteChecker {
    /// What a site's code wants and doesn't get.
    fn refusals(&self, project: &ProjectName, config: &SiteConfig) -> Vec<Problem> {
        let outbound = config.outbound().iter();
        let outbound = outbound.filter(|target| !self.policy.allows(project, &target.value));
        let outbound = outbound.map(|target| {
            target.problem(format!(
                "outbound: the code of {project} may send no requests to {}; the server's operator allows it in the file of --policy",
                target.value
            ))
        });
        let known = self.secrets.of(project).unwrap_or_else(|error| {
            tracing::error!("{error}");
            BTreeMap::new()
        });
        let secrets = config.secrets().iter();
        let secrets = secrets.filter(|secret| !known.contains_key(&secret.value));
        let secrets = secrets.map(|secret| {
            let name = &secret.value;
            secret.problem(format!(
                "secrets: {project} has no secret {name}; set it by `wasm-host previews secret set {project} {name}`"
            ))
        });
        outbound.chain(secrets).collect()
    }
}

/// What is said to code that isn't there.
fn for_nothing(config: &SiteConfig) -> Vec<Problem> {
    let said = [
        ("env", !config.environment().is_empty()),
        ("outbound", !config.outbound().is_empty()),
        ("secrets", !config.secrets().is_empty()),
        ("keyvalue", config.keeps_values()),
    ];
    let said = said.into_iter().filter(|(_, is_said)| *is_said);
    let problem = |(key, _)| Problem {
        file: CONFIG_FILE.to_owned(),
        line: None,
        column: None,
        what: format!("{key} is for a site's code, and there is no {CODE}; leave it out"),
    };
    said.map(problem).collect()
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
