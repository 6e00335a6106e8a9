//! Names of variables of an environment.

use super::refused::{Kind, NameError};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The longest name of a variable, in bytes.
const MOST: usize = 256;

/// The name of a variable in the environment of a site's code: letters of ASCII, digits and
/// `_`, and no digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VariableName(String);

impl VariableName {
    /// # Errors
    ///
    /// It isn't what such a name may be.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let begins_well = name.bytes().next().is_some_and(is_letter);
        let mut rest = name.bytes();
        if !begins_well || !rest.all(|byte| is_letter(byte) || byte.is_ascii_digit()) {
            let wrong = "write letters, digits and _, and no digit first";
            return Err(NameError::new(Kind::Variable, &name, wrong));
        }
        if name.len() > MOST {
            let wrong = format!("it has {} bytes, {MOST} is the most", name.len());
            return Err(NameError::new(Kind::Variable, &name, wrong));
        }
        Ok(Self(name))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for VariableName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for VariableName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl TryFrom<String> for VariableName {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl From<VariableName> for String {
    fn from(name: VariableName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_variables() {
        for name in ["GREETING", "_a1", "a"] {
            assert!(VariableName::new(name).is_ok(), "{name:?}");
        }
        for name in [
            "",
            "1A",
            "A-B",
            "A=B",
            "A B",
            "\u{c4}",
            &"A".repeat(MOST + 1),
        ] {
            assert!(VariableName::new(name).is_err(), "{name:?}");
        }
    }
}
