//! The process that starts workers for a server that can't, once it is locked down.

use super::order::Order;
use super::outcome::{WorkFailure, encode};
use super::overseer::{Files, oversee};
use super::worker;
use crate::parcel::{Received, receive};
use crate::stand_in;
use rustix::net::{SendFlags, send};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::thread;

/// Runs this process as what a workshop's command has started: a foreman, until its
/// server is gone; or a worker, until its work is done. The command is followed by
/// arguments for this function, which takes them from [`std::env::args_os`].
///
/// A worker calls `confine` before it reads anything of the material, to give up
/// whatever it doesn't need for its work. `work` is told which job it is, and the
/// material, and writes the result; its error's text is what is said of it.
///
/// # Errors
///
/// This was started by nobody of these, the system refuses what it needs, or the work
/// has failed.
pub fn run_workshop(
    confine: impl FnOnce(),
    work: impl FnOnce(&str, Vec<u8>, &mut File) -> io::Result<()>,
) -> io::Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(order) = Order::of_arguments(&arguments) {
        return worker::run(&order, confine, work);
    }
    let socket = stand_in::begin()?;
    let command: Arc<[OsString]> = own_command(arguments).into();
    while let Some(received) = receive(&socket)? {
        let command = Arc::clone(&command);
        // Without a thread the answer's socket is closed, which is an answer, too.
        let _ = thread::Builder::new().spawn(move || serve(&command, received));
    }
    Ok(())
}

/// This very program, whatever is at its path now, with the arguments that it has.
fn own_command(arguments: Vec<OsString>) -> Vec<OsString> {
    let program = OsString::from("/proc/self/exe");
    [program].into_iter().chain(arguments).collect()
}

fn serve(command: &[OsString], received: Received) {
    let [material, result, answer] = received.descriptors;
    let files = Files { material, result };
    let outcome = match Order::decode(&received.message) {
        Some(order) => oversee(command, &order, files, Some(&answer)),
        None => Err(WorkFailure::NoWorker(io::ErrorKind::InvalidData.into())),
    };
    // An error: nobody waits for it any more.
    let _ = send(answer, &encode(&outcome), SendFlags::NOSIGNAL);
}
