//! The responses that a worker has ready, and sends together.
//!
//! Sending takes most of the kernel's time for a small request. When it is done for
//! one connection after the other, with no handler in between, it takes a fifth
//! less, as the processor has its code at hand; so do reading the files and closing
//! them. So what a handler leaves to the host waits here until the tasks that are
//! ready have run. A handler that computes for long doesn't hold up the others'
//! responses: they are sent at the next tick of the epoch, or when it answers.

use super::socket::Socket;
use super::transfer::{COPY_LIMIT, FileRange, Transfer};
use crate::stream::Then;
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::ops::Range;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// How many responses wait at most.
const MAX_RESPONSES: usize = 32;

/// How many bytes wait at most, and a response more.
const MAX_BYTES: usize = 256 * 1024;

/// How many bytes of a response, besides a file's, may wait: they are copied.
const MAX_COPIED: usize = 8 * 1024;

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
    /// The entries' bytes, room for those of their files, and then what was
    /// sent before: clearing that costs more than what is written to it.
    buffer: Vec<u8>,
    /// Where the entries' bytes end.
    end: usize,
}

/// What is left of a response.
struct Entry {
    socket: Arc<Socket>,
    /// Where the buffer has its bytes.
    bytes: Range<usize>,
    /// Where those of its file begin.
    content: usize,
    file: Option<FileRange>,
    unreadable: Option<io::Error>,
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
    let small = (1..=MAX_COPIED).contains(&bytes.len()) && content <= COPY_LIMIT;
    small && OUTBOX.with_borrow(|outbox| outbox.waker.is_some())
}

/// Sends the end of a response soon, in the order of the calls.
pub(super) fn push(socket: &Arc<Socket>, bytes: &[u8], file: Option<FileRange>) {
    socket.begin();
    let full = OUTBOX.with_borrow_mut(|outbox| {
        if let (true, Some(waker)) = (outbox.queue.entries.is_empty(), &outbox.waker) {
            waker.wake_by_ref();
        }
        outbox.queue.add(Arc::clone(socket), bytes, file);
        outbox.queue.is_full()
    });
    if full {
        flush();
    }
}

/// Sends all that waits here.
pub(crate) fn flush() {
    // Nothing is borrowed while it is sent, whatever that leads to.
    let mut queue = OUTBOX.with_borrow_mut(|outbox| mem::take(&mut outbox.queue));
    if !queue.entries.is_empty() {
        queue.send();
    }
    OUTBOX.with_borrow_mut(|outbox| outbox.queue = queue);
}

impl Queue {
    fn add(&mut self, socket: Arc<Socket>, bytes: &[u8], file: Option<FileRange>) {
        let length = file.as_ref().map_or(0, |range| range.length);
        let start = self.end;
        let content = start + bytes.len();
        self.end = content + usize::try_from(length).unwrap_or(0);
        if self.buffer.len() < self.end {
            self.buffer.resize(self.end, 0);
        }
        self.buffer[start..content].copy_from_slice(bytes);
        self.entries.push(Entry {
            socket,
            bytes: start..self.end,
            content,
            file,
            unreadable: None,
        });
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= MAX_RESPONSES || self.end >= MAX_BYTES
    }

    /// Takes one step of all, and then the next.
    fn send(&mut self) {
        for entry in &mut self.entries {
            entry.read(&mut self.buffer);
        }
        for entry in &mut self.entries {
            entry.send(&self.buffer);
        }
        // Closes the files.
        self.entries.clear();
        self.end = 0;
    }
}

impl Entry {
    fn read(&mut self, buffer: &mut [u8]) {
        if let Some(range) = &self.file {
            let content = &mut buffer[self.content..self.bytes.end];
            self.unreadable = range.read(content).err();
        }
    }

    fn send(&mut self, buffer: &[u8]) {
        if let Some(error) = self.unreadable.take() {
            return self.socket.give_back(Err(error));
        }
        let bytes = &buffer[self.bytes.clone()];
        // What fails here fails again where the connection sends it.
        let sent = self.socket.try_send(bytes, Then::Nothing).unwrap_or(0);
        if sent == bytes.len() {
            self.socket.finish();
        } else {
            let unsent = Transfer::of_bytes(&bytes[sent..]);
            self.socket.give_back(Ok(unsent));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Peer, Stream};
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
        let (stream, address) = listener.accept().await.unwrap();
        stream.writable().await.unwrap();
        let stream = Stream::of_socket(stream, Peer::at(address));
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
        assert!(!takes(&[b'x'; MAX_COPIED + 1], None));
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
        for _ in 1..MAX_RESPONSES {
            push(&socket, b"x", None);
        }
        assert!(has_nothing(&client));
        push(&socket, b"x", None);
        assert_eq!(read(&client, MAX_RESPONSES), [b'x'; MAX_RESPONSES]);
    }

    #[tokio::test]
    async fn nothing_of_the_responses_before_is_sent() {
        start().await;
        let (socket, client) = connect().await;
        push(&socket, b"head: ", file(b"what another client was sent"));
        flush();
        assert_eq!(read(&client, 34), b"head: what another client was sent");
        let mut range = file(b"0123456789");
        let part = range.as_mut().unwrap();
        (part.offset, part.length) = (2, 3);
        push(&socket, b"head: ", range);
        push(&socket, b", and ", None);
        flush();
        assert_eq!(read(&client, 15), b"head: 234, and ");
    }

    #[tokio::test]
    async fn what_a_client_does_not_take_is_given_back() {
        start().await;
        let (socket, mut client) = connect().await;
        let told = Arc::clone(&socket);
        let told = tokio::spawn(poll_fn(move |context| told.poll_returned(context)));
        let mut queued = 0;
        while !told.is_finished() {
            push(&socket, &[b'x'; MAX_COPIED], None);
            queued += MAX_COPIED;
            assert!(queued < 256 * 1024 * 1024, "no socket holds so much");
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
