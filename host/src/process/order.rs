//! What it takes to start a program, wherever that is done: in this process,
//! or in the spawner's, which gets it as bytes.

use super::environment::Environment;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// A program to start. Its only argument is its own path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) path: PathBuf,
    /// The working directory.
    pub(super) directory: PathBuf,
    /// The whole environment.
    pub(super) environment: Environment,
}

impl Order {
    /// As bytes: each string after its length. The two paths, then names and
    /// values in turn.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut push = |string: &OsStr| {
            // What can be started at all is far shorter.
            let length = u32::try_from(string.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_ne_bytes());
            bytes.extend(string.as_bytes());
        };
        push(self.path.as_os_str());
        push(self.directory.as_os_str());
        for (name, value) in &self.environment {
            push(name);
            push(value);
        }
        bytes
    }

    /// Undoes [`Order::encode`]. None for what it didn't make.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut order = Self {
            path: take(&mut bytes)?.into(),
            directory: take(&mut bytes)?.into(),
            environment: Environment::new(),
        };
        while !bytes.is_empty() {
            let name = take(&mut bytes)?;
            order.environment.insert(name, take(&mut bytes)?);
        }
        Some(order)
    }
}

/// Takes a string off the front.
fn take(bytes: &mut &[u8]) -> Option<OsString> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_ne_bytes(*length)).ok()?;
    let (string, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(OsString::from_vec(string.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        let not_utf8 = OsString::from_vec(b"\xff\n=".to_vec());
        Order {
            path: "/srv/cgi-bin/run".into(),
            directory: PathBuf::from(&not_utf8),
            environment: Environment::from([
                ("EMPTY".into(), OsString::new()),
                ("HTTP_X".into(), not_utf8),
            ]),
        }
    }

    #[test]
    fn an_order_survives_the_way() {
        assert_eq!(Order::decode(&order().encode()), Some(order()));
    }

    #[test]
    fn what_is_cut_short_is_no_order() {
        let bytes = order().encode();
        let whole = |length: &usize| Order::decode(&bytes[..*length]).is_some();
        // The paths alone, and with each variable, are orders too.
        assert_eq!((0..=bytes.len()).filter(whole).count(), 3);
        let too_long = [u32::MAX.to_ne_bytes().as_slice(), b"abc"].concat();
        assert_eq!(Order::decode(&too_long), None);
    }
}
