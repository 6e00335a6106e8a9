//! Why a component's instances are used once: what the log says, and `inspect`.
//!
//! A text goes on where "instances are used again: no," ends. It says what was met
//! and, where a handler's author can do something, what.

use std::fmt;
use wasmparser::Error;

/// KiB of a page of memory.
const PAGE: u64 = 64;

/// What keeps a component from being made one whose instances can be used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It isn't valid, whatever features there are.
    Damaged { detail: String },
    /// It is valid, with features of WebAssembly that aren't thought about here.
    Feature { detail: String },
    /// Its types and components may be so deep in each other that to read them
    /// takes the stack of the one who reads.
    Nested { levels: usize, most: usize },
    /// Its module has no memory to put back.
    NoMemory,
    /// To put its memory back costs more than another instance does.
    LargeMemory { pages: u64, most: u64 },
    /// Something besides its one module has a state.
    OtherState { what: &'static str },
    /// Something besides `_initialize` is done when an instance is made.
    AtStart { what: &'static str },
    /// What the host calls isn't the one function that can be replaced.
    Function { met: String },
    /// Its code has an instruction that isn't on the list.
    Instruction { name: String, why: &'static str },
    /// It has something that isn't on the lists of what is understood.
    Unknown { what: String },
    /// Its parts are put together in another way than the linker of components does it.
    Shape { met: String, expected: &'static str },
}

impl Obstacle {
    /// Of something that isn't on the list of what is understood.
    pub(super) fn unknown(what: impl Into<String>) -> Self {
        Self::Unknown { what: what.into() }
    }

    pub(super) fn shape(met: impl Into<String>, expected: &'static str) -> Self {
        Self::Shape {
            met: met.into(),
            expected,
        }
    }

    /// Of a number that stands for nothing. No valid component has one.
    pub(super) fn missing(what: &str) -> Self {
        Self::Damaged {
            detail: format!("a {what} that it refers to isn't there"),
        }
    }
}

impl From<Error> for Obstacle {
    fn from(error: Error) -> Self {
        Self::Damaged {
            detail: error.to_string(),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { detail } => write!(formatter, "it isn't valid: {detail}"),
            Self::Feature { detail } => write!(
                formatter,
                "it uses a feature of WebAssembly that isn't understood here: {detail}; build it without that"
            ),
            Self::Nested { levels, most } => write!(
                formatter,
                "its types and components may be nested {levels} deep, and {most} is the most; give its world fewer interfaces"
            ),
            Self::NoMemory => {
                formatter.write_str("its module has no memory, or begins with an empty one")
            }
            Self::LargeMemory { pages, most } => write!(
                formatter,
                "its memory begins with {} KiB, and {} KiB is the most that is put back; link it with a smaller stack, as by `-C link-arg=-zstack-size=65536`, and with less static data",
                pages.saturating_mul(PAGE),
                most.saturating_mul(PAGE)
            ),
            Self::OtherState { what } => write!(
                formatter,
                "{what}, and only the memory and the globals of one module are put back"
            ),
            Self::AtStart { what } => write!(
                formatter,
                "{what}, and only the module's own data and `_initialize` are done again for the next call"
            ),
            Self::Function { met } => write!(
                formatter,
                "{met}, and what is replaced is one function, without arguments, that returns a small number or a case of an enum"
            ),
            Self::Instruction { name, why } => {
                write!(
                    formatter,
                    "its code has the instruction `{name}`, which {why}"
                )
            }
            Self::Unknown { what } => {
                write!(formatter, "it has {what}, which isn't understood here")
            }
            Self::Shape { met, expected } => write!(
                formatter,
                "it isn't put together as `wasm-component-ld` does it: {met}, where {expected} is expected"
            ),
        }
    }
}

impl std::error::Error for Obstacle {}
