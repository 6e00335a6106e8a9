//! The process that obtains certificates, as the server sees it.

use super::certificates::AcmeCertificates;
use crate::logging::escape_controls;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wasm_host_acme::{Assignment, Importance, MAX_LINE, Message, Reply};

/// How long it may take to read a few files.
const PATIENCE: Duration = Duration::from_secs(30);

/// The process. It ends when this is dropped, and when the server does.
#[derive(Debug)]
pub(super) struct Agent {
    socket: UnixStream,
    /// None once it has begun: a thread waits for it then.
    child: Mutex<Option<Child>>,
    is_dismissed: Arc<AtomicBool>,
}

impl Agent {
    /// Starts it, by that program and its arguments. It waits for its assignment.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(super) fn start(command: &[OsString]) -> io::Result<Self> {
        let [program, arguments @ ..] = command else {
            return Err(io::Error::other("no program is given"));
        };
        let (socket, theirs) = UnixStream::pair()?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self {
            socket,
            child: Mutex::new(Some(child)),
            is_dismissed: Arc::default(),
        })
    }

    /// Has it begin, and a thread listen to it. Returns when it has handed on what was
    /// kept.
    ///
    /// # Errors
    ///
    /// It has died, or is silent.
    pub(super) fn begin(
        &self,
        assignment: &Assignment,
        certificates: Arc<AcmeCertificates>,
    ) -> io::Result<()> {
        (&self.socket).write_all(assignment.to_line().as_bytes())?;
        let child = self.child.lock();
        let child = child.unwrap_or_else(PoisonError::into_inner).take();
        let (ready, is_ready) = channel();
        let listener = Listener {
            socket: self.socket.try_clone()?,
            certificates,
            ready: Some(ready),
        };
        let is_dismissed = Arc::clone(&self.is_dismissed);
        let listen = move || {
            listener.listen();
            let status = child.and_then(|mut child| child.wait().ok());
            if !is_dismissed.load(Ordering::Relaxed) {
                let status = status.map(|it| format!(" ({it})")).unwrap_or_default();
                tracing::error!(
                    "the process that renews certificates has died{status}: those that are there go on, and none is renewed until the server is started anew"
                );
            }
        };
        std::thread::Builder::new()
            .name("acme".to_owned())
            .spawn(listen)?;
        let silent = |_| io::Error::other("it ended, or was silent, before it had begun");
        is_ready.recv_timeout(PATIENCE).map_err(silent)
    }

    /// Has it try now what has failed.
    pub(super) fn try_now(&self) {
        // That it has died is said already.
        let line = Reply::TryNow.to_line();
        let _: io::Result<()> = (&self.socket).write_all(line.as_bytes());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.is_dismissed.store(true, Ordering::Relaxed);
        let _: io::Result<()> = self.socket.shutdown(Shutdown::Both);
    }
}

/// What the thread has that listens.
struct Listener {
    socket: UnixStream,
    certificates: Arc<AcmeCertificates>,
    /// Told once.
    ready: Option<Sender<()>>,
}

impl Listener {
    /// Does as it is told, until the process has ended.
    fn listen(mut self) {
        let Ok(socket) = self.socket.try_clone() else {
            return;
        };
        let mut socket = BufReader::new(socket);
        loop {
            let mut line = String::new();
            let read = (&mut socket).take(MAX_LINE).read_line(&mut line);
            if !matches!(read, Ok(length) if length > 0) {
                return;
            }
            if let Some(message) = Message::from_line(&line) {
                self.obey(message);
            }
        }
    }

    fn obey(&mut self, message: Message) {
        match message {
            Message::Log(importance, text) => log(importance, &text),
            Message::Certificate(domain, pem) => {
                if let Err(reason) = self.certificates.take(&domain, &pem) {
                    log(
                        Importance::Error,
                        &format!("a certificate can't be served: {reason}"),
                    );
                }
            }
            Message::Ready => drop(self.ready.take().map(|ready| ready.send(()))),
            Message::Show(challenge) => {
                if let Err(reason) = self.certificates.shown.show(challenge) {
                    log(
                        Importance::Error,
                        &format!("cannot make a certificate: {reason}"),
                    );
                }
                let line = Reply::Shown.to_line();
                // That it has died is seen by who reads.
                let _: io::Result<()> = self.socket.write_all(line.as_bytes());
            }
            Message::Hide => self.certificates.shown.hide(),
        }
    }
}

/// Some of it is what the authority says.
fn log(importance: Importance, text: &str) {
    let text = escape_controls(text);
    match importance {
        Importance::Info => tracing::info!("{text}"),
        Importance::Warning => tracing::warn!("{text}"),
        Importance::Error => tracing::error!("{text}"),
    }
}
