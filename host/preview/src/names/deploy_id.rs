//! Ids of deploys, which nobody can guess.

use super::refused::{Kind, NameError};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The alphabet of RFC 4648 section 6 in lower case, since hosts have no case.
const ALPHABET: [u8; 32] = *b"abcdefghijklmnopqrstuvwxyz234567";

/// 128 bits in groups of 5.
const LENGTH: usize = 26;

/// The id of a deploy: 128 random bits as 26 letters and digits of lower-case base32.
///
/// Whoever knows it may see the deploy, so it is made by the system's generator of
/// secrets and has one form only: the last character carries the last 3 bits and 2 zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeployId([u8; LENGTH]);

impl DeployId {
    /// The id that 16 bytes spell. They must come from a generator of secrets.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(bytes);
        let mut id = [0; LENGTH];
        for (place, letter) in id.iter_mut().enumerate() {
            // The last group has 3 bits of the number, and 2 zeros behind it.
            let group = match 123_usize.checked_sub(5 * place) {
                Some(shift) => bits >> shift,
                None => bits << 2,
            };
            *letter = ALPHABET[(group & 31) as usize];
        }
        Self(id)
    }

    /// # Errors
    ///
    /// It isn't the one form of an id.
    pub fn new(id: &str) -> Result<Self, NameError> {
        let refused = |wrong: &str| Err(NameError::new(Kind::DeployId, id, wrong));
        let Ok(letters) = <[u8; LENGTH]>::try_from(id.as_bytes()) else {
            return refused("it has to have 26 characters");
        };
        if !letters.iter().all(|letter| ALPHABET.contains(letter)) {
            return refused("it may have only the letters a to z and the digits 2 to 7");
        }
        let last = ALPHABET.iter().position(|l| *l == letters[LENGTH - 1]);
        if last.is_none_or(|group| group % 4 != 0) {
            return refused("its last character stands for bits that it doesn't have");
        }
        Ok(Self(letters))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // All of the alphabet is ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Whether a name would be taken for an id, also for one in a form that isn't valid.
pub(super) fn has_shape(name: &str) -> bool {
    name.len() == LENGTH && name.bytes().all(|letter| ALPHABET.contains(&letter))
}

impl Display for DeployId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for DeployId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "DeployId({self})")
    }
}

impl FromStr for DeployId {
    type Err = NameError;

    fn from_str(id: &str) -> Result<Self, NameError> {
        Self::new(id)
    }
}

impl TryFrom<String> for DeployId {
    type Error = NameError;

    fn try_from(id: String) -> Result<Self, NameError> {
        Self::new(&id)
    }
}

impl From<DeployId> for String {
    fn from(id: DeployId) -> Self {
        id.as_str().to_owned()
    }
}
