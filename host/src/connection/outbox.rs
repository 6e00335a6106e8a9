//! The responses that a worker has ready, and sends together.
//!
//! To send is the longest way through the kernel that a small request takes. Gone
//! for one connection after the other, with no handler in between, it is a fifth
//! shorter, as the processor has its code at hand. So what a handler leaves to
//! the host waits until the worker has looked at all connections that were ready
//! together; each of them would have waited for its turn anyway.

use super::socket::Socket;
use super::transfer::{COPY_LIMIT, FileRange, Transfer};
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

/// Whether a response's end may wait here: it is small, so that sending it takes
/// little but the way there, and somebody will.
pub(super) fn takes(bytes: &[u8], file: Option<&FileRange>) -> bool {
    let content = file.map_or(0, |range| range.length);
    let small = (1..=MAX_BYTES).contains(&bytes.len()) && content <= COPY_LIMIT;
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
    for entry in &queue.entries {
        entry.send(&queue.bytes);
    }
    // Closes the files, together as well.
    queue.entries.clear();
    queue.bytes.clear();
    OUTBOX.with_borrow_mut(|outbox| outbox.queue = queue);
}

impl Entry {
    fn send(&self, bytes: &[u8]) {
        match Transfer::new(&bytes[self.bytes.clone()], self.file.clone()) {
            Ok(mut transfer) => match transfer.advance(&self.socket) {
                Ok(true) => self.socket.finish(),
                // What failed here fails again where the connection sends it.
                Ok(false) | Err(_) => self.socket.give_back(Ok(transfer)),
            },
            Err(error) => self.socket.give_back(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{ErrorKind, Read};
    use std::net::TcpStream;
    use std::task::Context;
    use std::time::Duration;
    use tokio::net::TcpListener;
    use tokio::task::yield_now;

    /// A connection's socket, and its client's.
    async fn connect() -> (Arc<Socket>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        stream.writable().await.unwrap();
        (Arc::new(Socket::new(stream)), client)
    }

    /// Starts the task that empties the outbox.
    async fn start() {
        tokio::spawn(run());
        yield_now().await;
    }

    fn read(mut client: &TcpStream, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        client.read_exact(&mut bytes).unwrap();
        bytes
    }

    fn has_nothing(client: &TcpStream) -> bool {
        client.set_nonblocking(true).unwrap();
        let peeked = client.peek(&mut [0]);
        client.set_nonblocking(false).unwrap();
        peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    fn file(content: &[u8]) -> Option<FileRange> {
        use std::io::Write;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Some(FileRange {
            file: Arc::new(file),
            offset: 0,
            length: content.len() as u64,
        })
    }

    #[tokio::test]
    async fn where_nobody_sends_nothing_waits() {
        assert!(!takes(b"head", None));
        start().await;
        assert!(takes(b"head", None));
        assert!(!takes(b"", None));
        assert!(!takes(&[b'x'; MAX_BYTES + 1], None));
        let long = file(&[b'x'; COPY_LIMIT as usize + 1]);
        assert!(!takes(b"head", long.as_ref()));
    }

    #[tokio::test]
    async fn responses_leave_after_the_tasks_that_were_ready() {
        start().await;
        let (first, first_client) = connect().await;
        let (second, second_client) = connect().await;
        push(&first, b"head: ", file(b"content"));
        push(&second, b"not found", None);
        assert!(first.is_pending() && has_nothing(&first_client));
        assert!(second.is_pending() && has_nothing(&second_client));
        yield_now().await;
        assert!(!first.is_pending() && !second.is_pending());
        assert_eq!(read(&first_client, 13), b"head: content");
        assert_eq!(read(&second_client, 9), b"not found");
        push(&first, b"again", None);
        yield_now().await;
        assert_eq!(read(&first_client, 5), b"again");
    }

    #[tokio::test]
    async fn a_full_outbox_is_emptied_at_once() {
        start().await;
        let (socket, client) = connect().await;
        for _ in 1..MAX_ENTRIES {
            push(&socket, b"x", None);
        }
        assert!(has_nothing(&client));
        push(&socket, b"x", None);
        assert_eq!(read(&client, MAX_ENTRIES), [b'x'; MAX_ENTRIES]);
    }

    #[tokio::test]
    async fn what_a_client_does_not_take_is_given_back() {
        start().await;
        let (socket, mut client) = connect().await;
        let told = Arc::clone(&socket);
        let told = tokio::spawn(poll_fn(move |context| told.poll_returned(context)));
        let mut queued = 0;
        while !told.is_finished() {
            push(&socket, &[b'x'; MAX_BYTES], None);
            queued += MAX_BYTES;
            yield_now().await;
            yield_now().await;
        }
        assert!(socket.is_pending());
        let mut rest = socket.take_unsent().unwrap().unwrap();
        assert!(!socket.is_pending() && socket.take_unsent().is_none());
        let taken = std::thread::spawn(move || {
            let mut bytes = vec![0; queued];
            client.read_exact(&mut bytes).unwrap();
        });
        while !rest.advance(&socket).unwrap() {
            socket.writable().await.unwrap();
        }
        taken.join().unwrap();
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_is_given_back() {
        start().await;
        let (socket, client) = connect().await;
        let mut range = file(b"0123456789");
        range.as_mut().unwrap().length = 11;
        push(&socket, b"head", range);
        flush();
        let waiting = socket.poll_returned(&Context::from_waker(Waker::noop()));
        assert!(waiting.is_ready() && has_nothing(&client));
        let error = socket.take_unsent().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}
