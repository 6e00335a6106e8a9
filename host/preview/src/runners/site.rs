//! What a runner is for.

use crate::digest::Digest;
use crate::journal::Journal;
use crate::names::DeployId;
use std::path::PathBuf;
use std::sync::Arc;

/// A site with code.
#[derive(Debug)]
pub(crate) struct CodeSite {
    /// Its deploy.
    pub(crate) deploy: DeployId,
    /// Its folder.
    pub(crate) tree: PathBuf,
    /// The digest of its component, which is in its folder.
    pub(crate) component: Digest,
    /// Where what happens is kept.
    pub(crate) journal: Arc<Journal>,
}
