//! Why an instance failed: for its client, and for the log.

use crate::component::limits::CpuTimeExceeded;
use crate::server::Failure;
use wasmtime::WasmBacktrace;

/// What to tell the client.
pub(super) fn failure(error: &wasmtime::Error) -> Failure {
    if error.is::<CpuTimeExceeded>() {
        Failure::TimedOut
    } else {
        Failure::Trapped
    }
}

/// What to log.
pub(super) fn describe(error: &wasmtime::Error) -> String {
    if let Some(exceeded) = error.downcast_ref::<CpuTimeExceeded>() {
        exceeded.to_string()
    } else if error.is::<WasmBacktrace>() {
        format!("handler trapped: {error:?}")
    } else {
        format!("handler failed: {error:#}")
    }
}
