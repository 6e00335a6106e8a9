//! What the sender is told: once of itself, and then of each site.

use crate::as_text;
use serde::{Deserialize, Serialize};
use wasm_host_server::OutboundTarget;

/// How it is to work.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    /// Authorities in PEM that are trusted beside those that browsers trust.
    pub(super) roots: Option<String>,
    /// Whether it gives up all that it doesn't need.
    pub(super) is_locked_down: bool,
}

/// What a site's code may send, and where to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SiteGrant {
    /// Where its requests may go.
    #[serde(with = "as_text")]
    pub(crate) targets: Vec<OutboundTarget>,
    /// Which addresses they may reach, if these are among them, beside those that are
    /// everybody's.
    #[serde(with = "as_text")]
    pub(crate) addresses: Vec<OutboundTarget>,
    /// What is put into its requests.
    pub(crate) secrets: Vec<HiddenSecret>,
}

/// A secret that the site's code doesn't see.
#[derive(Serialize, Deserialize)]
pub(crate) struct HiddenSecret {
    /// What the code has in its place.
    pub(crate) placeholder: String,
    pub(crate) value: String,
    /// Whose it is to see.
    #[serde(with = "as_text")]
    pub(crate) hosts: Vec<OutboundTarget>,
}

/// Without its value.
impl std::fmt::Debug for HiddenSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HiddenSecret")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}
