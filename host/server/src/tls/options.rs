//! What a server is told of TLS.

use std::path::{Path, PathBuf};

/// Serves HTTPS, and nothing else on that address and port: TLS 1.2 and 1.3, with the
/// cipher suites that rustls holds safe.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TlsOptions {
    /// Where the certificates come from.
    pub certificates: CertificateSource,
}

impl TlsOptions {
    /// TLS with these certificates, and defaults for what else there is.
    #[must_use]
    pub fn new(certificates: CertificateSource) -> Self {
        Self { certificates }
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

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Path> {
        let files = [
            Some(&self.certificate),
            self.key.as_ref(),
            self.password.as_ref(),
        ];
        files.into_iter().flatten().map(PathBuf::as_path)
    }
}

/// Where an authority of this machine's own is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAuthority {
    /// A folder that only this user may look into.
    pub folder: PathBuf,
}
