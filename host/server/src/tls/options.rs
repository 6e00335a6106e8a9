//! What a server is told of TLS.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use wasm_host_acme::{DirectoryUrl, Domain};

/// Serves HTTPS, and nothing else on that address and port: TLS 1.2 and 1.3, with the
/// cipher suites that rustls holds safe.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TlsOptions {
    /// Where the certificates come from.
    pub certificates: CertificateSource,
    /// A second port, on the same address, that sends each request on to the same place
    /// by HTTPS; 0 picks a free one. Default: none.
    pub redirect_from: Option<u16>,
}

impl TlsOptions {
    /// TLS with these certificates, and defaults for what else there is.
    #[must_use]
    pub fn new(certificates: CertificateSource) -> Self {
        Self {
            certificates,
            redirect_from: None,
        }
    }
}

/// Where certificates come from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CertificateSource {
    /// Files. A client is shown the first certificate that is for the name it asks for,
    /// and the first of all if none is, or if it asks for none.
    Files(Vec<CertificateFiles>),
    /// An authority of this machine's own, which makes a certificate for each local
    /// name that is asked for; made in this folder if none is there.
    Local(LocalAuthority),
    /// An authority that speaks ACME (RFC 8555), such as Let's Encrypt: certificates are
    /// obtained and renewed for these names.
    Acme(AcmeOptions),
}

impl CertificateSource {
    /// All files that are read.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Files(files) => {
                let all = files.iter().flat_map(CertificateFiles::all);
                all.map(Path::to_owned).collect()
            }
            Self::Local(authority) => authority.files().to_vec(),
            // Another process reads them.
            Self::Acme(_) => Vec::new(),
        }
    }

    /// The files that nobody else may read.
    pub(crate) fn secrets(&self) -> Vec<PathBuf> {
        match self {
            Self::Files(files) => {
                let secrets = files.iter().flat_map(CertificateFiles::secrets);
                secrets.map(Path::to_owned).collect()
            }
            Self::Local(authority) => vec![authority.key()],
            Self::Acme(options) => vec![options.store.clone()],
        }
    }
}

/// The files of a certificate, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The server's own certificate, and those that it was issued by after it, without
    /// the root.
    pub certificate: PathBuf,
    /// Its private key, by default in the same file: PKCS#8, PKCS#1 or SEC1.
    pub key: Option<PathBuf>,
    /// The password of an encrypted key (PKCS#8), without the white space around it.
    pub password: Option<PathBuf>,
}

impl CertificateFiles {
    /// Where the key is.
    pub(super) fn key_file(&self) -> &Path {
        self.key.as_deref().unwrap_or(&self.certificate)
    }

    fn secrets(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.key_file()).chain(self.password.as_deref())
    }

    fn all(&self) -> impl Iterator<Item = &Path> {
        let apart = (self.key_file() != self.certificate).then_some(self.certificate.as_path());
        apart.into_iter().chain(self.secrets())
    }
}

/// Where an authority of this machine's own is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAuthority {
    /// A folder that only this user may look into.
    pub folder: PathBuf,
}

impl LocalAuthority {
    /// The folder that is made whole or not at all.
    pub(super) fn made(&self) -> PathBuf {
        self.folder.join("ca")
    }

    /// The authority's certificate, for those who are to trust it.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.made().join("cert.pem")
    }

    /// Its private key.
    pub(super) fn key(&self) -> PathBuf {
        self.made().join("key.pem")
    }

    fn files(&self) -> [PathBuf; 2] {
        [self.certificate(), self.key()]
    }
}

/// Certificates from an authority that speaks ACME (RFC 8555).
#[derive(Debug, Clone)]
pub struct AcmeOptions {
    /// The names, at least one, each of which gets a certificate of its own. A client that
    /// asks for none of them is shown that of the first.
    pub domains: Vec<Domain>,
    /// Where the authority can write to about the account.
    pub email: Option<String>,
    /// The authority.
    pub directory: DirectoryUrl,
    /// What the authority's own certificate is issued by, in PEM. None: what browsers
    /// trust.
    pub roots: Option<PathBuf>,
    /// A folder that only this user may look into, in which accounts, certificates and
    /// their keys are kept; made if it isn't there. With
    /// [`HttpServerBuilder::user`](crate::HttpServerBuilder::user) it is that user's.
    pub store: PathBuf,
    /// The command of a process that obtains certificates: a program that calls
    /// [`run_acme_agent`](crate::run_acme_agent), and its arguments.
    pub agent: Vec<OsString>,
}
