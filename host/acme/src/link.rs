//! The agent's side of its socket with the server.

use crate::challenge::Challenge;
use crate::failure::Failure;
use crate::messages::{Importance, MAX_LINE, Message, Reply};
use std::cell::RefCell;
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Mutex, Notify, mpsc};

/// The socket, for whoever says something to the server.
pub(crate) struct Link {
    socket: Mutex<OwnedWriteHalf>,
    shown: RefCell<mpsc::UnboundedReceiver<()>>,
    /// Told when the server wants what has failed to be tried.
    pub(crate) try_now: Notify,
}

/// The other half, which is listened to all the time.
pub(crate) struct Ear {
    socket: BufReader<OwnedReadHalf>,
    shown: mpsc::UnboundedSender<()>,
}

/// Takes both halves.
pub(crate) fn halves(socket: UnixStream) -> (Link, Ear) {
    let (read, write) = socket.into_split();
    let (sender, shown) = mpsc::unbounded_channel();
    let link = Link {
        socket: Mutex::new(write),
        shown: RefCell::new(shown),
        try_now: Notify::new(),
    };
    let ear = Ear {
        socket: BufReader::new(read),
        shown: sender,
    };
    (link, ear)
}

impl Link {
    /// Says something.
    pub(crate) async fn say(&self, message: &Message) {
        // A server that is gone ends this process.
        let mut socket = self.socket.lock().await;
        let _: io::Result<()> = socket.write_all(message.to_line().as_bytes()).await;
    }

    pub(crate) async fn log(&self, importance: Importance, text: String) {
        self.say(&Message::Log(importance, text)).await;
    }

    /// Has the server show something. Returns when it does.
    ///
    /// # Errors
    ///
    /// The server is gone.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "nobody else waits: there is one order at a time"
    )]
    pub(crate) async fn show(&self, challenge: Challenge) -> Result<(), Failure> {
        self.say(&Message::Show(challenge)).await;
        let shown = self.shown.borrow_mut().recv().await;
        shown.ok_or_else(|| Failure::new("the server is gone"))
    }
}

impl Ear {
    /// The next line. None: there is no more, or it is too long.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = (&mut self.socket).take(MAX_LINE).read_line(&mut line).await;
        read.ok()?;
        line.ends_with('\n').then(|| line.trim_end().to_owned())
    }

    /// Listens until the server is gone.
    pub(crate) async fn listen(&mut self, link: &Link) {
        while let Some(line) = self.line().await {
            match Reply::from_line(&line) {
                // Nobody may be waiting for it any more.
                Some(Reply::Shown) => drop(self.shown.send(())),
                Some(Reply::TryNow) => link.try_now.notify_one(),
                None => {}
            }
        }
    }
}
