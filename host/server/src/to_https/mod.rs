//! Requests that come in clear where HTTPS is served.
//!
//! * On the port that speaks TLS: [`turn_away`] says by 400 where to go, as a
//!   client that sent no TLS couldn't read an alert.
//! * On a port of its own ([`Redirect`]): each request is sent on to the same place by
//!   HTTPS, and its connection closed. Nothing else is ever answered there but what an
//!   authority of ACME asks for, and no handler hears of it.

mod answer;
mod connection;
mod request;

pub(crate) use answer::is_in_clear;
pub(crate) use connection::{Redirect, serve, turn_away};
