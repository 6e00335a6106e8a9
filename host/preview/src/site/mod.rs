//! How a deploy is served: what it says of that itself, in `wasm-host.toml`, `_redirects`
//! and `_headers`, and what the operator adds whatever it says.
//!
//! It is read twice: when a deploy is made, so that a mistake fails that, and when its
//! site is opened.

mod config;
mod problem;
mod rules;
mod tree;
mod variables;

pub(crate) use config::PROTECTIVE;
pub use config::{SiteConfig, SiteFiles};
pub use problem::{Placed, Problem, Problems};

pub use tree::TreeError;

/// The file in which a site says how it is to be served.
pub const CONFIG_FILE: &str = "wasm-host.toml";

/// The longest file that says how a site is served, in bytes.
pub const MAX_CONFIG: u64 = 1024 * 1024;
