//! What a handler was granted, and holds.

use super::file::KeyValueFile;
use super::operation::{Operation, Outcome};
use super::remote::RemoteKeyValues;
use tokio::task::spawn_blocking;

/// What a handler may keep values in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum KeyValues {
    /// A file of this process's.
    File(KeyValueFile),
    /// A file of another process's.
    Remote(RemoteKeyValues),
}

impl From<KeyValueFile> for KeyValues {
    fn from(file: KeyValueFile) -> Self {
        Self::File(file)
    }
}

impl From<RemoteKeyValues> for KeyValues {
    fn from(remote: RemoteKeyValues) -> Self {
        Self::Remote(remote)
    }
}

impl KeyValues {
    /// # Errors
    ///
    /// It isn't done, in words.
    pub(super) async fn perform(&self, operation: Operation) -> Result<Outcome, String> {
        let outcome = match self {
            Self::File(file) => {
                let file = file.clone();
                let done = spawn_blocking(move || file.perform(&operation)).await;
                done.unwrap_or_else(|error| Outcome::Refused(error.to_string()))
            }
            Self::Remote(remote) => remote.perform(operation).await,
        };
        match outcome {
            Outcome::Refused(reason) => Err(reason),
            outcome => Ok(outcome),
        }
    }
}

/// The store, as a handler holds it.
#[derive(Debug)]
#[expect(unreachable_pub, reason = "what is generated hands it on")]
pub struct Bucket(pub(super) KeyValues);
