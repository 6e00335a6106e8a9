//! Values by keys that stay when the instance is gone: what a handler may keep, if it was
//! granted a store (`serve --keyvalue FILE`, or `keyvalue = true` in a preview's
//! `wasm-host.toml`).
//!
//! ```
//! use wasm_host_sdk::key_values::KeyValues;
//!
//! fn count_visit() -> wasm_host_sdk::Result<u64> {
//!     let values = KeyValues::open()?;
//!     values.set("last", b"somebody")?;
//!     Ok(values.increment("visits", 1)?)
//! }
//! assert_eq!(count_visit()?, 1);
//! assert_eq!(count_visit()?, 2);
//!
//! let values = KeyValues::open()?;
//! assert_eq!(values.get("last")?.as_deref(), Some(&b"somebody"[..]));
//! values.set_all(&[("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"2".to_vec())])?;
//! values.remove("b")?;
//! assert_eq!(values.keys()?.len(), 3);
//! assert!(values.increment("last", 1).is_err());
//! # Ok::<(), wasm_host_sdk::Error>(())
//! ```
//!
//! A key has up to 1 KiB, a value up to 1 MiB, and the owner of the server says how much
//! there may be in all. What was set is on the disk when the call returns. It is
//! `wasi:keyvalue@0.2.0-draft`, which other hosts have, too. Where a handler is no component,
//! as in its own tests, a map in memory stands for it, which each thread has for itself.

#[cfg(target_family = "wasm")]
mod component;
#[cfg(not(target_family = "wasm"))]
mod memory;

#[cfg(target_family = "wasm")]
use component::Store;
#[cfg(not(target_family = "wasm"))]
use memory::Store;

use std::io;

/// A store of values by keys.
#[derive(Debug)]
pub struct KeyValues(Store);

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
        Store::open().map(Self)
    }

    /// The value of a key. None: there is no such key.
    ///
    /// # Errors
    ///
    /// See [`KeyValueError`], as for all of these.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.0.get(key)
    }

    /// Sets the value of a key, whether there is one or not.
    ///
    /// # Errors
    ///
    /// There would be too much then, or it is too long.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0.set(key, value)
    }

    /// Sets several, all of them or none.
    ///
    /// # Errors
    ///
    /// There would be too much then, or one is too long.
    pub fn set_all(&self, pairs: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        self.0.set_all(pairs)
    }

    /// Removes a key with its value, if it is there.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn remove(&self, key: &str) -> Result<(), KeyValueError> {
        self.0.remove(key)
    }

    /// Adds to the number that a key has, or to 0 if there is no such key, and gives the
    /// sum. Nobody else comes in between.
    ///
    /// # Errors
    ///
    /// What the key has is no number, or the sum would be too large for one.
    pub fn increment(&self, key: &str, by: u64) -> Result<u64, KeyValueError> {
        self.0.increment(key, by)
    }

    /// All keys, in no particular order.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn keys(&self) -> Result<Vec<String>, KeyValueError> {
        self.0.keys()
    }
}
