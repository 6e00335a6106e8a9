//! What all instances of a standard component have in common.

use crate::admission::Admission;
use crate::component::Allowance;
use crate::connection::Timeouts;
use std::sync::Arc;

/// What the instances of a standard component are given, and what they share.
pub(crate) struct ProxyContext {
    pub(crate) allowance: Allowance,
    pub(crate) admission: Arc<Admission>,
    pub(crate) timeouts: Timeouts,
    /// How many requests an instance answers.
    pub(crate) reuse: u32,
}
