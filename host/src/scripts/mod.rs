//! The `process` interface: scripts that run for a handler.
//!
//! [`crate::process`] runs them; here is what a handler sees of that, how a
//! request's content reaches a script (`pump`), and scripts that are
//! components (`sandbox`, with their `pipe`s).

mod handler_calls;
mod pipe;
mod pump;
mod sandbox;

#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use handler_calls::ScriptRun;
pub(crate) use sandbox::Sandbox;

use crate::process::Scripts;
use std::sync::Arc;

/// What a server runs scripts with. None of it without `--cgi`.
#[derive(Clone)]
pub(crate) struct ScriptHost {
    pub(crate) scripts: Arc<Scripts>,
    pub(crate) sandbox: Arc<Sandbox>,
}
