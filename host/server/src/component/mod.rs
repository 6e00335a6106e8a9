//! Components: reading one, recognising what it is, compiling it, and what its
//! instances may use. What an instance does is for `handler` and `proxy` to know.

mod allowance;
mod binary;
mod cache;
mod compiled;
mod compiler;
mod embedded;
mod engine;
mod file;
mod instance_limits;
mod making;
mod memory;
mod nesting;
mod only_ours;
mod precompiled;
mod recognise;
mod renewable;
mod served_world;
mod slot;
mod source;
mod turns;
mod vetted;
mod wit_package;
mod world;

pub(crate) use allowance::Allowance;
pub use binary::InstanceUse;
pub(crate) use binary::{Binary, Compiled, first_line};
pub(crate) use cache::{cache_directory, usable_directory as usable_cache_directory};
pub use compiled::CompiledComponent;
pub(crate) use compiler::{CompileFailure, Compiler, Job, Made, Purpose};
pub use embedded::write_embedded;
pub(crate) use engine::for_compiling as compiling_engine;
pub(crate) use file::read as read_file;
pub(crate) use instance_limits::{CpuTimeExceeded, InstanceLimits, on_epoch};
pub(crate) use making::make;
pub(crate) use memory::{MemoryExceeded, MemoryShares};
pub(crate) use recognise::{Format, damage, is_core_module};
pub(crate) use served_world::ServedWorld;
pub(crate) use slot::Slot;
pub use source::ComponentSource;
pub(crate) use turns::run as run_turns;
pub use vetted::READING_THREAD;
pub(crate) use vetted::{Unreadable, Vetted};
pub(crate) use wit_package::{WIT_PACKAGE, is_wit_package};
pub use world::World;
