//! Standard components: `wasi:http/proxy@0.2.x` and `wasi:http/service@0.3.x`.
//!
//! They take requests, not connections, so here the host does HTTP, with
//! hyper. A request's way:
//!
//! 1. `connection` lets hyper read it, under the limits and the recall of any
//!    other connection ([`watchdog`]).
//! 2. `exchange` waits for a place among the instances, and hands it to the
//!    component by `wasmtime_wasi_http`'s `ProxyHandler`.
//! 3. `instances` makes the instance that takes it, and ends it when it has
//!    answered, when its client has gone, or when its time is up.
//!    What it makes the host keep, [`kept`] counts.
//!    A request of HTTP/2 comes by itself (`single`), from the gateway.
//! 4. `content` gives it the request's content, and `body` passes on what it
//!    answers; both know whether that was all.

mod access;
mod answer;
mod body;
mod connection;
mod content;
mod context;
mod counted;
mod exchange;
mod failure;
mod instances;
mod kept;
mod linker;
mod outbound;
mod progress;
mod single;
mod socket;
mod state;
mod ticket;
mod watchdog;

pub(crate) use access::Access;
pub(crate) use body::AnswerBody;
pub(crate) use connection::{Answerer, serve, serve_by};
pub(crate) use content::{Content, left};
pub(crate) use context::ProxyContext;
pub(crate) use instances::Instances;
pub(crate) use linker::link;
pub(crate) use progress::Progress;
pub(crate) use single::{Overdue, Single};
pub(crate) use state::ProxyState;
