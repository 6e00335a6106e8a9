//! Components whose instances can be made as new, and so be used again.
//!
//! A fresh instance costs several times what it then does for a small request.
//! What it is made of, though, is little: one memory, a few globals, and tables
//! that never change. So the function that the host calls is replaced by one that
//! calls it and then puts all of that back as it was when the instance was made.
//! The component can't prevent that, can't see it, and finds nothing of what was
//! there before: the next call is the first, for all that it can tell.
//!
//! ```text
//! handle' = if used { _initialize() } else { used = true }
//!           result = handle()
//!           if memory hasn't grown { memory = as at first; globals = as at first }
//!           result
//! ```
//!
//! That is the compiler's part. The host's is what an instance holds beyond its
//! own module ([`super::handles`]), and that none is used again that has trapped,
//! was given up, or has grown.
//!
//! Only what is understood in full is replaced. A component stays as it is, and
//! its instances are used once, if it
//!
//! - has several modules with a state: memories, or globals that change;
//! - has something run, or written to memory, when an instance is made, beyond
//!   that module's own data and `_initialize`;
//! - has a memory that is large, shared or of 64 bits: putting it back costs more
//!   than another one does;
//! - has an instruction that changes a table or drops a segment, or a type beyond
//!   functions: references could outlast a call there;
//! - makes several functions for the host, one with arguments, or with a function
//!   to be called after it; or has resources or asynchronous functions of its own;
//! - names the global that is added to it, which no valid one can.
//!
//! What comes of it is validated by wasmtime, as any component is: only of a valid
//! one can be said what it does.

mod component;
mod module;
mod renewal;
mod sections;

use component::Survey;
use module::Main;
use sections::Sections;

/// The component with instances that are as new after each call; the bytes of
/// one that is valid, unless one of the rules of validity has to do with what is
/// changed. None if it can't be made such a one, or is damaged.
pub(super) fn renewable(component: &[u8]) -> Option<Vec<u8>> {
    let survey = Survey::of(component)?;
    let main = Main::of(component.get(survey.module.clone())?, survey.handle)?;
    if main.initializes() != survey.initializes {
        return None;
    }
    Sections::of(component)?.with_module(&survey.module, main.renewable()?)
}

#[cfg(test)]
mod tests;
