//! The API over real sockets, with what programs send to it, and what an attacker would.

mod aliases;
mod blobs;
mod connections;
mod declared;
mod deploys;
mod document;
mod full;
mod limits;
pub(crate) mod logs;
pub(crate) mod stage;
mod tar;
mod tokens;
