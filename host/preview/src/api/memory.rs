//! How much of requests' contents is in memory, of all clients together.
//!
//! What counts is what has come and not what was announced, so a client that sends slowly
//! takes little from others. Nobody waits for room: who finds none is told to come back.

use super::refusal::Refusal;
use axum::body::Bytes;
use bytes::BytesMut;
use http::StatusCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is counted in pieces of so many bytes.
const UNIT: usize = 1024;

/// The room that there is.
#[derive(Debug, Clone)]
pub(super) struct Memory(Arc<Semaphore>);

/// Content that takes its room until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Content that is coming.
#[derive(Debug)]
pub(super) struct Holding {
    memory: Memory,
    bytes: BytesMut,
    /// In bytes, what there is room for already.
    has: usize,
    room: Option<OwnedSemaphorePermit>,
}

impl Memory {
    /// Room for so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(units)))
    }

    pub(super) fn hold(&self) -> Holding {
        Holding {
            memory: self.clone(),
            bytes: BytesMut::new(),
            has: 0,
            room: None,
        }
    }
}

impl Holding {
    /// Adds what came.
    ///
    /// # Errors
    ///
    /// There is no room for it.
    pub(super) fn add(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        let needs = self.bytes.len() + piece.len();
        let more = needs.saturating_sub(self.has).div_ceil(UNIT);
        if more > 0 {
            let semaphore = Arc::clone(&self.memory.0);
            let units = u32::try_from(more).map_err(|_| busy())?;
            let room = semaphore
                .try_acquire_many_owned(units)
                .map_err(|_| busy())?;
            self.has += more * UNIT;
            match &mut self.room {
                Some(all) => all.merge(room),
                none => *none = Some(room),
            }
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    pub(super) fn finish(self) -> Held {
        Held {
            bytes: self.bytes.freeze(),
            _room: self.room,
        }
    }
}

fn busy() -> Refusal {
    let error = "too much is being sent to this server at the moment; try again in a few seconds";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error).retry_after(Duration::from_secs(1))
}
