//! Content that is kept for a script until its length is known.

#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
use super::component::HostSpool;
use super::memory::Memory;
use std::fmt;

/// Content that the host keeps for a script, outside of the sandbox: see
/// [`Exchange::spool`](crate::Exchange::spool).
///
/// It is a script's as [`Input::Spooled`](super::Input::Spooled). Dropping it forgets
/// all of it.
pub struct Spool(pub(super) Kept);

/// Who keeps it.
pub(super) enum Kept {
    /// The host.
    #[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
    Host(HostSpool),
    /// A test.
    Memory(Memory),
}

impl Spool {
    /// Keeps these bytes, after those before.
    ///
    /// # Errors
    ///
    /// See [`SpoolError`]; no more are taken after one.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        match &mut self.0 {
            #[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
            Kept::Host(spool) => Ok(spool.write(bytes)?),
            Kept::Memory(memory) => memory.write(bytes),
        }
    }

    /// What a test has kept.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self.0 {
            #[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
            Kept::Host(_) => Vec::new(),
            Kept::Memory(memory) => memory.0,
        }
    }

    /// What a test keeps content in.
    pub(crate) fn in_memory() -> Self {
        Self(Kept::Memory(Memory::default()))
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spool").finish_non_exhaustive()
    }
}

/// Why content isn't kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpoolError {
    /// It is longer than what is kept for a script.
    #[error(
        "it is longer than what is kept for a script; raise --cgi-max-chunked if that is too little"
    )]
    TooLong,
    /// As much is kept for others as may be.
    #[error("as much is kept for other requests as may be")]
    Busy,
    /// There is no room for it, or scripts don't run here.
    #[error("there is no room to keep it")]
    Failed,
}
