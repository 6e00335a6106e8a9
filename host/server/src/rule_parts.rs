//! The rules of a site, as parts that a handler asks for, and that mean nothing here.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The rules of a site, as small parts by key: what a handler gets by the contract's
/// `rules` interface. For the embedded handler they are what the crate `wasm-host-rules`
/// makes of a site's `_redirects` and `_headers`. A clone shares them.
///
/// ```
/// use wasm_host_server::{ResponseOptions, RuleParts, ThreadingHttpServer};
///
/// let parts: RuleParts = [(b"key".to_vec(), b"part".to_vec())].into_iter().collect();
/// let mut responses = ResponseOptions::default();
/// responses.rules = Some(parts);
/// let builder = ThreadingHttpServer::builder().responses(responses);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RuleParts(Arc<HashMap<Vec<u8>, Vec<u8>>>);

impl RuleParts {
    /// The part that is kept under a key.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice)
    }
}

impl FromIterator<(Vec<u8>, Vec<u8>)> for RuleParts {
    fn from_iter<I: IntoIterator<Item = (Vec<u8>, Vec<u8>)>>(parts: I) -> Self {
        Self(Arc::new(parts.into_iter().collect()))
    }
}

impl fmt::Debug for RuleParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RuleParts({} parts)", self.0.len())
    }
}

/// The parts that new instances are given, which others can take the place of.
#[derive(Debug, Clone, Default)]
pub struct RulesHandle(Arc<RwLock<RuleParts>>);

impl RulesHandle {
    pub(crate) fn new(parts: RuleParts) -> Self {
        Self(Arc::new(RwLock::new(parts)))
    }

    /// Has all that begins from now on be answered by these rules. What runs goes on by
    /// those that it began with.
    ///
    /// It has no effect on a server that was built without
    /// [`rules`](crate::ResponseOptions::rules), whose handler doesn't ask for any.
    pub fn replace(&self, parts: RuleParts) {
        // Nothing can panic while it is held.
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = parts;
    }

    pub(crate) fn current(&self) -> RuleParts {
        let parts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        parts.clone()
    }
}
