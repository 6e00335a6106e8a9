//! Places among those who do what takes a handler long. There are few, and one client has
//! half of them, so that whoever asks for it a thousand times, or reads slowly what comes
//! of it, leaves some to others.

use crate::presence::ClientId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places. All workers share them.
#[derive(Debug)]
pub(crate) struct LongWork {
    most: u32,
    taken: Mutex<HashMap<ClientId, u32>>,
}

/// A place, as long as it lives.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct LongPlace {
    work: Arc<LongWork>,
    client: ClientId,
}

impl LongWork {
    /// So many places: at least one.
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most: most.max(1),
            taken: Mutex::default(),
        }
    }

    /// A place for a client, if there is one.
    pub(crate) fn take(self: &Arc<Self>, client: ClientId) -> Option<LongPlace> {
        let mut taken = self.taken();
        let of_all: u32 = taken.values().sum();
        let of_client = taken.entry(client).or_default();
        if of_all >= self.most || *of_client >= self.most.div_ceil(2) {
            if *of_client == 0 {
                taken.remove(&client);
            }
            return None;
        }
        *of_client += 1;
        Some(LongPlace {
            work: Arc::clone(self),
            client,
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<ClientId, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LongPlace {
    fn drop(&mut self) {
        let mut taken = self.work.taken();
        if let Some(of_client) = taken.get_mut(&self.client) {
            *of_client -= 1;
            if *of_client == 0 {
                taken.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn one_client_leaves_half_to_others() {
        let client = |last: u8| ClientId::from(IpAddr::from([192, 0, 2, last]));
        let work = Arc::new(LongWork::new(4));
        let ones = [work.take(client(1)).unwrap(), work.take(client(1)).unwrap()];
        assert!(work.take(client(1)).is_none());
        let others = [work.take(client(2)).unwrap(), work.take(client(3)).unwrap()];
        assert!(work.take(client(4)).is_none());
        drop(others);
        assert!(work.take(client(1)).is_none());
        drop(ones);
        assert!(work.taken().is_empty());
        let only = Arc::new(LongWork::new(1));
        assert!(only.take(client(1)).is_some());
    }
}
