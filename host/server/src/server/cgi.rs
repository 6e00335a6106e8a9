//! CGI, as a server's owner wants it.

use crate::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use wasm_host_process::{Bounds, ScriptUsers};

/// Which scripts a server runs, and how far they may go (RFC 3875).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CgiOptions {
    /// The directories whose files are scripts, beneath the one that is
    /// served. No symbolic link may lead out of that, to the directory or to a
    /// script.
    pub directories: Vec<PathBuf>,
    /// The longest that a script may take itself: more than 0. While it waits for its
    /// client, to send content or to take output, its time stands still; for as long
    /// as this at once, and only as long as nobody else needs its place.
    pub timeout: Duration,
    /// The most scripts at once, at least 1; more wait, then get 503.
    pub max_running: u32,
    /// The most content of a request, in bytes, that is kept until a script can
    /// read it: that of one that sends it chunked, without its length. Four times as
    /// much is kept for all together.
    ///
    /// It is in a file without a name, in `$TMPDIR` or `/var/tmp`.
    pub max_chunked: u64,
    /// Variables for every script, beside those of RFC 3875.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether scripts get a request's Authorization field.
    pub authorization: bool,
    /// How much of the machine each script may use, if there is a spawner. Those that
    /// are components have an instance's memory, and start no processes.
    pub bounds: Bounds,
    /// Users for scripts, at least twice as many as there may be scripts: each that runs
    /// has one of its own then. Only for root, and with a spawner. None: all run as
    /// `nobody` if the server is root, else as it does.
    pub users: Option<ScriptUsers>,
    /// The command of a process that starts the scripts: a program that calls
    /// [`run_cgi_spawner`](crate::run_cgi_spawner), and its arguments, to which more
    /// are added. Empty: the server starts them itself. That is slow for root, whose
    /// scripts run as another user; nothing bounds what they use, daemons outlive
    /// them, and a server that is killed leaves all of them behind.
    ///
    /// Linux only.
    pub spawner: Vec<OsString>,
}

impl Default for CgiOptions {
    fn default() -> Self {
        Self {
            directories: vec!["cgi-bin".into(), "htbin".into()],
            timeout: Duration::from_secs(30),
            max_running: 16,
            max_chunked: 1024 * 1024 * 1024,
            environment: Vec::new(),
            authorization: false,
            bounds: Bounds::default(),
            users: None,
            spawner: Vec::new(),
        }
    }
}

impl CgiOptions {
    /// # Errors
    ///
    /// With these, no script could ever run.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.max_running == 0 {
            return Err(Error::Limit {
                name: "max_running",
                value: "0".to_owned(),
                range: "at least 1",
            });
        }
        if self.timeout.is_zero() {
            return Err(Error::Limit {
                name: "timeout",
                value: "0 s".to_owned(),
                range: "more than that",
            });
        }
        let needed = self.max_running.saturating_mul(2);
        if let Some(users) = self.users
            && users.count() < needed
        {
            return Err(Error::Cgi(format!(
                "{} users are too few for {} scripts at once; name at least {needed}",
                users.count(),
                self.max_running
            )));
        }
        self.check_bounds()
    }

    /// With less than these no program begins.
    fn check_bounds(&self) -> Result<(), Error> {
        let bounds = &self.bounds;
        for (name, value, least) in [
            ("bounds.memory", bounds.memory, 16 * 1024 * 1024),
            ("bounds.processes", bounds.processes.into(), 1),
            ("bounds.open_files", bounds.open_files, 64),
            ("bounds.cpu_time", bounds.cpu_time, 1),
        ] {
            if value < least {
                return Err(Error::Limit {
                    name,
                    value: value.to_string(),
                    range: "at least 16 MiB of memory, 1 process, 64 files and 1 second",
                });
            }
        }
        Ok(())
    }
}
