//! Components: loading one, recognising what it is, and running its instances.

mod engine;
mod instance;
pub(crate) mod limits;
mod linker;
pub(crate) mod load;
mod slot;

pub(crate) use engine::{cache_directory, new as new_engine};
pub(crate) use instance::{Grants, Handler, Outcome};
pub use load::ComponentSource;
pub(crate) use load::load;
pub(crate) use slot::HandlerSlot;
