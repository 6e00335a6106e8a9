//! Values by keys that stay when the instance is gone: what a handler may keep, if it was
//! granted a store (`serve --keyvalue FILE`, or `keyvalue = true` in a preview's
//! `wasm-host.toml`).
//!
//! ```no_run
//! use wasm_host_sdk::key_values::KeyValues;
//!
//! fn count_visit() -> wasm_host_sdk::Result<u64> {
//!     let values = KeyValues::open()?;
//!     values.set("last", b"somebody")?;
//!     assert_eq!(values.get("last")?.as_deref(), Some(&b"somebody"[..]));
//!     Ok(values.increment("visits", 1)?)
//! }
//! ```
//!
//! A key has up to 1 KiB, a value up to 1 MiB, and the owner of the server says how much
//! there may be in all. What was set is on the disk when the call returns. It is
//! `wasi:keyvalue@0.2.0-draft`, which other hosts have, too.

use crate::bindings::key_values::wasi::keyvalue::{atomics, batch, store};
use std::io;

/// The one store that there is, by the name that others have for it, too.
const DEFAULT: &str = "default";

/// A store of values by keys.
#[derive(Debug)]
pub struct KeyValues(store::Bucket);

/// Why something isn't done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyValueError {
    /// The handler wasn't granted a store.
    #[error("no store of values was granted: `wasm-host serve --keyvalue FILE` grants one")]
    Denied,
    /// There is too much, a key or a value is too long, or the disk fails.
    #[error("{0}")]
    Other(String),
}

impl From<store::Error> for KeyValueError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::AccessDenied | store::Error::NoSuchStore => Self::Denied,
            store::Error::Other(reason) => Self::Other(reason),
        }
    }
}

impl From<KeyValueError> for crate::Error {
    fn from(error: KeyValueError) -> Self {
        Self::Io(io::Error::other(error))
    }
}

impl KeyValues {
    /// Opens the store.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn open() -> Result<Self, KeyValueError> {
        Ok(Self(store::open(DEFAULT)?))
    }

    /// The value of a key. None: there is no such key.
    ///
    /// # Errors
    ///
    /// See [`KeyValueError`], as for all of these.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.0.get(key)?)
    }

    /// Sets the value of a key, whether there is one or not.
    ///
    /// # Errors
    ///
    /// There would be too much then, or it is too long.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        Ok(self.0.set(key, value)?)
    }

    /// Sets several, all of them or none.
    ///
    /// # Errors
    ///
    /// There would be too much then, or one is too long.
    pub fn set_all(&self, pairs: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        Ok(batch::set_many(&self.0, pairs)?)
    }

    /// Removes a key with its value, if it is there.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn remove(&self, key: &str) -> Result<(), KeyValueError> {
        Ok(self.0.delete(key)?)
    }

    /// Adds to the number that a key has, or to 0 if there is no such key, and gives the
    /// sum. Nobody else comes in between.
    ///
    /// # Errors
    ///
    /// What the key has is no number, or the sum would be too large for one.
    pub fn increment(&self, key: &str, by: u64) -> Result<u64, KeyValueError> {
        Ok(atomics::increment(&self.0, key, by)?)
    }

    /// All keys, in no particular order.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn keys(&self) -> Result<Vec<String>, KeyValueError> {
        let mut told = self.0.list_keys(None)?;
        let mut keys = told.keys;
        while let Some(cursor) = told.cursor {
            told = self.0.list_keys(Some(cursor))?;
            keys.append(&mut told.keys);
        }
        Ok(keys)
    }
}
