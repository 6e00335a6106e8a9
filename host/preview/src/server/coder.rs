//! Makes code of sites ready to be run, for the API.

use crate::api::Coder;
use crate::code::Code;
use crate::digest::Digest;
use bytes::Bytes;
use std::sync::Arc;

/// Compiles what is deployed.
pub(super) struct SiteCoder(pub(super) Arc<Code>);

impl Coder for SiteCoder {
    fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), String> {
        let compiled = self.0.compile(digest, component.into());
        compiled.map(drop).map_err(|error| error.to_string())
    }
}
