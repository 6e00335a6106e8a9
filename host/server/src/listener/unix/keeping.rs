//! What the process does that removes a socket's file ([`keeper`](super::keeper)).

use super::file::SocketFile;
use super::lock::lock;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Signals that are for the server, and may reach all processes that came of it: this
/// one is to be the last.
const OUTLIVED: [fn() -> SignalKind; 4] = [
    SignalKind::hangup,
    SignalKind::interrupt,
    SignalKind::quit,
    SignalKind::terminate,
];

/// What the process does that [`HttpServerBuilder::socket_keeper`](crate::HttpServerBuilder::socket_keeper)
/// starts, by what is at the end of its arguments: it waits for the server's end, and
/// removes its socket's file, if that is still the one.
///
/// # Errors
///
/// It wasn't started for that, or the file can't be removed.
pub fn run_socket_keeper() -> io::Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let [.., path, device, number] = arguments.as_slice() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let parse = |number: &OsString| number.to_str().and_then(|number| number.parse().ok());
    let (Some(device), Some(number)) = (parse(device), parse(number)) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let path = PathBuf::from(path);
    // Caught for as long as the process is there: what waits goes on after a signal.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let _caught = runtime.block_on(async {
        let caught = OUTLIVED.map(|kind| signal(kind()));
        caught.into_iter().collect::<io::Result<Vec<_>>>()
    })?;
    let file = SocketFile::reopen(&path, (device, number))?;
    wait_for_end()?;
    // No server takes the path while it is looked at.
    let _locked = path.parent().map(lock);
    file.remove()
}

/// Reads until the server has gone.
fn wait_for_end() -> io::Result<()> {
    let mut ignored = [0; 64];
    loop {
        match io::stdin().read(&mut ignored) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
    }
}
