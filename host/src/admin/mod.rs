//! `--admin`: a listener for operators and their programs, which the host answers itself.
//!
//! 1. Its socket is opened with the others, before the process is locked down.
//! 2. It is answered on a thread of its own, from before the component is loaded until
//!    the process ends: whether the server is ready is among what it tells.
//!
//! It reads what is counted, and changes nothing. No handler and no worker waits for it.

mod answers;
mod exposition;
mod hosts;
mod listener;
mod memory;

use crate::failure::Failure;
use crate::{socket_keeper, start_up};
use answers::Answers;
use clap::Args;
use exposition::Exposition;
use hosts::{HostName, Hosts};
use listener::Listener;
use memory::ResidentMemory;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use wasm_host_server::{Metrics, UnixSocket, UnixSocketFile};

/// Whom the host tells how its server is.
#[derive(Debug, Args)]
pub(super) struct AdminArgs {
    /// Tell operators' programs how the server is, at this address of this machine, or at a
    /// Unix socket for its user and group (unix:PATH): GET
    /// /healthz, /readyz, /config, and /metrics for Prometheus. Port 0 picks a free one [default:
    /// nobody].
    #[arg(long, value_name = "ADDR:PORT", value_parser = place)]
    admin: Option<Place>,

    /// Let --admin be an address that other machines reach: whoever does may read how
    /// much the server is used, without a password [default: refuse it].
    #[arg(long, requires = "admin")]
    admin_public: bool,

    /// Host name by which --admin is asked, beside localhost and addresses; repeatable. A
    /// web page can't ask by another name, which it could have lead to this machine
    /// [default: none].
    #[arg(long, value_name = "NAME", requires = "admin")]
    admin_host: Vec<HostName>,
}

/// A listener that is open, and isn't answered yet.
pub(super) struct Admin {
    listener: Listener,
    address: AdminAddress,
    answers: Answers,
    metrics: Metrics,
}

/// Where operators ask, as given.
#[derive(Debug, Clone)]
enum Place {
    Tcp(SocketAddr),
    Unix(String),
}

/// An address with its port, or a Unix socket.
fn place(text: &str) -> Result<Place, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        let socket = UnixSocket::at(path).map(|_| Place::Unix(path.to_owned()));
        return socket.map_err(|error| error.to_string());
    }
    text.parse().map(Place::Tcp).map_err(|_| {
        "give an address of this machine with a port, such as 127.0.0.1:9100 or [::1]:9100, or a Unix socket as unix:PATH"
            .to_owned()
    })
}

impl AdminArgs {
    /// Opens the listener, if there is to be one. No thread is started. `config`: the
    /// options in effect, as JSON.
    ///
    /// # Errors
    ///
    /// It can't listen there, or others could ask and that wasn't allowed.
    pub(super) fn open(&self, config: String) -> Result<Option<Admin>, Failure> {
        let Some(place) = &self.admin else {
            return Ok(None);
        };
        let (listener, address) = match place {
            Place::Tcp(address) => self.listen(*address)?,
            Place::Unix(path) => listen_on_socket(path)?,
        };
        let metrics = Metrics::new();
        let exposition = Exposition::new(metrics.clone(), ResidentMemory::of_this_process());
        let hosts = Hosts::new(&self.admin_host);
        Ok(Some(Admin {
            address,
            listener,
            answers: Answers::new(hosts, exposition, metrics.clone(), config),
            metrics,
        }))
    }

    fn listen(&self, address: SocketAddr) -> Result<(Listener, AdminAddress), Failure> {
        if !address.ip().to_canonical().is_loopback() && !self.admin_public {
            return Err(Failure::AdminPublic(address));
        }
        let cannot = |source| Failure::AdminListen { address, source };
        let listener = TcpListener::bind(address).map_err(cannot)?;
        listener.set_nonblocking(true).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        Ok((Listener::Tcp(listener), AdminAddress::Tcp(address)))
    }
}

fn listen_on_socket(path: &str) -> Result<(Listener, AdminAddress), Failure> {
    let failed = |reason: String| Failure::AdminSocket {
        path: path.into(),
        reason,
    };
    let socket = UnixSocket::at(path).map_err(|error| failed(error.to_string()))?;
    let (listener, file) = socket.listen(&socket_keeper::command())?;
    let nonblocking = listener.set_nonblocking(true);
    nonblocking.map_err(|error| failed(error.to_string()))?;
    let address = AdminAddress::Unix(path.to_owned(), file);
    Ok((Listener::Unix(listener), address))
}

impl Admin {
    /// What the server is to count, for this to tell.
    pub(super) fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Starts the thread that answers, until the process ends. Returns where.
    ///
    /// # Errors
    ///
    /// There is no thread to be had.
    pub(super) fn start(self) -> io::Result<AdminAddress> {
        listener::start(self.listener, self.answers)?;
        Ok(self.address)
    }
}

/// Where operators are answered. A Unix socket's file is removed when this is dropped.
pub(super) enum AdminAddress {
    Tcp(SocketAddr),
    Unix(
        String,
        #[expect(dead_code, reason = "it is there to be dropped")] UnixSocketFile,
    ),
}

impl AdminAddress {
    /// Says where, after the line that scripts wait for.
    pub(super) fn announce(&self) {
        let mut stdout = io::stdout().lock();
        // Nobody may be reading; that is no reason not to serve.
        let _ = match self {
            Self::Tcp(address) => writeln!(stdout, "Operators see http://{address}/metrics"),
            Self::Unix(path, _) => {
                let curl = start_up::curl(path, "http");
                writeln!(stdout, "Operators see unix:{path} ({curl}metrics)")
            }
        };
        let _ = stdout.flush();
    }
}
