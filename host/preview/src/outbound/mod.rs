//! Requests that sites' code sends to other hosts.
//!
//! A runner has no network: whatever its code becomes, it connects to nobody. What it may
//! ask, another process asks for it, the *sender*, which the server starts before it gives
//! up starting any (`handle`), and which keeps nothing but connections (`agent`).
//!
//! 1. The server makes a pair of sockets for each runner of a site that may send requests.
//!    It gives one end to the runner, and the other to the sender, with what it is told of
//!    the site (`grant`).
//! 2. For each request that comes by that, the sender decides once more whether it may go
//!    where it is to go (`send`), looks up the host's addresses, and leaves out those that
//!    aren't everybody's (`address`): those of this machine, and of networks that only it
//!    reaches.
//! 3. The code knows placeholders in place of a site's secrets. The sender puts the values
//!    into the fields of requests to those hosts that they are for (`placeholder`), so that
//!    no memory of the runner's ever has them.
//! 4. The answer is handed on as it comes.

mod address;
mod agent;
mod grant;
mod handle;
mod placeholder;
mod send;
mod tls;

pub use agent::run_sender;
pub(crate) use grant::{HiddenSecret, SiteGrant};
pub use handle::Sender;
pub(crate) use placeholder::placeholder;
pub use tls::check_roots;
