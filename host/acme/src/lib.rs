//! Certificates from an authority that speaks ACME (RFC 8555), such as Let's Encrypt:
//! obtained, kept, and renewed in time.
//!
//! The work is done by a process of its own, which the server starts before it gives up
//! what it doesn't need: the server's own process makes no connection, and never sees the
//! account's key. The two speak by a socket ([`messages`](Message)).
//!
//! 1. [`run_agent`] reads the certificates that are kept in the [`Store`], and hands them
//!    to the server. With these it serves at once, whether the authority is there or not.
//! 2. When one is missing, or two thirds of its time are over (`schedule`), a `session`
//!    with the authority is opened, whose requests are signed (`signing`) and bounded
//!    (`client`).
//! 3. `order` orders a certificate. The server shows what the authority asks for
//!    ([`Challenge`]): in a handshake (TLS-ALPN-01, RFC 8737), or, if that fails and the
//!    server has a plain port, at a path (HTTP-01, RFC 8555 section 8.3).
//! 4. The `certificate` is checked, kept, and handed to the server.
//! 5. A failure is tried again after a pause that doubles. What is there goes on.
//!
//! # Why the protocol is spoken here
//!
//! Each client of ACME that is published as a crate turns on features of `serde` or
//! `ring` which would have wasmtime be built anew. What is signed, encrypted and parsed
//! is so by `ring`, `rustls`, `hyper` and `serde_json`.
#![forbid(unsafe_code)]

mod agent;
mod certificate;
mod challenge;
mod client;
mod domain;
mod failure;
mod link;
mod messages;
mod order;
mod place;
mod schedule;
mod session;
mod signing;
mod socket;
mod store;

pub use agent::run_agent;
pub use certificate::Issued;
pub use challenge::Challenge;
pub use client::check_roots;
pub use domain::{Domain, DomainError};
pub use messages::{Assignment, Importance, MAX_LINE, Message, Reply};
pub use place::{DirectoryUrl, DirectoryUrlError};
pub use store::{Store, StoreError};
