//! What can go wrong before a server serves: each error says what, where, and
//! what to do about it. The names of options are the command line's to add.

use crate::grants::GrantError;
use crate::tls::TlsError;
use rustix::io::Errno;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// An error that keeps a server from starting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address to listen on isn't one.
    #[error(
        "cannot resolve {host}: {source}; give an IP address of this machine, or a host name that resolves to one"
    )]
    Resolve {
        /// The host as given.
        host: String,
        /// Why it wasn't resolved.
        source: io::Error,
    },
    /// The address can't be listened on.
    #[error("cannot listen on {address}: {}", listen_advice(source))]
    Listen {
        /// The address and port.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The Unix socket can't be listened on.
    #[error("cannot listen on unix:{}: {reason}", path.display())]
    UnixSocket {
        /// Its path.
        path: PathBuf,
        /// Why not, and what to do about it.
        reason: String,
    },
    /// Only the embedded component serves several sites, and without scripts and uploads.
    #[error(
        "several sites are served by the embedded component alone, and without scripts and uploads"
    )]
    SitesOfOthers,
    /// There are no sockets of a service manager's that can be listened on.
    #[error("cannot listen on the sockets that a service manager hands over: {0}")]
    HandedOver(String),
    /// There is no address at which clients could be sent on to HTTPS.
    #[error(
        "clients cannot be sent on to HTTPS: neither a Unix socket nor one that is handed over has a port; listen on an address, too"
    )]
    NothingToRedirectFrom,
    /// Anybody could say whose a connection is.
    #[error(
        "whoever connects to {address} could say whose the connection is, as the PROXY protocol is on and no proxy is named that is believed; name those that are"
    )]
    NoTrustedProxy {
        /// What is listened on.
        address: SocketAddr,
    },
    /// Something can't be granted to the handler.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The certificates can't be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The component's file can't be read.
    #[error("cannot read component {}: {source}; give the path of a component's file", path.display())]
    ReadComponent {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file of the component, or of a certificate, can't be watched.
    #[error(
        "cannot watch {what} {}: {reason}; give a file in a directory that is there",
        path.display()
    )]
    Watch {
        /// What the file is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is no file to watch.
    #[error("cannot watch the embedded component; give another's file")]
    WatchEmbedded,
    /// The file isn't a component that this version of wasmtime can compile.
    #[error("{component} is not a component: {reason}")]
    NotAComponent {
        /// The component's name.
        component: String,
        /// What it is instead.
        reason: String,
    },
    /// The component isn't compiled, or not even read: it takes too long or too much
    /// memory, or the compiler has failed.
    #[error("{component} is refused: {reason}")]
    NotCompiled {
        /// The component's name.
        component: String,
        /// Why, and what to do about it.
        reason: String,
    },
    /// This process was to compile components for another, and can't.
    #[error("cannot compile: {0}")]
    Compiler(String),
    /// The component is machine code, and nobody said that it may be trusted.
    #[error(
        "{component} is precompiled: machine code, which no sandbox holds if it was tampered with"
    )]
    UntrustedCode {
        /// The component's name.
        component: String,
    },
    /// The component was compiled by another version, or with other settings.
    #[error(
        "{component} cannot be loaded: {detail}; compile the component anew with this version's `wasm-host compile`"
    )]
    IncompatibleCode {
        /// The component's name.
        component: String,
        /// What differs.
        detail: String,
    },
    /// The component is compiled already.
    #[error("{component} is precompiled already; give the component that it was made of")]
    CompiledAlready {
        /// The component's name.
        component: String,
    },
    /// The compiled component can't be written.
    #[error("cannot write {}: {source}; give a file in a directory that you may write to", path.display())]
    WriteCompiled {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The compiled component would replace the one that it is made of.
    #[error("{} is the component itself; give another file", path.display())]
    OverwritesComponent {
        /// The file.
        path: PathBuf,
    },
    /// The component needs more memory than an instance may have.
    #[error("{component} needs more memory than it may have: {detail}")]
    TooLarge {
        /// The component's name.
        component: String,
        /// How much.
        detail: String,
    },
    /// The component's handler isn't what a handler is.
    #[error(
        "{component} is not a handler: {detail}; build it with the world wasm-host:http/handler@0.1.0"
    )]
    BadHandler {
        /// The component's name.
        component: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The component doesn't export a handler.
    #[error(
        "{component} is not a handler: it exports {found}; a handler exports wasm-host:http/connection-handler@0.1.0, wasi:http/incoming-handler@0.2 or wasi:http/handler@0.3"
    )]
    WrongWorld {
        /// The component's name.
        component: String,
        /// What it exports.
        found: String,
    },
    /// The component can't take the place of the one that is served.
    #[error(
        "{component} is of another world than the component before it; start the server anew to serve it"
    )]
    OtherWorld {
        /// The component's name.
        component: String,
    },
    /// The component imports what a handler isn't given.
    #[error(
        "{component} cannot be linked: {detail}; a handler may import what the world {world} lists"
    )]
    UnknownImport {
        /// The component's name.
        component: String,
        /// The import.
        detail: String,
        /// The component's world.
        world: String,
    },
    /// The process can't be that user.
    #[error("cannot become the user {user}: {source}")]
    User {
        /// The user.
        user: String,
        /// Why not.
        source: io::Error,
    },
    /// Scripts can't be run.
    #[error("cannot run CGI scripts: {0}")]
    Cgi(String),
    /// The process is to be locked down, and is the one to start scripts.
    #[error(
        "cannot run CGI scripts: there is no other process to start them, and this one can't once it is locked down"
    )]
    StartsScripts,
    /// The engine can't be made.
    #[error("cannot start the WebAssembly engine: {0}")]
    Engine(String),
    /// A limit is out of its range.
    #[error("the limit {name} is {value}, and must be {range}")]
    Limit {
        /// The field of [`Limits`](crate::Limits).
        name: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        range: &'static str,
    },
    /// A thread, or its event loop, can't be started.
    #[error("cannot start a thread: {}", limit_advice(.0))]
    Thread(io::Error),
}

/// An error of the engine's, whose whole chain is in its text.
pub(crate) fn engine_error(error: &wasmtime::Error) -> Error {
    Error::Engine(format!("{error:#}"))
}

fn listen_advice(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "permission denied; choose a port above 1023 or run with CAP_NET_BIND_SERVICE"
                .to_owned()
        }
        io::ErrorKind::AddrInUse => {
            "the port is in use; choose another, or 0 for any that is free".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            "no interface has this address; choose one of this machine's".to_owned()
        }
        _ => limit_advice(source),
    }
}

/// What to do where a limit of the system was met.
fn limit_advice(source: &io::Error) -> String {
    match Errno::from_io_error(source) {
        Some(Errno::MFILE) => format!("{source}; raise `ulimit -n`"),
        _ => source.to_string(),
    }
}
