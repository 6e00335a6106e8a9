//! Why a command failed, and what it says of that: what happened, from the library,
//! and which option to give, which the library doesn't know.

use crate::new::ProjectError;
use crate::port_user;
use crate::settings::Problem as SettingProblem;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use wasm_host_rules::Problem;
use wasm_host_server::{Error, GrantError, TlsError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Usage(clap::Error),
    #[error(transparent)]
    Settings(#[from] SettingProblem),
    #[error("{what}{places}")]
    Elsewhere { what: Box<Self>, places: String },
    #[error(
        "{} would be served, and {option} in it is a secret; put the file somewhere else than beneath --directory", path.display()
    )]
    ExposedConfig { path: PathBuf, option: String },
    #[error("{}", said(source))]
    Server {
        #[from]
        source: Error,
    },
    #[error(transparent)]
    New(#[from] ProjectError),
    #[error("--{option} has no effect on {component}: {reason}; remove it")]
    NoEffect {
        option: String,
        component: String,
        reason: &'static str,
    },
    #[error(
        "--{option} is given {given} times, and --tls-cert {count} times; give one for each certificate, in the same order"
    )]
    Unpaired {
        option: &'static str,
        given: usize,
        count: usize,
    },
    #[error(
        "cannot tell where your files are kept; set HOME, or XDG_DATA_HOME, to the absolute path of a folder"
    )]
    NoDataFolder,
    #[error(
        "with --user, certificates need a folder that is that user's; give one with --tls-store, such as /var/lib/wasm-host, which is made for that user if it isn't there"
    )]
    NoStore,
    #[error(
        "this is to be run by the user whose browsers are meant, not by root; run `wasm-host trust` as {0}, without sudo: it prints what only root can do"
    )]
    TrustBySudo(String),
    #[error("cannot do all of it: {0}")]
    Trust(String),
    #[error(
        "--admin {0} is reached by other machines, which could read how much this server is used; give an address of this machine alone, such as 127.0.0.1:{port}, or --admin-public if they may", port = .0.port()
    )]
    AdminPublic(SocketAddr),
    #[error("cannot listen on {address} for --admin: {}; give another address or port", said_of_admin(source, address.port()))]
    AdminListen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("cannot listen on unix:{} for --admin: {reason}", path.display())]
    AdminSocket { path: PathBuf, reason: String },
    #[error("{what} has no effect: {reason}; remove it")]
    NotListened { what: String, reason: &'static str },
    #[error(
        "systemd hands over sockets (LISTEN_FDS), at which nobody would answer; leave out --bind for these, or give --bind systemd beside the others"
    )]
    HandedOver,
    #[error("cannot write the log to {}: {source}; give a file in a directory that you may write to with --log-file", path.display())]
    LogFile { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Preview(String),
    #[error(transparent)]
    Client(#[from] wasm_host_preview::client::Failure),
    #[error("cannot read the password in {}: {source}", path.display())]
    PasswordFile { path: PathBuf, source: io::Error },
    #[error("cannot make the folder {}: {source}; give another with --store", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot read {}: {source}; make it a file that this user may read, or leave out --rules", path.display())]
    RuleFile { path: PathBuf, source: io::Error },
    #[error("{}", lines(.0))]
    Rules(Vec<Problem>),
    #[error("cannot write {}: {source}; give a folder that is there and that you may write to", path.display())]
    ManPage { path: PathBuf, source: io::Error },
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl Failure {
    /// With the places where options were given that it names, other than on the command
    /// line, if there are some.
    pub(crate) fn at(self, places: String) -> Self {
        match places.is_empty() {
            true => self,
            false => Self::Elsewhere {
                what: Box::new(self),
                places,
            },
        }
    }

    /// Says it on standard error. Whether anybody can read that or not, the exit
    /// code is the same: 2 for what is wrong with the command line, 1 for what
    /// can't be done.
    pub(crate) fn report(&self) -> ExitCode {
        let _ = match self {
            Self::Usage(error) => error.print(),
            _ => writeln!(io::stderr(), "error: {self}"),
        };
        match self {
            Self::Usage(_) | Self::Settings(_) | Self::New(ProjectError::Name { .. }) => {
                ExitCode::from(2)
            }
            _ => ExitCode::FAILURE,
        }
    }
}

/// Each problem as a line of its own.
fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\nerror: ")
}

/// What a server's error says, with who has the port where it is taken.
fn said(error: &Error) -> String {
    let plain = || format!("{error}{}", advice(error));
    let Error::Listen { address, source } = error else {
        return plain();
    };
    let port = address
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok());
    let taken = source.kind() == io::ErrorKind::AddrInUse;
    let program = port.filter(|_| taken).and_then(port_user::of);
    program.map_or_else(plain, |program| {
        format!(
            "cannot listen on {address}: the port is used by {program}; stop that, or choose another port, or 0 for any that is free"
        )
    })
}

/// Why it can't be listened on for --admin, and who has the port where it is taken.
fn said_of_admin(error: &io::Error, port: u16) -> String {
    let taken = error.kind() == io::ErrorKind::AddrInUse;
    match Some(port).filter(|_| taken).and_then(port_user::of) {
        Some(program) => format!("the port is used by {program}"),
        None => error.to_string(),
    }
}

/// What to give on the command line, as the end of an error's text.
fn advice(error: &Error) -> &'static str {
    match error {
        Error::Listen { source, .. } if source.kind() == io::ErrorKind::AddrNotAvailable => {
            ", or leave out --bind for all"
        }
        Error::Grant(GrantError::Served { .. }) => " with --directory",
        Error::Grant(GrantError::Directory { .. } | GrantError::SameGuestPath { .. }) => {
            " with --dir HOST::GUEST"
        }
        Error::Grant(GrantError::Replaceable { .. }) => ", without :rw",
        Error::NothingToRedirectFrom => " with --bind, or leave out --http-redirect",
        Error::NoTrustedProxy { .. } => " with --trusted-proxy, such as --trusted-proxy 10.0.0.0/8",
        Error::Watch { .. } => ", or leave out --watch and send SIGHUP",
        Error::WatchEmbedded => " with --component",
        Error::UntrustedCode { .. } => {
            "; give --allow-precompiled if you compiled it yourself, or else the component that it was made of"
        }
        Error::WriteCompiled { .. } | Error::OverwritesComponent { .. } => " with --output",
        Error::Tls(TlsError::NoPassword { .. }) => " with --tls-password-file",
        Error::Tls(TlsError::MakeStore { .. } | TlsError::Store(_)) => {
            "; or give another folder with --tls-store"
        }
        Error::TooLarge { .. } => "; raise --memory",
        Error::StartsScripts => "; give --no-lockdown, or find out why it couldn't be started",
        _ => "",
    }
}
