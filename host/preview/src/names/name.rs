//! Names that people give: of projects and of aliases.

use super::deploy_id;
use super::refused::{Kind, NameError};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The longest name of a project or an alias, in bytes.
///
/// A label of a host has at most 63 (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 40;

/// What the bare domain keeps for itself, or what people would take for it.
const RESERVED: [&str; 2] = ["api", "www"];

/// The name of a project, which deploys are grouped by.
///
/// It could be a label of a host: 1 to 40 of the letters `a` to `z`, digits and hyphens,
/// no hyphen at an end and no two in a row, not the shape of a deploy's id, and neither
/// `api` nor `www`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(String);

/// The name of an alias, which moves from deploy to deploy.
///
/// The same as a [`ProjectName`] may be, except `xn`: followed by two hyphens, that would
/// be read as a name in another script (RFC 5890 section 2.3.2.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AliasName(String);

impl ProjectName {
    /// # Errors
    ///
    /// It isn't what a project's name may be.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check(Kind::Project, &name)?;
        Ok(Self(name))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AliasName {
    /// # Errors
    ///
    /// It isn't what an alias may be.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check(Kind::Alias, &name)?;
        if name == "xn" {
            let wrong = "\"xn--\" begins names in other scripts, so choose another name";
            return Err(NameError::new(Kind::Alias, &name, wrong));
        }
        Ok(Self(name))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(kind: Kind, name: &str) -> Result<(), NameError> {
    let refused = |wrong: String| Err(NameError::new(kind, name, wrong));
    if name.is_empty() {
        return refused("it is empty".into());
    }
    if name.len() > MAX_NAME {
        return refused(format!(
            "it has {} bytes, {MAX_NAME} is the most",
            name.len()
        ));
    }
    let strange = |c: &char| !matches!(c, 'a'..='z' | '0'..='9' | '-');
    if let Some(strange) = name.chars().find(strange) {
        return refused(format!(
            "{strange:?} isn't among the letters a to z, the digits and the hyphen"
        ));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return refused("a hyphen can't be its first or last character".into());
    }
    if name.contains("--") {
        return refused("two hyphens in a row stand between an alias and a project".into());
    }
    if RESERVED.contains(&name) {
        return refused("this name is the server's own".into());
    }
    if deploy_id::has_shape(name) {
        return refused("it could be taken for a deploy's id".into());
    }
    Ok(())
}

macro_rules! text {
    ($name:ident) => {
        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

text!(ProjectName);
text!(AliasName);
