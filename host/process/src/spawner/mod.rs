//! A process of its own that starts the scripts.
//!
//! The server's address space is huge, and a process that is to become another
//! user must be forked: copying the page tables alone takes milliseconds. So a
//! small process becomes that user once, when the server starts, and starts all
//! scripts, without forking. It outlives the server by as long as it takes to
//! end what runs: also a server that is killed leaves no script.
//!
//! 1. The server ([`handle`]) starts this same program again, with one end of a
//!    socket as its standard output, and as `nobody` if it is root itself.
//! 2. For each script it sends one message over that socket ([`wire`]): what to
//!    start ([`Order`](super::order::Order)), a socket for this script alone
//!    ([`control`]), and the script's ends of its pipes: two, or three for one
//!    that has input.
//! 3. The spawner ([`process`]) answers over the new socket: that the script
//!    has started, or why not; then how it ended. The first is left out for one
//!    without input that ends at once. It closes the socket when nothing is
//!    left of the script's processes.
//! 4. When the server closes its end, or is gone, the script is ended. When the
//!    first socket is closed, the spawner ends after its last script.
//!
//! # Who trusts whom
//!
//! The spawner does what the server says. The server doesn't trust the spawner,
//! which runs as the scripts do, so that any of them can kill or stop it: what
//! it sends has a fixed size and names no process, and it has a limited time
//! for it. One that is silent is killed; the next script gets another, and
//! those that ran are reported as failed, and killed by the server, which takes
//! them in.
//!
//! It isn't dumpable (`PR_SET_DUMPABLE`), so that scripts can't trace it or
//! take its descriptors. It does without `PR_SET_NO_NEW_PRIVS`, which scripts
//! would inherit: those that send mail start a set-group-ID program.

mod control;
mod handle;
mod live;
mod order_bytes;
mod process;
mod report;
mod script;
mod wire;

pub(crate) use handle::Spawner;
pub use process::run_cgi_spawner;
pub(crate) use script::Script;
