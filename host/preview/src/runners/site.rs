//! What a runner is for.

use crate::digest::Digest;
use crate::journal::Journal;
use crate::names::{DeployId, ProjectName, VariableName};
use std::path::PathBuf;
use std::sync::Arc;
use wasm_host_server::OutboundTarget;

/// A site with code.
#[derive(Debug)]
pub(crate) struct CodeSite {
    /// Its deploy.
    pub(crate) deploy: DeployId,
    /// The project of that.
    pub(crate) project: ProjectName,
    /// Its folder.
    pub(crate) tree: PathBuf,
    /// The digest of its component, which is in its folder.
    pub(crate) component: Digest,
    /// Where its code wants to send requests to.
    pub(crate) outbound: Vec<OutboundTarget>,
    /// Which secrets of its project it wants.
    pub(crate) secrets: Vec<VariableName>,
    /// Whether it keeps values.
    pub(crate) keeps_values: bool,
    /// Where what happens is kept.
    pub(crate) journal: Arc<Journal>,
}
