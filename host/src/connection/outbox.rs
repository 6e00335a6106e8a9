//! The responses that a worker has ready, and sends together.
//!
//! To send is the longest way through the kernel that a small request takes. Gone
//! for one connection after the other, with no handler in between, it is a fifth
//! shorter, as the processor has its code at hand. So what a handler leaves to
//! the host waits until the worker has looked at all connections that were ready
//! together; each of them would have waited for its turn anyway.

use super::socket::Socket;
use super::transfer::{FileRange, Transfer};
use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::ops::Range;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// How many responses wait for each other at most: the first for as long as the
/// others' handlers take.
const MAX_ENTRIES: usize = 32;

/// How many bytes may wait here: they are copied.
const MAX_BYTES: usize = 8 * 1024;

/// The longest range of a file that may wait here: what takes longer to send isn't
/// made shorter by much.
const MAX_CONTENT: u64 = 256 * 1024;

thread_local! {
    static OUTBOX: RefCell<Outbox> = RefCell::default();
}

#[derive(Default)]
struct Outbox {
    queue: Queue,
    /// Wakes the task that empties this. Where there is none, nothing is queued.
    waker: Option<Waker>,
}

#[derive(Default)]
struct Queue {
    entries: Vec<Entry>,
    /// What the entries send before their files.
    bytes: Vec<u8>,
}

/// What is left of a response.
struct Entry {
    socket: Arc<Socket>,
    bytes: Range<usize>,
    file: Option<FileRange>,
}

/// Empties this thread's outbox each time that the tasks which were ready before
/// have had their turn.
pub(crate) async fn run() {
    poll_fn(|context| {
        OUTBOX.with_borrow_mut(|outbox| match &mut outbox.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        });
        flush();
        Poll::<()>::Pending
    })
    .await;
}

/// Whether a response's end may wait here: it is small, and somebody will send it.
pub(super) fn takes(bytes: &[u8], file: Option<&FileRange>) -> bool {
    let content = file.map_or(0, |range| range.length);
    let small = (1..=MAX_BYTES).contains(&bytes.len()) && content <= MAX_CONTENT;
    small && OUTBOX.with_borrow(|outbox| outbox.waker.is_some())
}

/// Sends the end of a response soon, in the order of the calls.
pub(super) fn push(socket: &Arc<Socket>, bytes: &[u8], file: Option<FileRange>) {
    let full = OUTBOX.with_borrow_mut(|outbox| {
        let queue = &mut outbox.queue;
        if let (true, Some(waker)) = (queue.entries.is_empty(), &outbox.waker) {
            waker.wake_by_ref();
        }
        let start = queue.bytes.len();
        queue.bytes.extend_from_slice(bytes);
        queue.entries.push(Entry {
            socket: Arc::clone(socket),
            bytes: start..queue.bytes.len(),
            file,
        });
        queue.entries.len() >= MAX_ENTRIES
    });
    socket.begin();
    if full {
        flush();
    }
}

/// Sends all that waits here.
pub(super) fn flush() {
    let mut queue = OUTBOX.with_borrow_mut(|outbox| mem::take(&mut outbox.queue));
    for entry in queue.entries.drain(..) {
        entry.send(&queue.bytes);
    }
    queue.bytes.clear();
    OUTBOX.with_borrow_mut(|outbox| outbox.queue = queue);
}

impl Entry {
    fn send(self, bytes: &[u8]) {
        match Transfer::new(&bytes[self.bytes], self.file) {
            Ok(mut transfer) => match transfer.advance(&self.socket) {
                Ok(true) => self.socket.finish(),
                // What failed here fails again where the connection sends it.
                Ok(false) | Err(_) => self.socket.give_back(Ok(transfer)),
            },
            Err(error) => self.socket.give_back(Err(error)),
        }
    }
}
