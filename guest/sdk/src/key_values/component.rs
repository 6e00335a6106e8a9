//! The store, as a component has it.

use super::KeyValueError;
use crate::bindings::key_values::wasi::keyvalue::{atomics, batch, store};

/// The one store that there is, by the name that others have for it, too.
const DEFAULT: &str = "default";

#[derive(Debug)]
pub(super) struct Store(store::Bucket);

impl From<store::Error> for KeyValueError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::AccessDenied | store::Error::NoSuchStore => Self::Denied,
            store::Error::Other(reason) => Self::Other(reason),
        }
    }
}

impl Store {
    pub(super) fn open() -> Result<Self, KeyValueError> {
        Ok(Self(store::open(DEFAULT)?))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.0.get(key)?)
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        Ok(self.0.set(key, value)?)
    }

    pub(super) fn set_all(&self, pairs: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        Ok(batch::set_many(&self.0, pairs)?)
    }

    pub(super) fn remove(&self, key: &str) -> Result<(), KeyValueError> {
        Ok(self.0.delete(key)?)
    }

    pub(super) fn increment(&self, key: &str, by: u64) -> Result<u64, KeyValueError> {
        Ok(atomics::increment(&self.0, key, by)?)
    }

    pub(super) fn keys(&self) -> Result<Vec<String>, KeyValueError> {
        let mut told = self.0.list_keys(None)?;
        let mut keys = told.keys;
        while let Some(cursor) = told.cursor {
            told = self.0.list_keys(Some(cursor))?;
            keys.append(&mut told.keys);
        }
        Ok(keys)
    }
}
