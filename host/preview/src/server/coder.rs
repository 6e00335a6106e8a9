//! Makes code of sites ready to be run, for the API.

use crate::api::Coder;
use crate::code::Code;
use crate::digest::Digest;
use crate::names::{DeployId, ProjectName};
use crate::runners::Runners;
use bytes::Bytes;
use std::io;
use std::sync::Arc;

/// Compiles what is deployed.
pub(super) struct SiteCoder {
    pub(super) code: Arc<Code>,
    pub(super) runners: Arc<Runners>,
}

impl Coder for SiteCoder {
    fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), String> {
        let compiled = self.code.compile(digest, component.into());
        compiled.map(drop).map_err(|error| error.to_string())
    }

    fn grant_anew(&self, deploy: &DeployId) {
        self.runners.stop(deploy);
    }

    fn forget(&self, project: &ProjectName) -> io::Result<()> {
        self.runners.forget(project)
    }
}
