//! What is known of a site's component.

/// What messages name a site's component, and what it finds as its own name.
pub const NAME: &str = "handler.wasm";

/// The longest component, in bytes.
pub const MAX_COMPONENT: u64 = 64 * 1024 * 1024;
