//! One server while it is measured.

use super::client::Client;
use super::error::{Error, Result};
use super::measure::Tree;
use super::peers::{Contender, Launch};
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that a start takes; a debug build compiles its component.
const START_PATIENCE: Duration = Duration::from_secs(180);
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Another process may take the port that was free a moment ago.
const TRIES: usize = 5;

/// A running server, in a process group of its own, which ends with it.
pub(crate) struct Server {
    pub(crate) peer: &'static str,
    pub(crate) address: SocketAddr,
    child: Child,
    /// Configuration, and what the server says.
    scratch: TempDir,
}

impl Server {
    /// Starts a server, and returns once it listens.
    pub(crate) fn start(contender: &Contender, launch: &Launch<'_>) -> Result<Self> {
        let mut tries = 1;
        loop {
            let mut server = Self::spawn(contender, launch)?;
            match server.wait_until_listening() {
                Err(Error::Server { .. }) if tries < TRIES && server.has_ended() => tries += 1,
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
    }

    /// Starts a server, and returns at once.
    pub(crate) fn spawn(contender: &Contender, launch: &Launch<'_>) -> Result<Self> {
        let scratch = TempDir::new().map_err(Error::io("temporary folder"))?;
        let said = scratch.path().join("stderr");
        let errors = File::create(&said).map_err(Error::at(&said))?;
        let address = free_address()?;
        let mut words = contender
            .runner
            .iter()
            .cloned()
            .chain([contender.program.clone().into()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .process_group(0);
        (contender.peer.configure)(&mut command, launch, address.port(), scratch.path())?;
        let child = command.spawn().map_err(Error::at(&contender.program))?;
        Ok(Self {
            peer: contender.peer.name,
            address,
            child,
            scratch,
        })
    }

    /// Connects as soon as the server listens.
    pub(crate) fn first_connection(&mut self) -> Result<Client> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            if let Ok(client) = Client::connect(self.address) {
                return Ok(client);
            }
            if self.has_ended() {
                return Err(self.failed("ended at its start"));
            }
            if Instant::now() > deadline {
                return Err(self.failed("doesn't listen"));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    fn wait_until_listening(&mut self) -> Result<()> {
        self.first_connection().map(drop)
    }

    /// The server's processes.
    pub(crate) fn tree(&self) -> Result<Tree> {
        Tree::of(self.child.id())
    }

    /// Asks the server to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::TERM);
        let deadline = Instant::now() + START_PATIENCE;
        while !self.has_ended() {
            if Instant::now() > deadline {
                return Err(self.failed("doesn't end"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// An error about this server, with what it said.
    pub(crate) fn failed(&self, what: impl Into<String>) -> Error {
        let said = fs::read(self.scratch.path().join("stderr")).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        Error::Server {
            peer: self.peer,
            what: what.into(),
            said: said.lines().last().unwrap_or("nothing").to_owned(),
        }
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::TERM);
        let deadline = Instant::now() + STOP_PATIENCE;
        while !self.has_ended() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Most servers can't be asked for any free port, so the port is chosen here.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map_err(Error::io("a free port"))
}
