//! `wasm-host previews`: what there is, and what is done with it.
//!
//! Each function asks the API and returns what it says, which is printed as a table
//! ([`Table`]) or as JSON.

mod aliases;
mod calls;
mod reference;
mod secrets;
mod tables;

pub use aliases::aliases;
pub use calls::{collect, history, list, logs, move_alias, remove, remove_project, rollback, show};
pub use reference::{Found, Reference};
pub use secrets::{remove_secret, secrets, set_secret};
pub use tables::Table;
