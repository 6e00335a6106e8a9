//! What can be done with a store.

use serde::{Deserialize, Serialize};

/// The longest key, in bytes.
pub(super) const MAX_KEY: usize = 1024;

/// The longest value, in bytes.
pub(super) const MAX_VALUE: usize = 1024 * 1024;

/// The most that one operation says, or is answered with, in bytes: some keys, or values.
pub(super) const MAX_MESSAGE: usize = 8 * 1024 * 1024;

/// The most keys that are listed at once.
pub(super) const LISTED: usize = 1000;

/// Something that is done with a store, whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Operation {
    /// The values of keys.
    Get(Vec<String>),
    /// Which of the keys are there.
    Exist(Vec<String>),
    /// Keys get values.
    Set(Vec<(String, Vec<u8>)>),
    /// Keys are removed.
    Delete(Vec<String>),
    /// The number that a key has grows.
    Increment(String, u64),
    /// Keys are told, from that one on.
    List(u64),
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// Of each key.
    Values(Vec<Option<Vec<u8>>>),
    /// Of each key.
    Are(Vec<bool>),
    Done,
    Sum(u64),
    /// Some keys, and from which on there are more.
    Keys(Vec<String>, Option<u64>),
    /// It isn't done, in words.
    Refused(String),
}

impl Operation {
    /// # Errors
    ///
    /// It says more than it may.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut size = 0;
        let mut key = |key: &str| {
            size += key.len();
            match key.len() {
                0 => Err("the key is empty".to_owned()),
                length if length > MAX_KEY => {
                    Err(format!("the key has {length} bytes, {MAX_KEY} is the most"))
                }
                _ => Ok(()),
            }
        };
        match self {
            Self::Get(keys) | Self::Exist(keys) | Self::Delete(keys) => {
                keys.iter().try_for_each(|it| key(it))?;
            }
            Self::Set(pairs) => {
                for (name, value) in pairs {
                    key(name)?;
                    let length = value.len();
                    if length > MAX_VALUE {
                        return Err(format!(
                            "the value has {length} bytes, {MAX_VALUE} is the most"
                        ));
                    }
                }
                size += pairs.iter().map(|(_, value)| value.len()).sum::<usize>();
            }
            Self::Increment(name, _) => key(name)?,
            Self::List(_) => {}
        }
        // Half of it is room for lengths.
        match size > MAX_MESSAGE / 2 {
            true => Err(format!(
                "there are {size} bytes at once, {} is the most",
                MAX_MESSAGE / 2
            )),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_an_end_to_what_is_said() {
        let key = "k".repeat(MAX_KEY);
        let value = vec![0; MAX_VALUE];
        assert!(
            Operation::Set(vec![(key.clone(), value.clone())])
                .check()
                .is_ok()
        );
        for bad in [
            Operation::Get(vec![String::new()]),
            Operation::Exist(vec!["a".to_owned(), key.clone() + "k"]),
            Operation::Increment(key.clone() + "k", 1),
            Operation::Set(vec![(key.clone(), vec![0; MAX_VALUE + 1])]),
            Operation::Set(vec![(key.clone(), value); 5]),
            Operation::Delete(vec![key; 5_000]),
        ] {
            assert!(bad.check().is_err());
        }
    }
}
