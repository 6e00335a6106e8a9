//! Previews of sites that nobody has to trust.
//!
//! A deploy is a folder of files, kept by what they contain; its URL is its own, and its
//! bytes are the same for ever. An alias is a name that moves from deploy to deploy.
//! `store` keeps both, `api` is how they are made, over HTTP, and `client` is the other
//! end of that: `wasm-host deploy`.

pub mod api;
mod as_text;
mod attendant;
pub mod client;
pub mod code;
mod connection_fields;
pub mod dashboard;
pub mod digest;
pub mod journal;
pub mod keeper;
mod length_prefix;
pub mod limits;
pub mod manifest;
pub mod names;
pub mod outbound;
pub mod policy;
pub mod runner;
pub mod runners;
pub mod secrets;
pub mod server;
pub mod site;
pub mod sites;
mod socket;
pub mod store;
mod text_place;
pub mod token;
mod trust;
pub mod wire;
