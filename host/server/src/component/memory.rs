//! The memory of instances: what one may have, and all together.
//!
//! Counted is what an instance could touch: its memories and tables at the size that
//! they have grown to, and what the host keeps for it beside them. What an instance
//! holds is given back when it goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most that one call may have the host copy: wasmtime's own limit.
const MAX_EACH_CALL: usize = 128 * 1024 * 1024;

/// What every instance of a server may have, and all of them together, in bytes.
#[derive(Debug, Clone)]
pub(crate) struct MemoryShares {
    each: usize,
    all: Arc<Budget>,
}

#[derive(Debug)]
struct Budget {
    most: usize,
    held: AtomicUsize,
}

/// What one instance holds.
#[derive(Debug)]
pub(crate) struct HeldMemory {
    shares: MemoryShares,
    /// Its memories and tables.
    own: usize,
    /// What the host keeps for it.
    beside: usize,
}

/// There is no more memory for an instance.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MemoryExceeded {
    /// It has as much as one may have.
    #[error("the instance wants {wanted} bytes of memory, and may have {most} (--memory)")]
    Each { wanted: usize, most: usize },
    /// All together have as much as they may.
    #[error(
        "the instance wants {wanted} bytes of memory, and all together may have no more than {most} (--memory-total)"
    )]
    All { wanted: usize, most: usize },
}

impl MemoryShares {
    pub(crate) fn new(each: usize, all: usize) -> Self {
        let budget = Budget {
            most: all,
            held: AtomicUsize::new(0),
        };
        Self {
            each,
            all: Arc::new(budget),
        }
    }

    /// The most that one call of an instance may have the host copy, in bytes: all that
    /// the instance has, if that is less than what wasmtime lets others.
    pub(crate) fn each_call(&self) -> usize {
        self.each.min(MAX_EACH_CALL)
    }

    /// What an instance holds that isn't made yet.
    pub(crate) fn hold(&self) -> HeldMemory {
        HeldMemory {
            shares: self.clone(),
            own: 0,
            beside: 0,
        }
    }
}

impl Budget {
    fn take(&self, bytes: usize) -> bool {
        let fits = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.most);
        let order = Ordering::Relaxed;
        self.held.fetch_update(order, order, fits).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl HeldMemory {
    /// Holds so much more for memories and tables.
    ///
    /// # Errors
    ///
    /// There isn't as much.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), MemoryExceeded> {
        self.take(bytes)?;
        self.own += bytes;
        Ok(())
    }

    /// Holds so much for what the host keeps for the instance, rather than what it has
    /// held for that.
    ///
    /// # Errors
    ///
    /// There isn't as much.
    pub(super) fn set_beside(&mut self, bytes: usize) -> Result<(), MemoryExceeded> {
        if let Some(more) = bytes.checked_sub(self.beside) {
            self.take(more)?;
        } else {
            self.shares.all.give_back(self.beside - bytes);
        }
        self.beside = bytes;
        Ok(())
    }

    fn take(&self, bytes: usize) -> Result<(), MemoryExceeded> {
        let wanted = (self.own + self.beside).saturating_add(bytes);
        let most = self.shares.each;
        if wanted > most {
            return Err(MemoryExceeded::Each { wanted, most });
        }
        if !self.shares.all.take(bytes) {
            let most = self.shares.all.most;
            return Err(MemoryExceeded::All { wanted, most });
        }
        Ok(())
    }
}

impl Drop for HeldMemory {
    fn drop(&mut self) {
        self.shares.all.give_back(self.own + self.beside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_its_share_and_all_have_theirs() {
        let shares = MemoryShares::new(100, 150);
        let mut one = shares.hold();
        one.grow(60).unwrap();
        one.set_beside(40).unwrap();
        assert!(matches!(one.grow(1), Err(MemoryExceeded::Each { .. })));
        let mut other = shares.hold();
        other.grow(50).unwrap();
        assert!(matches!(other.grow(1), Err(MemoryExceeded::All { .. })));
        one.set_beside(10).unwrap();
        other.grow(30).unwrap();
        assert!(matches!(
            one.set_beside(11),
            Err(MemoryExceeded::All { .. })
        ));
        drop(one);
        other.grow(20).unwrap();
        assert!(other.grow(usize::MAX).is_err());
        drop(other);
        assert_eq!(shares.all.held.load(Ordering::Relaxed), 0);
    }
}
