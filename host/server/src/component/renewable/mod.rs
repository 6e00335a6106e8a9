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
//! own module (`handler/handles.rs`), and that none is used again that has trapped,
//! was given up, or has grown.
//!
//! The steps:
//!
//! 1. [`validity`]: the component is valid, with a closed set of features.
//! 2. [`survey`]: which of its modules has the state, which function the host
//!    calls, and that nothing else has a state or runs when an instance is made.
//!    [`parts`] reads the component for that, and [`listed`] is what it may have.
//! 3. [`module`]: that module has nothing that isn't put back; and each other one
//!    has no state at all. [`core_parts`] reads a module, and [`operators`] its
//!    code.
//! 4. [`renewal`]: the function that puts memory and globals back.
//! 5. [`sections`]: the binary with that function in it.
//!
//! Only what is understood in full is replaced: sections, types, instructions and
//! options are allowed by list, and what isn't on it is refused with an
//! [`Obstacle`], which says why. A component then stays as it is, and its
//! instances are used once.
//!
//! What comes of it is validated by wasmtime, as any component is.

mod core_parts;
mod listed;
mod module;
mod obstacle;
mod operators;
mod parts;
mod renewal;
mod sections;
mod survey;
mod validity;

pub(crate) use obstacle::Obstacle;

use module::Main;
use sections::Sections;
use survey::Survey;

/// The component with instances that are as new after each call.
///
/// # Errors
///
/// It isn't valid, or has something that isn't understood in full.
pub(crate) fn renewable(component: &[u8]) -> Result<Vec<u8>, Obstacle> {
    let types = validity::types(component)?;
    let survey = Survey::of(component, &types)?;
    let main = Main::of(survey.module(component)?, survey.handle)?;
    if main.initializes() != survey.initializes {
        return Err(Obstacle::AtStart {
            what: "its module's `_initialize` isn't called when an instance is made",
        });
    }
    Sections::of(component)?.with_module(&survey.module, main.renewable()?)
}

#[cfg(test)]
mod tests;
