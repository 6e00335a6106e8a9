//! A process that does something for runners that they can't do themselves, once they are
//! locked down: the server's side of it, and what both sides share.
//!
//! It is started before the server gives up starting any, and is told how to work. Later it
//! is told of each runner what that may have, and is given one end of a pair of sockets,
//! of which the runner has the other: so it knows by the socket who asks.

use crate::length_prefix::{read_part, write_part};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wasm_host_server::ConnectionSource;

/// What `ps` shows of it.
const NAME: &str = "wasm-host";

/// How long it may take to read what it is told.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest text, in bytes: some certificates, or a site's secrets.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// The process. Dropping it ends that.
#[derive(Debug)]
pub(crate) struct Attendant {
    /// None only while it is dropped.
    socket: Option<Mutex<UnixStream>>,
    process: Option<Child>,
}

impl Attendant {
    /// Starts it. `command`: a program and its arguments, which begins by [`setup`].
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(crate) fn start(command: &[OsString], setup: &impl Serialize) -> io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
        let (socket, theirs) = UnixStream::pair()?;
        let process = Command::new(program)
            .arg0(NAME)
            .args(arguments)
            .env_clear()
            .stdin(OwnedFd::from(theirs))
            .spawn()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        write_part(&socket, &serde_json::to_vec(setup)?)?;
        Ok(Self {
            socket: Some(Mutex::new(socket)),
            process: Some(process),
        })
    }

    /// What a runner gets, which then has what `grant` says.
    ///
    /// # Errors
    ///
    /// The process is gone, or there is no descriptor to be had.
    pub(crate) fn admit(&self, grant: &impl Serialize) -> io::Result<UnixStream> {
        let socket = self.socket.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let (ours, theirs) = UnixStream::pair()?;
        let socket = socket.lock().unwrap_or_else(PoisonError::into_inner);
        ConnectionSource::hand_over(&socket, &theirs)?;
        write_part(&*socket, &serde_json::to_vec(grant)?)?;
        Ok(ours)
    }
}

impl Drop for Attendant {
    fn drop(&mut self) {
        // It ends by that.
        drop(self.socket.take());
        if let Some(mut process) = self.process.take() {
            // Without a thread, it is reaped when this process has ended.
            let _ = thread::Builder::new().spawn(move || process.wait());
        }
    }
}

/// How the process itself is to work: the first that it is told.
///
/// # Errors
///
/// Nobody tells it.
pub(crate) fn setup<T: DeserializeOwned>(server: &UnixStream) -> io::Result<T> {
    Ok(serde_json::from_slice(&read_part(server, MAX_TEXT)?)?)
}

/// The runners that it is told of, until the server is gone.
///
/// # Errors
///
/// There is no thread to be had.
pub(crate) fn runners<T: DeserializeOwned + Send + 'static>(
    server: UnixStream,
) -> io::Result<UnboundedReceiver<(UnixStream, T)>> {
    let (sender, admitted) = unbounded_channel();
    let listen = move || -> io::Result<()> {
        loop {
            let runner = ConnectionSource::receive(&server)?;
            let grant = serde_json::from_slice(&read_part(&server, MAX_TEXT)?)?;
            if sender.send((runner, grant)).is_err() {
                return Ok(());
            }
        }
    };
    thread::Builder::new()
        .name("orders".to_owned())
        // An error is the server's end, too.
        .spawn(move || drop(listen()))?;
    Ok(admitted)
}
