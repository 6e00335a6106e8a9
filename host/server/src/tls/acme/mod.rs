//! Certificates that an authority issues for names which lead here (ACME, RFC 8555).
//!
//! 1. [`process`] starts the process that obtains and renews them, before the lock-down:
//!    this one connects to nobody, and never sees the account's key. The other
//!    reads the store, too, which is out of this one's reach from then on.
//! 2. That process hands on what it has, and [`certificates`] shows it to clients
//!    from the next handshake on.
//! 3. When the authority wants to see that a name leads here, it connects to this server,
//!    and is shown what the process says ([`shown`]).
//!
//! A client that asks for a name whose certificate isn't there yet is refused in the
//! handshake: nobody accepts one that nobody has signed, and whoever did so once could be
//! fooled ever after.

mod certificates;
mod process;
mod shown;

pub(crate) use certificates::ACME_TLS_1;

use super::error::TlsError;
use super::options::AcmeOptions;
use super::pem_file;
use certificates::AcmeCertificates;
use process::Agent;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use wasm_host_acme::{Assignment, Store, check_roots};
use wasm_host_process::Account;

/// Where requests to see something at a path go (RFC 8555 section 8.3).
const WELL_KNOWN: &str = "/.well-known/acme-challenge/";

/// All that a server has to do with its authority.
#[derive(Debug)]
pub(super) struct Acme {
    options: AcmeOptions,
    store: PathBuf,
    /// What the authority's own certificate is issued by.
    roots: Option<String>,
    certificates: Arc<AcmeCertificates>,
    is_locked_down: AtomicBool,
    agent: OnceLock<Agent>,
}

impl Acme {
    /// # Errors
    ///
    /// A file can't be read, or there are no names.
    pub(super) fn open(options: &AcmeOptions) -> Result<Self, TlsError> {
        let roots = options.roots.as_deref().map(read_roots).transpose()?;
        Ok(Self {
            store: std::path::absolute(&options.store).unwrap_or_else(|_| options.store.clone()),
            roots,
            certificates: Arc::new(AcmeCertificates::new(&options.domains)?),
            options: options.clone(),
            is_locked_down: AtomicBool::new(false),
            agent: OnceLock::new(),
        })
    }

    pub(super) fn certificates(&self) -> Arc<AcmeCertificates> {
        Arc::clone(&self.certificates)
    }

    /// Makes the folder, if it isn't there, for whom the process will be.
    ///
    /// # Errors
    ///
    /// It can't be made.
    pub(super) fn prepare(&self, user: Option<&Account>) -> Result<(), TlsError> {
        let made = match user.filter(|_| rustix::process::geteuid().is_root()) {
            None => DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.store),
            // What it is in is root's, and stays so.
            Some(user) => match DirBuilder::new().mode(0o700).create(&self.store) {
                Ok(()) => user.give(&self.store),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                Err(error) => Err(error),
            },
        };
        made.map_err(|source| TlsError::MakeStore {
            path: self.store.clone(),
            source,
        })
    }

    /// Starts the process that obtains certificates, which waits then.
    ///
    /// # Errors
    ///
    /// It can't be started, or others could read what it keeps.
    pub(super) fn start(&self) -> Result<(), TlsError> {
        Store::open(&self.store, &self.options.directory)?;
        let agent = Agent::start(&self.options.agent).map_err(TlsError::Agent)?;
        // It is called once.
        let _ = self.agent.set(agent);
        Ok(())
    }

    pub(super) fn note_lock_down(&self) {
        self.is_locked_down.store(true, Ordering::Relaxed);
    }

    /// Has it begin. Returns when the certificates are here that were kept.
    ///
    /// # Errors
    ///
    /// It has died.
    pub(super) fn begin(&self, has_plain_port: bool) -> Result<(), TlsError> {
        let Some(agent) = self.agent.get() else {
            return Ok(());
        };
        let assignment = Assignment {
            domains: self.options.domains.clone(),
            email: self.options.email.clone(),
            directory: self.options.directory.clone(),
            roots: self.roots.clone(),
            store: self.store.clone(),
            has_plain_port,
            is_locked_down: self.is_locked_down.load(Ordering::Relaxed),
        };
        agent
            .begin(&assignment, self.certificates())
            .map_err(TlsError::Agent)
    }

    pub(super) fn try_now(&self) {
        if let Some(agent) = self.agent.get() {
            agent.try_now();
        }
    }

    /// What the authority is to see at a path of the plain port, if it is one of these.
    pub(super) fn authorization(&self, path: &str) -> Option<String> {
        let token = path.strip_prefix(WELL_KNOWN)?;
        self.certificates.shown.at_path(token)
    }
}

/// While this process is still who was given the file.
fn read_roots(path: &Path) -> Result<String, TlsError> {
    const WHAT: &str = "certificate of the authority";
    let pem = pem_file::read(WHAT, path)?;
    let pem = String::from_utf8_lossy(&pem).into_owned();
    check_roots(&pem).map_err(|reason| TlsError::Damaged {
        what: WHAT,
        path: path.to_owned(),
        reason,
    })?;
    Ok(pem)
}
