//! Runners: processes that each serve what one tenant has brought, for a server that is
//! locked down and starts nothing itself any more.
//!
//! 1. The server opens a [`RunnerSpawner`] while it may still start programs: this same
//!    program again (`spawner`), which starts runners and sees to their end.
//! 2. For each [`Runner`] it sends the spawner one end of three pairs (`handle`): the
//!    runner's standard input, by which the server then tells it what to do; its standard
//!    error; and its life.
//! 3. The spawner starts the program with its [`RunnerBounds`], and holds that life's end: a
//!    runner that has ended closes it, and one whose other end the server closes is
//!    killed.
//!
//! # Who trusts whom
//!
//! The spawner does what the server says, and is told no more than the bounds: what is
//! served, and the tenant's secrets, go from the server to the runner past it. Whatever a
//! runner becomes, it has the three ends and nothing else of the server. When the spawner
//! dies, its runners die with it; when the server does, so does all of it.

#[cfg(not(target_os = "linux"))]
mod absent;
mod bounds;
#[cfg(target_os = "linux")]
mod handle;
#[cfg(target_os = "linux")]
mod spawner;

#[cfg(not(target_os = "linux"))]
pub use absent::{Runner, RunnerSpawner, run_runner_spawner};
pub use bounds::RunnerBounds;
#[cfg(target_os = "linux")]
pub use handle::{Runner, RunnerSpawner};
#[cfg(target_os = "linux")]
pub use spawner::run_runner_spawner;

/// What `ps` shows of all of them.
#[cfg(target_os = "linux")]
const NAME: &str = "wasm-host";
