//! What every page needs.

use super::sessions::{Sessions, secret};
use crate::api::{Gate, Urls};
use crate::journal::Journals;
use crate::store::Store;
use std::sync::{Arc, Mutex, PoisonError};

/// What the pages are made of.
pub struct DashboardOptions {
    /// What is shown.
    pub store: Store,
    /// What lets in.
    pub gate: Gate,
    /// What happens on sites.
    pub journals: Arc<Journals>,
    /// Where sites are.
    pub urls: Arc<dyn Urls>,
    /// Whether browsers come by HTTPS: the cookie is kept to that then.
    pub is_encrypted: bool,
}

/// The path of a link that lets in once.
#[derive(Debug, Clone)]
pub struct OneTimeLink(String);

impl OneTimeLink {
    /// The path, from the server's own host.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }
}

/// What every page has at hand.
pub(super) struct State {
    pub(super) options: DashboardOptions,
    pub(super) sessions: Sessions,
    code: Mutex<Option<String>>,
}

/// As handlers have it.
pub(super) type Shared = axum::extract::State<Arc<State>>;

impl State {
    pub(super) fn new(options: DashboardOptions) -> (Self, OneTimeLink) {
        let code = secret();
        let link = OneTimeLink(format!("/login/{code}"));
        let state = Self {
            options,
            sessions: Sessions::default(),
            code: Mutex::new(Some(code)),
        };
        (state, link)
    }

    /// Whether this is the code of the link, which is good for nothing from here on.
    pub(super) fn takes_code(&self, code: &str) -> bool {
        let mut kept = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = kept.as_deref().is_some_and(|kept| same(kept, code));
        if is_it {
            *kept = None;
        }
        is_it
    }
}

/// Whether two texts are the same, in a time that doesn't say where they differ.
pub(super) fn same(one: &str, other: &str) -> bool {
    use subtle::ConstantTimeEq;
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
