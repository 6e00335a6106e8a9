//! What stands for the store where a handler is no component, as in its own tests: a map in
//! memory, which each thread has for itself.

use super::KeyValueError;
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static VALUES: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

#[derive(Debug)]
pub(super) struct Store;

#[expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "as a component has it"
)]
impl Store {
    pub(super) fn open() -> Result<Self, KeyValueError> {
        Ok(Self)
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(VALUES.with_borrow(|values| values.get(key).cloned()))
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        VALUES.with_borrow_mut(|values| values.insert(key.to_owned(), value.to_vec()));
        Ok(())
    }

    pub(super) fn set_all(&self, pairs: &[(String, Vec<u8>)]) -> Result<(), KeyValueError> {
        VALUES.with_borrow_mut(|values| values.extend(pairs.iter().cloned()));
        Ok(())
    }

    pub(super) fn remove(&self, key: &str) -> Result<(), KeyValueError> {
        VALUES.with_borrow_mut(|values| values.remove(key));
        Ok(())
    }

    pub(super) fn increment(&self, key: &str, by: u64) -> Result<u64, KeyValueError> {
        let wrong = |what: &str| KeyValueError::Other(what.to_owned());
        let number = match self.get(key)? {
            None => Some(0),
            Some(value) => String::from_utf8(value)
                .ok()
                .and_then(|text| text.parse::<u64>().ok()),
        };
        let number =
            number.ok_or_else(|| wrong("the key's value is no number in decimal digits"))?;
        let sum = number.checked_add(by);
        let sum = sum.ok_or_else(|| wrong("the sum would be too large"))?;
        self.set(key, sum.to_string().as_bytes())?;
        Ok(sum)
    }

    pub(super) fn keys(&self) -> Result<Vec<String>, KeyValueError> {
        Ok(VALUES.with_borrow(|values| values.keys().cloned().collect()))
    }
}
