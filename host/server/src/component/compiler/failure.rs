//! Why a component isn't compiled.

use std::time::Duration;
use wasm_host_process::{WorkFailure, WorkLimits};

const MIB: u64 = 1024 * 1024;

/// Why a component isn't compiled, or machine code of it not loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileFailure {
    #[error(
        "it takes more than {0:?} of computing to compile, which is the most (--compile-time); allow it more, or build it smaller"
    )]
    Time(Duration),
    #[error(
        "it takes more than {0} MiB of memory to compile, which is the most (--compile-memory); allow it more, or build it smaller"
    )]
    Memory(u64),
    #[error("its machine code has more than {0} MiB, which is the most; build it smaller")]
    Code(u64),
    /// The process that compiles has gone wrong.
    #[error("it can't be compiled: the compiler has failed ({0})")]
    Broken(String),
    #[error("it can't be compiled: {0}")]
    NoWorker(std::io::Error),
    /// The code isn't for the engine.
    #[error("{0:#}")]
    Unusable(wasmtime::Error),
}

impl CompileFailure {
    pub(super) fn of(failure: WorkFailure, limits: &WorkLimits) -> Self {
        match failure {
            WorkFailure::TimeUp => Self::Time(limits.time),
            WorkFailure::OutOfMemory => Self::Memory(limits.memory / MIB),
            WorkFailure::TooLarge => Self::Code(limits.result / MIB),
            WorkFailure::NoWorker(error) => Self::NoWorker(error),
            failure => Self::Broken(failure.to_string()),
        }
    }
}
