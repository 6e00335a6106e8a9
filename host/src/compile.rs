//! `wasm-host compile`.

use crate::compiler::{self, CompileLimits};
use crate::numbers::whole;
use crate::progress;
use clap::Args;
use std::path::PathBuf;
use wasm_host_server::{Error, Limits};

/// Compile a handler component ahead of time, for `serve --allow-precompiled`.
///
/// The output is machine code for this machine and this version of wasm-host,
/// which another refuses. Unlike a component it has to be trusted. (Without it
/// `serve` keeps what it compiled in the user's cache, so that a second start is
/// as quick.)
#[derive(Debug, Args)]
pub(super) struct Compile {
    /// Component to compile.
    file: PathBuf,

    /// File to write [default: FILE with the suffix .cwasm].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Most memory of an instance, in MiB, as for serve.
    #[arg(long, value_name = "MIB", default_value = "64",
          value_parser = whole(1..=4096_u32), allow_negative_numbers = true)]
    memory: u32,

    #[command(flatten)]
    limits: CompileLimits,

    /// Show no progress [default: on a terminal].
    #[arg(short, long)]
    quiet: bool,
}

impl Compile {
    pub(super) fn run(self) -> Result<(), Error> {
        let output = self
            .output
            .unwrap_or_else(|| self.file.with_extension("cwasm"));
        let mut limits = Limits::default();
        limits.memory = self.memory as usize * 1024 * 1024;
        self.limits.put_into(&mut limits);
        let compiler = compiler::command();
        let what = format!("Compiling {}", self.file.display());
        progress::during(&what, self.quiet, || {
            wasm_host_server::precompile(&self.file, &output, &limits, &compiler)
        })
    }
}
