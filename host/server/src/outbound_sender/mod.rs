//! Another process that sends a handler's requests, for a server that is to make no
//! connection itself: where requests go is decided there again, addresses are looked up
//! there, and whatever a request has to carry that the handler may not see is put in there.
//!
//! The two speak HTTP/2 over a pair of Unix sockets (`client`): each request with its whole
//! target, and each answer as it came, or, in place of one, a [`SendFailure`].

mod client;
mod failure;

pub use client::OutboundSender;
pub use failure::SendFailure;
