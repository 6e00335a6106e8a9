//! How many runners there are, and how much each may use.

use std::time::Duration;

/// How many runners there are, and how much each may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunnerLimits {
    /// The most at once, at least 1.
    pub most: usize,
    /// How long one that nobody asks anything goes on.
    pub idle: Duration,
    /// The most memory of an instance, in bytes: as components were compiled for.
    pub memory: usize,
    /// The most memory of all instances of a runner, in bytes.
    pub memory_total: usize,
    /// The longest that a request may compute.
    pub cpu_time: Duration,
    /// The most that a site's code may log, in bytes a second.
    pub log_rate: u64,
}
