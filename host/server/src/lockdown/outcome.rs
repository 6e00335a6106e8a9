//! What came of a lock-down.

use super::needs::Needs;

/// What came of a lock-down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Outcome {
    /// What holds, in words.
    pub(super) holds: Vec<String>,
    /// What doesn't, and why.
    pub(super) lacks: Vec<String>,
}

impl Outcome {
    /// Logs what holds, for who asks, and what doesn't, in a line for everybody.
    pub(crate) fn log(&self, needs: &Needs) {
        for held in &self.holds {
            tracing::debug!("locked down: {held}");
        }
        needs.log();
        if !self.lacks.is_empty() {
            tracing::warn!(
                "not locked down in full: {}; what leaves the sandbox can do as much more",
                self.lacks.join("; ")
            );
        }
    }
}
