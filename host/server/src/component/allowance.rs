//! What every instance of a component is granted, and how far it may go.

use super::memory::MemoryShares;
use crate::grants::{Granted, OpenFiles};
use crate::logging::LogBudget;
use std::sync::Arc;
use std::time::Duration;

/// What an instance is granted, and how far it may go.
#[derive(Clone)]
pub(crate) struct Allowance {
    /// Directories, variables and the like.
    pub(crate) granted: Arc<Granted>,
    /// What all instances may log, and the scripts that they run.
    pub(crate) log: Arc<LogBudget>,
    /// The memory that it may have, and all together.
    pub(crate) memory: MemoryShares,
    /// How many files it may have open, and all together.
    pub(crate) open_files: OpenFiles,
    /// The longest that it may compute between two uses of its connection.
    pub(crate) cpu_time: Duration,
    /// The longest without progress.
    pub(crate) request_timeout: Duration,
}
