//! A client's stream of bytes, whatever carries it.
//!
//! [`Connection`](crate::connection::Connection) and hyper work on a [`Stream`], and
//! neither learns what it is:
//!
//! * [`kernel`]: a socket of the system's, TCP or Unix. A file goes there by
//!   `sendfile(2)`.
//! * [`tls`]: such a socket, encrypted.
//! * [`pipe`]: two ends in this process. The gateway hands requests on by it.
//!
//! Nothing here waits longer than it is told to, and nothing is buffered beyond a bound
//! that the kind names.

mod any;
mod kernel;
mod peer;
mod pipe;
mod then;
mod tls;

pub(crate) use any::Stream;
#[allow(unused_imports, reason = "accepting from Unix sockets is to come")]
pub(crate) use kernel::KernelStream;
pub(crate) use peer::Peer;
pub(crate) use pipe::PipeEnd;
pub(crate) use then::Then;
