//! Why an instance failed: for its client, and for the log.

use crate::apology::Apology;
use crate::component::{CpuTimeExceeded, MemoryExceeded};
use crate::metrics::Event;
use wasmtime::WasmBacktrace;

/// What to tell the client.
pub(super) fn apology(error: &wasmtime::Error) -> Apology {
    if error.is::<CpuTimeExceeded>() {
        Apology::TimedOut
    } else if let Some(MemoryExceeded::All { .. }) = error.downcast_ref() {
        Apology::Busy
    } else {
        Apology::Trapped
    }
}

/// Which limit was reached, if one was.
pub(super) fn limit(error: &wasmtime::Error) -> Option<Event> {
    match apology(error) {
        Apology::TimedOut => Some(Event::ComputedTooLong),
        Apology::Busy => Some(Event::NoMemory),
        Apology::Trapped | Apology::HeadLate | Apology::ContentLate => None,
    }
}

/// What to log.
pub(super) fn describe(error: &wasmtime::Error) -> String {
    if let Some(exceeded) = error.downcast_ref::<CpuTimeExceeded>() {
        exceeded.to_string()
    } else if let Some(exceeded @ MemoryExceeded::All { .. }) = error.downcast_ref() {
        exceeded.to_string()
    } else if error.is::<WasmBacktrace>() {
        format!("handler trapped: {error:?}")
    } else {
        format!("handler failed: {error:#}")
    }
}
