//! `wasmtime serve`, as another host of the same components.

use super::log::Log;
use super::skip::skipped;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// What it says on stderr before its address.
const ANNOUNCEMENT: &str = "Serving HTTP on http://";

/// A running `wasmtime serve`, killed when dropped.
pub(crate) struct Wasmtime {
    child: Child,
    log: Arc<Log>,
    pub(crate) address: SocketAddr,
}

impl Wasmtime {
    /// Serves a component with the options that the SDK's `wasi_http` page
    /// gives, and others. None (which is printed) where there is no wasmtime:
    /// neither the file that WASMTIME names, nor one on PATH.
    #[track_caller]
    pub(crate) fn serving(component: &Path, options: &[OsString]) -> Option<Self> {
        let program = std::env::var_os("WASMTIME").unwrap_or_else(|| "wasmtime".into());
        let mut command = Command::new(program);
        command
            .args(["serve", "-S", "cli", "--addr", "127.0.0.1:0"])
            .args(options)
            .arg(component)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                skipped(&format!("wasmtime (WASMTIME or PATH): {error}"));
                return None;
            }
        };
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let log = Log::follow("wasmtime's log".to_owned(), stderr);
        let line = log.wait(|line| line.contains(ANNOUNCEMENT));
        let (_, rest) = line.split_once(ANNOUNCEMENT).expect("it was waited for");
        let address = rest.trim_end_matches('/').parse();
        Some(Self {
            child,
            log,
            address: address.unwrap_or_else(|_| panic!("{line:?} has no address")),
        })
    }

    /// Waits for a line on stderr, past or future.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, wanted: impl Fn(&str) -> bool) {
        self.log.wait(wanted);
    }
}

impl Drop for Wasmtime {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
