//! The first label of a site's host.

use super::deploy_id::DeployId;
use super::name::{AliasName, ProjectName};
use super::refused::{Kind, NameError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Borrow;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The longest label of a host, in bytes (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;

/// Between an alias and a project. Neither can have it within.
const BETWEEN: &str = "--";

/// How many hexadecimal digits stand for a project whose name is cut.
const CUT: usize = 10;

/// The first label of a site's host: a deploy's id, an alias, or an alias and a project
/// with two hyphens between.
///
/// Whose it is stands in the store and not in the label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

impl Label {
    /// A label as a client sends it, in lower case.
    ///
    /// # Errors
    ///
    /// No site can have it.
    pub fn new(label: &str) -> Result<Self, NameError> {
        let refused = |wrong: &str| NameError::new(Kind::Label, label, wrong);
        if label.len() > MAX_LABEL {
            return Err(refused("it has more than 63 bytes"));
        }
        let Some((alias, project)) = label.split_once(BETWEEN) else {
            if DeployId::new(label).is_err() {
                AliasName::new(label).map_err(|error| refused(&error.wrong))?;
            }
            return Ok(Self(label.to_owned()));
        };
        AliasName::new(alias).map_err(|error| refused(&error.wrong))?;
        ProjectName::new(project).map_err(|error| refused(&error.wrong))?;
        Ok(Self(label.to_owned()))
    }

    /// The label of an alias whose name no other project had before.
    #[must_use]
    pub fn of_alias(alias: &AliasName) -> Self {
        Self(alias.as_str().to_owned())
    }

    /// The label of a deploy.
    #[must_use]
    pub fn of_deploy(id: &DeployId) -> Self {
        Self(id.as_str().to_owned())
    }

    /// The label of an alias whose name another project has: `<alias>--<project>`.
    ///
    /// Where both don't fit in a label, the project's name is cut, and a hyphen and ten
    /// hexadecimal digits of its SHA-256 follow.
    #[must_use]
    pub fn of_alias_in(alias: &AliasName, project: &ProjectName) -> Self {
        let whole = format!("{alias}{BETWEEN}{project}");
        if whole.len() <= MAX_LABEL {
            return Self(whole);
        }
        let digest = Sha256::digest(project.as_str().as_bytes());
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let kept = whole[..MAX_LABEL - CUT - 1].trim_end_matches('-');
        Self(format!("{kept}-{}", &digits[..CUT]))
    }

    /// The label itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// So that a map by labels is asked with what a client sent.
impl Borrow<str> for Label {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Display for Label {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Label {
    type Err = NameError;

    fn from_str(label: &str) -> Result<Self, NameError> {
        Self::new(label)
    }
}

impl TryFrom<String> for Label {
    type Error = NameError;

    fn try_from(label: String) -> Result<Self, NameError> {
        Self::new(&label)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}
