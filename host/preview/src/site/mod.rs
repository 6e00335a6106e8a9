//! How a deploy is served: what it says of that itself, in `wasm-host.toml`, and what the
//! operator adds whatever it says.
//!
//! It is read twice: when a deploy is made, so that a mistake fails that, and when its
//! site is opened.

mod config;
mod fields;
mod problem;

pub use config::{NOT_FOUND_PAGE, SiteConfig};
pub use fields::protective_fields;
pub use problem::{Problem, Problems};

/// The file in which a site says how it is to be served. It isn't served itself.
pub const CONFIG_FILE: &str = "wasm-host.toml";

/// The longest such file, in bytes.
pub const MAX_CONFIG: u64 = 256 * 1024;
