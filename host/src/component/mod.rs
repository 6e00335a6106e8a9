//! Components: loading one, recognising what it is, and running its instances.

mod engine;
pub(crate) mod file;
pub(crate) mod handles;
pub(crate) mod idle;
mod instance;
pub(crate) mod limits;
mod linker;
pub(crate) mod load;
mod precompile;
mod precompiled;
pub(crate) mod recognise;
mod renewable;
mod slot;
mod unknown_import;
mod world;

pub(crate) use engine::{cache_directory, new as new_engine};
pub(crate) use instance::{Grants, Handler, Outcome};
pub use load::ComponentSource;
pub(crate) use load::{Binary, Loaded};
pub use precompile::precompile;
pub(crate) use slot::{ComponentSlot, Slot};
