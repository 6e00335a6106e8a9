//! `wasm-host write-embedded`: what a release's second build embeds. `.ci/release` calls it.

use clap::Args;
use std::path::PathBuf;
use wasm_host_server::Error;

/// Write the component in this binary, and its machine code.
#[derive(Debug, Args)]
pub(super) struct Embedded {
    /// Folder to write them into, as default.wasm and default.cwasm.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Embedded {
    pub(super) fn run(&self) -> Result<(), Error> {
        wasm_host_server::write_embedded(&self.folder)
    }
}
