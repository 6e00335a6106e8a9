//! What is known of a site that is open.

use super::journal::{Counts, Journal};
use super::pace::Pace;
use crate::names::{DeployId, Label};
use std::sync::Arc;

/// What is known of a site that is open, beside how it is served.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) label: Label,
    pub(super) deploy: DeployId,
    pub(super) journal: Arc<Journal>,
    pub(super) pace: Pace,
}

impl Seat {
    /// Whether it may have another request now; else that is counted.
    pub(super) fn admits(&self) -> bool {
        let admits = self.pace.admits();
        if !admits {
            self.journal.count(|counts| counts.limited += 1);
        }
        admits
    }
}

impl Counts {
    /// Counts an answer.
    pub(super) fn answer(&mut self, status: u16, size: u64) {
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(size);
        match status {
            400..=499 => self.refused += 1,
            500.. => self.failed += 1,
            _ => {}
        }
    }
}
