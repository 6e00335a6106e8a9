//! TLS (RFC 8446, RFC 5246): which certificate a client is shown, and on what terms its
//! connection is encrypted. The handshake itself is the connection's.
//!
//! 1. [`Tls::open`] reads the certificates before anything listens, as the user who
//!    started the process: keys are often root's alone. `files` checks them.
//! 2. Each handshake takes [`Tls::config`], in which `chosen` looks up the certificate
//!    for the name that the client asks for.
//! 3. [`Tls::reload`] reads the files anew. If they are wrong, the old certificates stay.
//!    Connections that are there keep what they have; tickets stay good.
//!
//!
//! Certificates of an authority ([`acme`]) come and go by themselves: a reload has what
//! failed be tried again.
//!
//! All else is as rustls has it: TLS 1.2 and 1.3, no renegotiation, no early data (which
//! could be replayed), tickets for resumption whose key changes every six hours, and 256
//! sessions in memory for clients that know no tickets.

mod acme;
mod chosen;
mod error;
mod facts;
mod files;
mod local;
mod options;
mod pem_file;
mod private_key;

pub(crate) use acme::ACME_TLS_1;
pub use error::TlsError;
pub use options::{AcmeOptions, CertificateFiles, CertificateSource, LocalAuthority, TlsOptions};

use acme::Acme;
use arc_swap::ArcSwap;
use chosen::ByName;
use local::LocalCertificates;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ProducesTickets, ResolvesServerCert, StoresServerSessions};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use wasm_host_process::Account;

/// HTTP/1.1, by its name in ALPN (RFC 7301 section 6).
pub(crate) const HTTP_1_1: &[u8] = b"http/1.1";

/// HTTP/2, by its name in ALPN (RFC 9113 section 3.2).
pub(crate) const HTTP_2: &[u8] = b"h2";

/// The terms of TLS, which can be replaced while connections go on.
#[derive(Debug)]
pub(crate) struct Tls {
    options: TlsOptions,
    lasting: Lasting,
    config: ArcSwap<ServerConfig>,
    /// If they are obtained by this server.
    acme: Option<Acme>,
}

/// What outlives a reload, so that clients that were here resume their sessions.
#[derive(Debug)]
struct Lasting {
    /// The protocols that clients are offered, the best first.
    protocols: Vec<Vec<u8>>,
    tickets: Arc<dyn ProducesTickets>,
    sessions: Arc<dyn StoresServerSessions>,
}

impl Tls {
    /// Reads the certificates. `protocols` are those that clients are offered by ALPN,
    /// the best first.
    ///
    /// # Errors
    ///
    /// They can't be served; see [`TlsError`].
    pub(crate) fn open(options: &TlsOptions, protocols: &[&[u8]]) -> Result<Self, TlsError> {
        let acme = match &options.certificates {
            CertificateSource::Acme(options) => Some(Acme::open(options)?),
            CertificateSource::Files(_) | CertificateSource::Local(_) => None,
        };
        let certificates = read(&options.certificates, acme.as_ref())?;
        let mut config = new_config(certificates)?;
        config.ticketer = ring::Ticketer::new()?;
        let lasting = Lasting {
            protocols: protocols
                .iter()
                .copied()
                .chain(acme.as_ref().map(|_| ACME_TLS_1))
                .map(<[u8]>::to_vec)
                .collect(),
            tickets: Arc::clone(&config.ticketer),
            sessions: Arc::clone(&config.session_storage),
        };
        config.alpn_protocols.clone_from(&lasting.protocols);
        Ok(Self {
            options: options.clone(),
            lasting,
            config: ArcSwap::from_pointee(config),
            acme,
        })
    }

    /// All files that are read, for a reload to find them within reach.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.options.certificates.files()
    }

    /// Where the certificates are.
    pub(crate) fn certificates(&self) -> Vec<PathBuf> {
        match &self.options.certificates {
            CertificateSource::Files(files) => {
                files.iter().map(|it| it.certificate.clone()).collect()
            }
            CertificateSource::Local(authority) => vec![authority.folder.clone()],
            CertificateSource::Acme(options) => vec![options.store.clone()],
        }
    }

    /// The terms of the moment, for a new handshake.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.config.load_full()
    }

    /// Whether the certificates are obtained by this server.
    pub(crate) fn obtains(&self) -> bool {
        self.acme.is_some()
    }

    /// Makes the folder of what this server obtains, for the user that the process will be.
    ///
    /// # Errors
    ///
    /// It can't be made.
    pub(crate) fn prepare(&self, user: Option<&Account>) -> Result<(), TlsError> {
        let acme = self.acme.as_ref();
        acme.map_or(Ok(()), |acme| acme.prepare(user))
    }

    /// Starts the process that obtains certificates, if they are obtained: before the
    /// lock-down, and as the user that the process is then.
    ///
    /// # Errors
    ///
    /// It can't be started, or others can read what it keeps.
    pub(crate) fn start(&self) -> Result<(), TlsError> {
        self.acme.as_ref().map_or(Ok(()), Acme::start)
    }

    /// Has that process give up all that it doesn't need, too.
    pub(crate) fn note_lock_down(&self) {
        if let Some(acme) = &self.acme {
            acme.note_lock_down();
        }
    }

    /// Has it begin, now that the authority could come and look.
    ///
    /// # Errors
    ///
    /// It has died.
    pub(crate) fn begin(&self) -> Result<(), TlsError> {
        let has_plain_port = self.options.redirect_from.is_some();
        let acme = self.acme.as_ref();
        acme.map_or(Ok(()), |acme| acme.begin(has_plain_port))
    }

    /// What is to be shown to an authority that asks for this path by plain HTTP.
    pub(crate) fn authorization(&self, path: &str) -> Option<String> {
        self.acme.as_ref()?.authorization(path)
    }

    /// Reads the certificates anew, for new handshakes.
    ///
    /// # Errors
    ///
    /// They can't be served; the ones before stay.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        if let Some(acme) = &self.acme {
            acme.try_now();
            return Ok(());
        }
        let mut config = new_config(read(&self.options.certificates, None)?)?;
        config.alpn_protocols.clone_from(&self.lasting.protocols);
        config.ticketer = Arc::clone(&self.lasting.tickets);
        config.session_storage = Arc::clone(&self.lasting.sessions);
        self.config.store(Arc::new(config));
        Ok(())
    }
}

fn read(
    source: &CertificateSource,
    acme: Option<&Acme>,
) -> Result<Arc<dyn ResolvesServerCert>, TlsError> {
    match source {
        CertificateSource::Acme(_) => Ok(acme.ok_or(TlsError::NoneGiven)?.certificates()),
        CertificateSource::Files(files) => {
            let now = SystemTime::now();
            let loaded = files.iter().map(|files| files::load(files, now));
            let mut loaded = loaded.collect::<Result<Vec<_>, _>>()?.into_iter();
            let first = loaded.next().ok_or(TlsError::NoneGiven)?;
            Ok(Arc::new(ByName::new(first, loaded.collect())))
        }
        CertificateSource::Local(authority) => Ok(Arc::new(LocalCertificates::open(authority)?)),
    }
}

fn new_config(certificates: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, TlsError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder
        .with_no_client_auth()
        .with_cert_resolver(certificates))
}
