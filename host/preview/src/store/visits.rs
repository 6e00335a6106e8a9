//! When a deploy was visited last, since one that is visited is kept.
//!
//! A visit is noted in memory, which costs a request next to nothing, and written at most
//! once an hour for each deploy. What a killed server didn't write is an hour at most.

use super::error::StoreError;
use super::index::Deploy;
use super::inner::{Store, now};
use super::keys;
use crate::names::DeployId;
use std::sync::atomic::Ordering;

/// Between two times that a deploy's visits are written, in seconds.
const BETWEEN: u64 = 60 * 60;

impl Store {
    /// Notes that somebody visits a deploy.
    pub fn visited(&self, id: &DeployId) {
        if let Some(deploy) = self.index().deploy(id) {
            deploy.note_visit(now());
        }
    }

    /// Writes what was noted. To be called now and then, and before the server ends;
    /// [`Store::collect`] does it, too.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub async fn write_visits(&self) -> Result<(), StoreError> {
        for deploy in self.index().deploys() {
            let visited = deploy.visited();
            let written = deploy.visit_written.load(Ordering::Relaxed);
            if visited < written.saturating_add(BETWEEN) {
                continue;
            }
            let key = keys::visit(&deploy.project, &deploy.id);
            // The time that counts is when this was put.
            self.0.objects.overwrite(&key, &visited).await?;
            deploy.visit_written.store(visited, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Deploy {
    pub(super) fn note_visit(&self, at: u64) {
        // Who serves a thousand requests a second has them share one line of memory
        // without writing to it.
        if self.visited() < at {
            self.visited.fetch_max(at, Ordering::Relaxed);
        }
    }
}
