//! A site's rules, in the dialect that it says: what a guest asks for.

use super::problem::{Problem, Problems};
use crate::limits::SiteLimits;
use serde::Deserialize;
use wasm_host_rules::{Dialect, Policy, Rules, Sources};
use wasm_host_server::RuleParts;

/// The dialect, as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RuleDialect {
    /// Netlify's.
    #[default]
    Netlify,
    /// That of Cloudflare's Workers.
    Cloudflare,
}

impl From<RuleDialect> for Dialect {
    fn from(written: RuleDialect) -> Self {
        match written {
            RuleDialect::Netlify => Self::Netlify,
            RuleDialect::Cloudflare => Self::Cloudflare,
        }
    }
}

/// What the rules of a site are for its handler.
///
/// # Errors
///
/// All lines that can't be obeyed; or there are too many rules.
pub(super) fn compile(
    dialect: RuleDialect,
    sources: Sources<'_>,
    limits: &SiteLimits,
) -> Result<RuleParts, Problems> {
    let rules = Rules::parse(dialect.into(), &Policy::previews(), sources);
    let rules = rules.map_err(|problems| Problems(problems.iter().map(told).collect()))?;
    let count = rules.count() as u64;
    if count > limits.rules {
        let most = limits.rules;
        return Err(Problems::from(Problem {
            file: "_redirects".to_owned(),
            line: None,
            column: None,
            what: format!(
                "with _headers there are {count} rules, {most} is the most; leave some out, or ask for more by `rules` in [limits] of wasm-host.toml"
            ),
        }));
    }
    Ok(rules.compile().into_iter().collect())
}

fn told(problem: &wasm_host_rules::Problem) -> Problem {
    Problem {
        file: problem.file.name().to_owned(),
        line: Some(problem.line),
        column: None,
        what: format!("{}; {}", problem.what, problem.instead),
    }
}
