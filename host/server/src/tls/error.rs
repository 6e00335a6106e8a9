//! What can be wrong with certificates: each error says with which file, and what to do.

use std::io;
use std::path::PathBuf;

/// Why TLS can't be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file can't be read.
    #[error("cannot read the {what} {}: {source}; give a file that this process's user may read", path.display())]
    Read {
        /// What it was to be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is longer than any certificate is.
    #[error("the {what} {} has more than {most} bytes, which is the most", path.display())]
    TooLong {
        /// What it was to be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The most that it may have.
        most: u64,
    },
    /// There is no certificate in the file of certificates.
    #[error("there is no certificate in {}: {found}", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// What is in it instead, and what to do.
        found: &'static str,
    },
    /// There is no key in the file of the key.
    #[error("there is no private key in {}: {found}", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is in it instead, and what to do.
        found: &'static str,
    },
    /// What is in a file isn't what its label says.
    #[error("the {what} in {} is damaged: {reason}; obtain it anew", path.display())]
    Damaged {
        /// What it was to be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The certificate's time is over.
    #[error("the certificate {} has expired: it was valid until {until}; renew it", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// The end of its time.
        until: String,
    },
    /// The certificate's time hasn't come.
    #[error(
        "the certificate {} is not yet valid: it will be from {from}; is this machine's clock right?",
        path.display()
    )]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// The beginning of its time.
        from: String,
    },
    /// The key is encrypted, and no password given.
    #[error("the private key {} is encrypted; give the file of its password", path.display())]
    NoPassword {
        /// The key's file.
        path: PathBuf,
    },
    /// The password is another key's.
    #[error(
        "the password in {} doesn't open the private key {}",
        password.display(),
        path.display()
    )]
    WrongPassword {
        /// The key's file.
        path: PathBuf,
        /// The password's file.
        password: PathBuf,
    },
    /// The key is encrypted in a way that isn't known here.
    #[error(
        "the private key {} is encrypted in an old way; convert it by `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW`",
        path.display()
    )]
    OldEncryption {
        /// The key's file.
        path: PathBuf,
    },
    /// The key isn't one that TLS is served with here.
    #[error(
        "the private key {} can't be used: {reason}; give an RSA key of 2048 to 8192 bits, an ECDSA key of the curve P-256 or P-384, or an Ed25519 key",
        path.display()
    )]
    UnusableKey {
        /// The key's file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The key is another certificate's.
    #[error(
        "the private key {} doesn't belong to the certificate {}: {reason}",
        key.display(),
        certificate.display()
    )]
    Mismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
        /// What else is the case, and what to do.
        reason: &'static str,
    },
    /// The key is where clients could come by it.
    #[error(
        "the private key {} lies within {}, which is served or granted: whoever is served could read it; move the key elsewhere, or serve another directory",
        path.display(),
        directory.display()
    )]
    WithinReach {
        /// The key's file, or its password's.
        path: PathBuf,
        /// The directory.
        directory: PathBuf,
    },
    /// The local authority can't be made.
    #[error("cannot make a local authority in {}: {source}", folder.display())]
    MakeAuthority {
        /// The user's folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The local authority that is there can't be used.
    #[error(
        "the local authority in {} can't be used: {reason}; take back what trusts it, remove that folder, and start again",
        folder.display()
    )]
    Authority {
        /// The authority's own folder.
        folder: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The folder for certificates can't be made.
    #[error("cannot make the folder {} to keep certificates in: {source}", path.display())]
    MakeStore {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder for certificates can't be used.
    #[error(transparent)]
    Store(#[from] wasm_host_acme::StoreError),
    /// What obtains certificates can't be started.
    #[error("cannot start the process that obtains certificates: {0}")]
    Agent(io::Error),
    /// No file was named.
    #[error("there is no certificate to serve TLS with; give one")]
    NoneGiven,
    /// rustls says no.
    #[error("cannot serve TLS: {0}")]
    Rustls(String),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Rustls(error.to_string())
    }
}
