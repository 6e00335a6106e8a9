//! The API over real sockets, with what programs send to it, and what an attacker would.

mod aliases;
mod blobs;
mod connections;
mod declared;
mod deploys;
mod document;
mod full;
pub(crate) mod hooks;
mod limits;
pub(crate) mod logs;
mod secrets;
mod serve;
pub(crate) mod stage;
mod tar;
mod tokens;
