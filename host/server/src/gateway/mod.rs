//! The gateway: HTTP as clients speak it, for handlers of our own world, which know
//! HTTP/1.1 and one connection at a time, and for components of `wasi:http`.
//!
//! A request's way over HTTP/2:
//!
//! 1. [`http2`] serves a client's connection: `h2` reads and writes it by [`client_io`].
//!    What comes is counted ([`state`]): the [`frames`] are followed, the client is to be
//!    [`calm`], and what it is late with is [`watch`]ed. What goes, the [`wire`] puts
//!    together.
//! 2. [`lanes`] has each request answered in a task of its own, by a connection to the
//!    handler within this process ([`inner`]).
//! 3. [`exchange`] hands on the [`request`] and its [`content`] ([`upload`]), reads the
//!    [`answer`] as strictly as it can be, and sends it as the client takes it
//!    ([`download`]).
//!
//! A component of `wasi:http` is given requests as they are ([`requests`]).
//!
//! Where a handler isn't to be trusted with its clients' connections, hyper serves those
//! of HTTP/1.1 ([`http1`]), and a connection to the handler is for one request.
//!
//! Nothing that a handler writes reaches a client of the gateway unparsed. What a
//! connection of HTTP/1.1 may use, and for how long, one of HTTP/2 may and no more; each
//! of its requests asks for an instance like any other.

mod answer;
mod backend;
mod calm;
mod client_io;
mod content;
mod download;
mod ending;
mod exchange;
mod frames;
mod http1;
mod http2;
mod inner;
mod lanes;
mod open_stream;
mod patience;
mod request;
mod requests;
mod response;
mod signal;
mod state;
mod unread;
mod upload;
mod watch;
mod watchdog;
mod wire;

pub(crate) use backend::Backend;
pub(crate) use http1::serve as serve_http1;
pub(crate) use http2::serve as serve_http2;
pub(crate) use inner::Handlers;
pub(crate) use requests::Requests;
