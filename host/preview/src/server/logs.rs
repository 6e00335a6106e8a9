//! What happens on sites, for the API.

use crate::api::{Log, Logs};
use crate::journal::Journals;
use crate::names::DeployId;
use std::sync::Arc;

/// What happens on sites.
pub(super) struct SiteLogs(pub(super) Arc<Journals>);

impl Logs for SiteLogs {
    fn open(&self, id: &DeployId) -> Log {
        let (recent, next) = self.0.of(id.as_str()).follow();
        Log {
            recent,
            next: Some(next),
        }
    }
}
