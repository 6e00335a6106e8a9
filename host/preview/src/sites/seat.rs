//! What is known of a site that is open.

use super::pace::Pace;
use crate::journal::Journal;
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
