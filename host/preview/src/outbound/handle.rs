//! The server's side.

use super::grant::{Setup, SiteGrant};
use crate::attendant::Attendant;
use std::ffi::OsString;
use std::io;
use std::os::unix::net::UnixStream;

/// The process that sends the requests of sites' code. Dropping it ends that.
#[derive(Debug)]
pub struct Sender(Attendant);

impl Sender {
    /// Starts it, for a server that can't any more later. `command`: a program that calls
    /// [`run_sender`](super::run_sender), and its arguments. `roots`: authorities in PEM that
    /// it trusts beside those that browsers trust; see [`check_roots`](super::check_roots).
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub fn start(
        command: &[OsString],
        roots: Option<String>,
        is_locked_down: bool,
    ) -> io::Result<Self> {
        let setup = Setup {
            roots,
            is_locked_down,
        };
        Attendant::start(command, &setup).map(Self)
    }

    /// What a runner of a site gets: it sends the site's requests by it, within `grant`.
    ///
    /// # Errors
    ///
    /// The process is gone, or there is no descriptor to be had.
    pub(crate) fn admit(&self, grant: &SiteGrant) -> io::Result<UnixStream> {
        self.0.admit(grant)
    }
}
