//! `wasm-host`: Python's `http.server`, with every line of handler code inside
//! a WebAssembly sandbox.
//!
//! # Architecture
//!
//! Two halves, with the WIT package in `wit/` between them:
//!
//! * **This crate, the host**, owns the sockets, the limits and the
//!   components' lifetime. It neither reads nor writes HTTP: a connection is
//!   bytes to it, but for the short responses when no handler can answer. A
//!   standard component takes requests instead: for these alone, `proxy` has
//!   hyper read and write HTTP.
//! * **A component, the handler**, reads requests from its connection and
//!   writes responses to it. It sees one directory, read-only, a clock, a log,
//!   and what it is granted by name (`grants`); it can't open a socket. The one
//!   that serves files is embedded here, and built from the same SDK as anyone
//!   else's.
//!
//! # A request's way
//!
//! 1. `server` accepts the connection, on one of a thread a core, and waits
//!    until bytes arrive.
//! 2. `component` makes a fresh instance, or takes one that it has made as new,
//!    unless as many are in use as may: then the request waits a moment, or gets
//!    503.
//! 3. The handler reads and writes through `connection`, opens files through
//!    `files`, or `wasi:filesystem`; to send one it names a descriptor and a
//!    range, and the host moves the bytes.
//! 4. When the client has been quiet for a moment the instance is dropped, or
//!    put back as it was when it was made, and the connection goes back to
//!    waiting. Two clients never share memory with anything in it, unless `--instance-reuse` lets those of a `wasi:http` component.
//!
//! A trap, a time limit or a memory limit ends that instance and its
//! connection, and nothing else.
// Not `forbid`: code that was compiled ahead of time can only be trusted, which
// `component::precompiled` does.
#![deny(unsafe_code)]

mod beneath;
mod bindings;
mod component;
mod connection;
mod error;
mod files;
mod grants;
mod guest_output;
mod inspect;
mod logging;
mod process;
mod proxy;
mod scripts;
mod server;
mod server_info;
mod state;

pub use component::{ComponentSource, precompile};
pub use error::Error;
pub use grants::{
    Access, DirectoryGrant, DirectoryGrantError, GrantError, GrantOptions, OutboundTarget,
    OutboundTargetError,
};
pub use inspect::{Grant, Inspection, World, inspect};
pub use logging::{ACCESS_TARGET, HANDLER_TARGET};
#[cfg(target_os = "linux")]
pub use process::run_cgi_spawner;
pub use server::{
    CgiOptions, HttpServer, HttpServerBuilder, Isolation, Limits, ReloadHandle, ShutdownHandle,
    ThreadingHttpServer,
};
