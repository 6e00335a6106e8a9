//! How many files handlers have open: one instance, and all together. Without that, a
//! handler that opens one after the other would leave no descriptor for the next
//! connection.
//!
//! What an instance has is counted when it wants one more: descriptors, and streams,
//! which keep a file open that the handler has closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

/// The most that one instance has open.
const MAX_EACH: usize = 256;

/// What each has for itself, the served directory among them, which is open anyway: no
/// other instance is asked.
const UNCOUNTED: usize = 2;

/// What all instances of a server may have open together.
#[derive(Debug, Clone)]
pub(crate) struct OpenFiles(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    held: AtomicUsize,
}

/// What one instance has open.
#[derive(Debug)]
pub(crate) struct HeldFiles {
    shared: OpenFiles,
    /// Of what all may have together.
    held: usize,
}

/// An instance wants to have too much open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TooManyOpen {
    #[error("the handler has {MAX_EACH} files and streams open, which is the most of one")]
    Each,
    #[error("handlers have {0} files open together, which is the most (raise `ulimit -n`)")]
    All(usize),
}

impl OpenFiles {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            most,
            held: AtomicUsize::new(0),
        }))
    }

    /// What an instance has that has opened nothing.
    pub(crate) fn hold(&self) -> HeldFiles {
        HeldFiles {
            shared: self.clone(),
            held: 0,
        }
    }
}

impl HeldFiles {
    /// Counts what the instance has open, by its table, and one more.
    ///
    /// # Errors
    ///
    /// That is more than one may have, or all together.
    pub(crate) fn make_room(&mut self, table: &mut ResourceTable) -> Result<(), TooManyOpen> {
        let open = table.iter_mut().filter(|entry| {
            entry.is::<Descriptor>()
                || entry.is::<DynInputStream>()
                || entry.is::<DynOutputStream>()
        });
        self.set(open.count() + 1)
    }

    fn set(&mut self, open: usize) -> Result<(), TooManyOpen> {
        if open > MAX_EACH {
            return Err(TooManyOpen::Each);
        }
        let counted = open.saturating_sub(UNCOUNTED);
        let Shared { most, held } = &*self.shared.0;
        if counted > self.held {
            let more = counted - self.held;
            let fits = |held: usize| Some(held + more).filter(|held| held <= most);
            let order = Ordering::Relaxed;
            held.fetch_update(order, order, fits)
                .map_err(|_| TooManyOpen::All(*most))?;
        } else {
            self.give_back(self.held - counted);
        }
        self.held = counted;
        Ok(())
    }

    fn give_back(&self, files: usize) {
        if files > 0 {
            self.shared.0.held.fetch_sub(files, Ordering::Relaxed);
        }
    }
}

impl Drop for HeldFiles {
    fn drop(&mut self) {
        self.give_back(self.held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_its_share_and_all_have_theirs() {
        let files = OpenFiles::new(300);
        let mut one = files.hold();
        one.set(MAX_EACH).unwrap();
        assert!(matches!(one.set(MAX_EACH + 1), Err(TooManyOpen::Each)));
        let mut other = files.hold();
        other.set(48).unwrap();
        assert!(matches!(other.set(49), Err(TooManyOpen::All(300))));
        one.set(2).unwrap();
        other.set(MAX_EACH).unwrap();
        drop(other);
        drop(one);
        assert_eq!(files.0.held.load(Ordering::Relaxed), 0);
    }
}
