//! Scripts that run for a handler.
//!
//! `wasm_host_process` starts them and sees to their end. Here is a script as it
//! belongs to a connection ([`run`]), how a request's content reaches it ([`pump`])
//! and is kept for it meanwhile ([`spool`]), and scripts that are components
//! ([`sandbox`], with their [`pipe`]s), which are [`compiled`] (by [`making`]) once for as long as their
//! file's [`identity`] stays the same.

mod compiled;
mod content;
mod identity;
mod making;
mod pipe;
mod pump;
mod run;
mod sandbox;
mod spool;

pub(crate) use content::{ReadError, ScriptInput};
pub(crate) use making::make_script;
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use run::ScriptRun;
pub(crate) use run::Variables;
pub(crate) use sandbox::Sandbox;
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use spool::Spool;
pub(crate) use spool::{SpoolError, SpoolRoom, spool_directory};

use crate::logging::LogBudget;
use std::sync::Arc;
use wasm_host_process::Scripts;

/// What a server runs scripts with. None of it without `--cgi`.
#[derive(Clone)]
pub(crate) struct ScriptHost {
    pub(crate) scripts: Arc<Scripts>,
    pub(crate) sandbox: Arc<Sandbox>,
    /// Where content is kept for them.
    pub(crate) spools: Arc<SpoolRoom>,
    /// What they may log, together with the handler.
    pub(crate) log: Arc<LogBudget>,
}
