//! `wasm-host compiler`: what reads and compiles components of strangers, each within the
//! limits that are here, too. `serve`, `compile` and `inspect` start it for themselves.

use crate::numbers::{duration, whole};
use clap::Args;
use std::ffi::OsString;
use std::time::Duration;
use wasm_host_server::{Error, Limits};

/// Bytes.
const MEBIBYTE: usize = 1024 * 1024;

/// What the library has put there for itself.
#[derive(Debug, Args)]
pub(super) struct Compiler {
    #[arg(hide = true)]
    _arguments: Vec<OsString>,
}

/// How much reading and compiling a component may take.
#[derive(Debug, Args)]
pub(super) struct CompileLimits {
    /// Most memory to read and compile a component, in MiB; one that needs more is
    /// refused. For all but the embedded component, in a process of its own, on Linux.
    #[arg(long, value_name = "MIB", default_value = "2048",
          value_parser = whole(64..=1_048_576_u32), allow_negative_numbers = true)]
    compile_memory: u32,

    /// Longest time for computing to read and compile a component, on all cores
    /// together, rounded up to seconds; ten times as long by the clock. One that needs
    /// more is refused.
    #[arg(long, value_name = "TIME", default_value = "120s",
          value_parser = duration, allow_negative_numbers = true)]
    compile_time: Duration,
}

impl CompileLimits {
    pub(super) fn put_into(&self, limits: &mut Limits) {
        limits.compile_memory = self.compile_memory as usize * MEBIBYTE;
        limits.compile_time = self.compile_time;
    }
}

/// The command: this very program, also if its file was replaced.
pub(super) fn command() -> Vec<OsString> {
    if cfg!(target_os = "linux") {
        vec!["/proc/self/exe".into(), "compiler".into()]
    } else {
        Vec::new()
    }
}

/// Compiles a component, or has components compiled until the server is gone.
pub(super) fn run() -> Result<(), Error> {
    wasm_host_server::run_compiler().map_err(|error| Error::Compiler(error.to_string()))
}
