//! Files that a test keeps while they arrive, and after that.

use super::{Keeper, UploadError, UploadOutcome};
use std::cell::RefCell;
use std::rc::Rc;

/// Files that have arrived: their paths, and what is in them.
pub(crate) type Finished = Rc<RefCell<Vec<(String, Vec<u8>)>>>;

/// A file that is arriving in a test.
pub(crate) struct MemoryUpload {
    pub(crate) path: Vec<u8>,
    pub(crate) replaces: bool,
    pub(crate) bytes: Vec<u8>,
    /// What the client sent, from which content is taken.
    pub(crate) received: Rc<RefCell<Vec<u8>>>,
    pub(crate) left: u64,
    pub(crate) finished: Finished,
}

impl Keeper for MemoryUpload {
    fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn receive(&mut self, length: u64) -> Result<(), UploadError> {
        let mut received = self.received.borrow_mut();
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        self.left = length;
        if wanted > received.len() {
            return Err(UploadError::ClientClosed);
        }
        self.left = 0;
        self.bytes.extend(received.drain(..wanted));
        Ok(())
    }

    fn content_left(&self) -> u64 {
        self.left
    }

    fn finish(self: Box<Self>) -> Result<UploadOutcome, UploadError> {
        let path = String::from_utf8_lossy(&self.path).into_owned();
        let mut finished = self.finished.borrow_mut();
        let before = finished.iter_mut().find(|(there, _)| *there == path);
        match before {
            Some(_) if !self.replaces => Err(UploadError::Exists),
            Some((_, bytes)) => {
                *bytes = self.bytes;
                Ok(UploadOutcome::Replaced)
            }
            None => {
                finished.push((path, self.bytes));
                Ok(UploadOutcome::Created)
            }
        }
    }
}
