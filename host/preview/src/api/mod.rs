//! The API to deploy to, under `/api/v1/` of the bare domain: JSON, tar, and content.
//!
//! 1. [`router`] has the token compared (`auth`) and picks the handler (`routes`).
//! 2. Handlers read what is asked for (`input`, `content`), have the store do it, and say
//!    what there is (`views`), or why not (`refusal`).
//!
//! What it doesn't know, it asks for by [`Urls`] and [`Checker`]. `document` describes it
//! for programs.

mod aliases;
mod auth;
mod blobs;
mod content;
mod deploys;
mod document;
mod gate;
mod guard;
mod hooks;
mod input;
mod logs;
mod making;
mod memory;
mod projects;
mod refusal;
mod routes;
mod secrets;
mod state;
mod tar;
#[cfg(test)]
pub(crate) mod tests;
mod views;

pub use auth::Peer;
pub use gate::{Gate, Verdict};
pub use hooks::{Candidate, Checker, Coder, Log, Logs, Urls};
pub use routes::router;
pub use state::{MEMORY, Setup, Times};
