//! The servers: where they are, and how each is started.
//!
//! Each has two workers, keeps connections alive for as many requests as there
//! are, logs no requests, and serves the same directory on 127.0.0.1. Beyond
//! that each is as its makers ship it.

mod caddy;
mod lighttpd;
mod miniserve;
mod nginx;
mod python;
mod static_web_server;
mod wasm_host;
mod wasmtime;

use super::error::{Error, Result};
use super::options::Options;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The server that the others are compared with.
pub(crate) const REFERENCE: &str = nginx::NGINX.name;
/// Ours.
pub(crate) const OURS: &str = wasm_host::WASM_HOST.name;

/// In the order of the tables.
pub(crate) const ALL: &[Peer] = &[
    nginx::NGINX,
    wasm_host::WASM_HOST,
    lighttpd::LIGHTTPD,
    static_web_server::STATIC_WEB_SERVER,
    caddy::CADDY,
    miniserve::MINISERVE,
    wasmtime::WASMTIME,
    python::PYTHON,
];

/// A kind of server.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// What its program is called.
    pub(crate) programs: &'static [&'static str],
    /// Debian's package.
    pub(crate) package: Option<&'static str>,
    /// A variable that may hold the program's path.
    pub(crate) variable: Option<&'static str>,
    /// The argument that makes it tell its version.
    version: &'static str,
    /// Adds its arguments and writes its configuration into a folder.
    pub(crate) configure: fn(&mut Command, &Launch<'_>, u16, &Path) -> Result<()>,
    /// The cases that it can't take part in, with reasons.
    pub(crate) lacks: &'static [(&'static str, &'static str)],
}

/// How a server is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Launch<'a> {
    pub(crate) root: &'a Path,
    pub(crate) workers: u32,
    pub(crate) isolation: Isolation,
    /// The most connections at once, where there is no room for many sandboxes.
    pub(crate) connections: Option<u32>,
}

/// What gets a fresh sandbox, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// As few as the server allows.
    Usual,
    /// Every request.
    Request,
}

/// A server that is here.
#[derive(Clone)]
pub(crate) struct Contender {
    pub(crate) peer: &'static Peer,
    /// A program, with arguments, that runs the server's program.
    pub(crate) runner: Vec<OsString>,
    pub(crate) program: PathBuf,
    pub(crate) version: String,
}

/// A server that was looked for in vain.
#[derive(Clone)]
pub(crate) struct Absent {
    pub(crate) peer: &'static str,
    pub(crate) reason: String,
}

/// Finds the servers that the options name; those that aren't here, with the
/// reason.
pub(crate) fn find(options: &Options) -> Result<(Vec<Contender>, Vec<Absent>)> {
    let names: Vec<&str> = ALL.iter().map(|peer| peer.name).collect();
    if let Some(unknown) = options
        .peers
        .iter()
        .find(|name| !names.contains(&name.as_str()))
    {
        let known = names.join(", ");
        return Err(Error::Usage(format!(
            "no peer {unknown}; there are: {known}"
        )));
    }
    let mut found = Vec::new();
    let mut absent = Vec::new();
    for peer in ALL {
        if !options.peers.is_empty() && !options.peers.iter().any(|name| name == peer.name) {
            continue;
        }
        match program(peer, options) {
            Some(program) => found.push(Contender {
                peer,
                runner: Vec::new(),
                version: version(peer, &program),
                program,
            }),
            None => absent.push(Absent {
                peer: peer.name,
                reason: why_absent(peer),
            }),
        }
    }
    Ok((found, absent))
}

fn program(peer: &Peer, options: &Options) -> Option<PathBuf> {
    if peer.name == OURS {
        return Some(options.wasm_host.clone());
    }
    let named = peer.variable.and_then(std::env::var_os).map(PathBuf::from);
    named.or_else(|| peer.programs.iter().find_map(|name| on_path(name)))
}

fn why_absent(peer: &Peer) -> String {
    let mut reason = format!("no {} on PATH", peer.programs.join(" or "));
    if peer.package.is_some() {
        reason.push_str("; `--install` installs it");
    }
    if let Some(variable) = peer.variable {
        reason.push_str(&format!("; {variable} may hold its path"));
    }
    reason
}

/// A program by its name, also where Debian puts servers.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// What the program says that it is, or nothing.
fn version(peer: &Peer, program: &Path) -> String {
    let mut command = Command::new(program);
    let output = command.arg(peer.version).stdin(Stdio::null()).output();
    let Ok(output) = output else {
        return String::new();
    };
    // nginx tells it on standard error.
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    said.lines().next().unwrap_or_default().to_owned()
}

/// Writes a configuration file; its path.
fn write_configuration(folder: &Path, text: &str) -> Result<PathBuf> {
    let path = folder.join("configuration");
    std::fs::write(&path, text).map_err(Error::at(&path))?;
    Ok(path)
}
