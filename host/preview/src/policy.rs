//! What an operator lets sites do beyond what any may: a file of `wasm-host preview
//! --policy`, which is read when the server starts.

use crate::names::ProjectName;
use crate::text_place::place;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::Spanned;
use wasm_host_server::OutboundTarget;

/// What stands for all projects.
const ALL: &str = "*";

/// What an operator lets sites do.
///
/// ```
/// use wasm_host_preview::policy::Policy;
///
/// let policy = Policy::read(r#"
///     [projects."*"]
///     outbound = ["api.example.com:443"]
///     [projects.shop]
///     outbound = ["db.example.com"]
/// "#)?;
/// let (shop, blog) = ("shop".parse().unwrap(), "blog".parse().unwrap());
/// assert_eq!(policy.outbound(&shop).count(), 2);
/// assert!(policy.allows(&blog, &"api.example.com:443".parse().unwrap()));
/// assert!(!policy.allows(&blog, &"api.example.com:80".parse().unwrap()));
///
/// let wrong = Policy::read("outbond = []").unwrap_err();
/// assert!(wrong.to_string().starts_with("1:1: unknown field `outbond`"));
/// # Ok::<(), wasm_host_preview::policy::PolicyError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Policy {
    roots: Option<PathBuf>,
    everybody: Vec<OutboundTarget>,
    projects: BTreeMap<ProjectName, Vec<OutboundTarget>>,
}

/// What is wrong with a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {what}")]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong, and what to write.
    pub what: String,
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    roots: Option<PathBuf>,
    projects: BTreeMap<Spanned<String>, Allowed>,
}

/// What is written of a project.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Allowed {
    outbound: Vec<Spanned<String>>,
}

impl Policy {
    /// Reads what an operator has written.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        let wrong = |at: usize, what: String| PolicyError::at(text, at, what);
        let written: Written = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, error.message().trim().to_owned())
        })?;
        let mut policy = Self {
            roots: written.roots,
            ..Self::default()
        };
        for (name, allowed) in written.projects {
            let mut targets = Vec::new();
            for target in allowed.outbound {
                let parsed = target.get_ref().parse::<OutboundTarget>();
                let parsed = parsed
                    .map_err(|error| wrong(target.span().start, format!("outbound: {error}")))?;
                targets.push(parsed);
            }
            if name.get_ref() == ALL {
                policy.everybody = targets;
                continue;
            }
            let project = ProjectName::new(name.get_ref().as_str()).map_err(|error| {
                let what = format!("{error}; write {ALL:?} for all projects");
                wrong(name.span().start, what)
            })?;
            policy.projects.insert(project, targets);
        }
        Ok(policy)
    }

    /// A file of authorities that are trusted beside those that browsers trust, by requests
    /// of sites' code.
    #[must_use]
    pub fn roots(&self) -> Option<&PathBuf> {
        self.roots.as_ref()
    }

    /// Whether any site may send requests.
    #[must_use]
    pub fn has_outbound(&self) -> bool {
        let mut projects = self.projects.values();
        !self.everybody.is_empty() || projects.any(|targets| !targets.is_empty())
    }

    /// Where the code of a project's sites may send requests to.
    pub fn outbound(&self, project: &ProjectName) -> impl Iterator<Item = &OutboundTarget> {
        let own = self.projects.get(project).into_iter().flatten();
        self.everybody.iter().chain(own)
    }

    /// Whether the code of a project's sites may send requests there.
    #[must_use]
    pub fn allows(&self, project: &ProjectName, target: &OutboundTarget) -> bool {
        self.outbound(project).any(|allowed| allowed.covers(target))
    }
}

impl PolicyError {
    fn at(text: &str, at: usize, what: String) -> Self {
        let (line, column) = place(text, at);
        Self { line, column, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, said) in [
            ("projects = 1", "1:12: "),
            ("[projects.a]\noutbond = []", "2:1: unknown field `outbond`"),
            (
                "[projects.a]\noutbound = [\"b\", \"http://c\"]",
                "2:18: outbound: \"http://c\" is not a host",
            ),
            ("[projects.A]\n", "1:11: \"A\" is no project's name"),
            ("[projects.a]\n[projects.a]", "2:11: duplicate key"),
        ] {
            let wrong = Policy::read(text).expect_err(text).to_string();
            assert!(wrong.starts_with(said), "{text:?}: {wrong}");
        }
    }

    #[test]
    fn nobody_may_send_anything_unless_it_is_written() {
        for text in ["", "[projects.a]\n", "[projects.\"*\"]\noutbound = []\n"] {
            let policy = Policy::read(text).expect("right");
            assert!(!policy.has_outbound(), "{text:?}");
        }
        let policy = Policy::read("[projects.a]\noutbound = [\"h:1\"]\n").expect("right");
        let (one, other) = ("a".parse().expect("a name"), "b".parse().expect("a name"));
        let there = "h:1".parse().expect("a target");
        let anywhere = "h".parse().expect("a target");
        assert!(policy.has_outbound());
        assert!(policy.allows(&one, &there) && !policy.allows(&one, &anywhere));
        assert!(!policy.allows(&other, &there));
    }
}
