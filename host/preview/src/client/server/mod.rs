//! Requests to a preview server.

mod address;
mod answer;
mod ask;
mod content;
mod lines;
mod once;
mod patience;
mod retry;
mod tls;

pub use address::{AddressError, DEFAULT_SERVER, ServerAddress};
pub(crate) use answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use content::{Content, Part};
pub use once::Server;
pub(crate) use retry::Twice;
