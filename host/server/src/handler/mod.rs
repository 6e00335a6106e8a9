//! Our own world, `wasm-host:http/handler`: a handler is given a connection, and
//! reads and writes HTTP itself. All that a sandbox of this world can reach is in
//! this folder.
//!
//! 1. [`serve`] is a connection's life: it waits for a request, lets an instance
//!    handle it, and sends what is left.
//! 2. [`instance`] runs an instance: a fresh one, or one of the [`idle`] ones. It is
//!    only kept for later if its [`handles`] show nothing of what it has done.
//! 3. [`state`] is what an instance has: its connection, its files, its limits.
//! 4. [`imports`] are the functions that it can call, an interface a file.
//!    [`bindings`] are their types, generated from `wit/`.

mod bindings;
mod context;
mod handles;
mod idle;
mod imports;
mod instance;
mod serve;
mod state;
mod unknown_import;

pub(crate) use context::HandlerContext;
pub(crate) use idle::{allow as keep_idle, clear as drop_idle, share as idle_share};
pub(crate) use instance::Handler;
pub(crate) use serve::{Served, serve};
