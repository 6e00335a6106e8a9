//! What the connection knows of one of its requests.

use super::wire::Wire;
use std::sync::Arc;

/// A request that is being answered, as long as this lives.
pub(super) struct OpenStream {
    wire: Arc<Wire>,
    waits: bool,
    uploads: bool,
}

impl OpenStream {
    /// Notes that a request is being answered; `uploads`: its content is still to come.
    pub(super) fn new(wire: &Arc<Wire>, uploads: bool) -> Self {
        wire.lock().watch.open(uploads);
        Self {
            wire: Arc::clone(wire),
            waits: false,
            uploads,
        }
    }

    /// The connection's.
    pub(super) fn wire(&self) -> &Arc<Wire> {
        &self.wire
    }

    /// Notes whether nothing goes on until the client does something.
    pub(super) fn note_waiting(&mut self, waits: bool) {
        if waits != self.waits {
            self.waits = waits;
            self.wire.lock().watch.note_waiting(waits);
        }
    }

    /// All of the request's content was taken.
    pub(super) fn end_upload(&mut self) {
        if std::mem::take(&mut self.uploads) {
            self.wire.lock().watch.end_upload();
        }
    }

    /// It was answered to its end.
    pub(super) fn note_answered(&self) {
        self.wire.lock().calm.answered();
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.note_waiting(false);
        self.end_upload();
        let mut state = self.wire.lock();
        state.watch.close();
        if state.watch.is_idle()
            && let Some(waker) = state.waker.take()
        {
            waker.wake();
        }
    }
}
