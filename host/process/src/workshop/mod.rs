//! Work on what strangers have made, such as compiling it, in a process of its own for
//! each piece: whatever that takes or becomes of it, this process goes on.
//!
//! 1. The server opens a [`Workshop`] while it may still start programs: this same
//!    program again, as a [`foreman`], which waits for orders and does nothing else.
//!    Who is never locked down needs none ([`Workshop::new`]).
//! 2. For each piece of work it puts the material into a file in memory, makes another
//!    for the result, and sends both with an [`Order`](order::Order) (`parcel`).
//! 3. The foreman starts this program as a [`worker`], waits for its end, and kills it
//!    when its time is over, or the server has gone ([`overseer`]).
//! 4. The worker puts the limits on itself, gives up all that it doesn't need, and only
//!    then reads the material, works, and writes the result.
//! 5. The foreman says what came of it ([`outcome`]). The server reads the result when
//!    the worker is dead, so that it doesn't change any more.
//!
//! # Who trusts whom
//!
//! A worker that what it works on has got hold of can still write any result. It can do
//! nothing else: it opens no file, starts no program, has no socket, sees no other
//! process, and has no more memory and computing time than any. The server trusts the
//! foreman, which reads nothing of the material or the result.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod foreman;
#[cfg(target_os = "linux")]
mod handle;
mod limits;
#[cfg(target_os = "linux")]
mod order;
mod outcome;
#[cfg(target_os = "linux")]
mod overseer;
#[cfg(target_os = "linux")]
mod worker;

#[cfg(not(target_os = "linux"))]
pub use absent::{Workshop, run_workshop};
#[cfg(target_os = "linux")]
pub use foreman::run_workshop;
#[cfg(target_os = "linux")]
pub use handle::Workshop;
pub use limits::WorkLimits;
pub use outcome::WorkFailure;

/// What `ps` shows of all of them.
#[cfg(target_os = "linux")]
const NAME: &str = "wasm-host";
