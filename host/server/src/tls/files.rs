//! A certificate and its key from files, checked as far as that can be done before a
//! client sees them:
//!
//! 1. The certificates are read, and the key, which is decrypted if need be.
//! 2. The first certificate's time has come, and isn't over.
//! 3. The key is that certificate's.

use super::error::TlsError;
use super::facts::Facts;
use super::options::CertificateFiles;
use super::{pem_file, private_key};
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How long before a certificate's end it is said that it comes.
const WARNING: Duration = Duration::from_secs(14 * 24 * 60 * 60);

const DAY: u64 = 24 * 60 * 60;

/// A certificate with its key, and for which names it is.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) names: Vec<String>,
}

/// Reads a certificate and its key.
///
/// # Errors
///
/// They can't be served at that time.
pub(super) fn load(files: &CertificateFiles, now: SystemTime) -> Result<Loaded, TlsError> {
    let path = &files.certificate;
    let chain = read_chain(path)?;
    let facts = Facts::of(&chain[0]).map_err(|reason| damaged(path, reason))?;
    check_time(path, &facts, now)?;
    let key = private_key::load(files)?;
    let key = CertifiedKey::new(chain, key);
    check_key(files, &key)?;
    warn_of_readers(files.key_file());
    warn_of_the_end(path, &facts, now);
    Ok(Loaded {
        key: Arc::new(key),
        names: facts.names,
    })
}

/// At least one certificate.
fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let sections = pem_file::sections("certificate", path)?;
    let has_key = sections.iter().any(private_key::is_key);
    let is_empty = sections.is_empty();
    let certificates = sections.into_iter().filter(|it| it.tag() == "CERTIFICATE");
    let chain: Vec<_> = certificates
        .map(|it| CertificateDer::from(it.into_contents()))
        .collect();
    if !chain.is_empty() {
        return Ok(chain);
    }
    Err(TlsError::NoCertificate {
        path: path.to_owned(),
        found: if has_key {
            "it is a private key; have the two files been swapped?"
        } else if is_empty {
            "it isn't PEM, which has a line -----BEGIN CERTIFICATE-----; convert DER by `openssl x509 -inform der -in OLD -out NEW`"
        } else {
            "what it has is something else; give the certificate that was issued for this server"
        },
    })
}

fn damaged(path: &Path, reason: String) -> TlsError {
    TlsError::Damaged {
        what: "certificate",
        path: path.to_owned(),
        reason,
    }
}

fn check_time(path: &Path, facts: &Facts, now: SystemTime) -> Result<(), TlsError> {
    let path = path.to_owned();
    if now > facts.not_after {
        let until = facts.until();
        return Err(TlsError::Expired { path, until });
    }
    if now < facts.not_before {
        let from = facts.from();
        return Err(TlsError::NotYetValid { path, from });
    }
    Ok(())
}

fn check_key(files: &CertificateFiles, key: &CertifiedKey) -> Result<(), TlsError> {
    use rustls::{Error, InconsistentKeys};
    match key.keys_match() {
        // What kind of key tells nothing of its certificate isn't known here.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(()),
        Err(Error::InconsistentKeys(_)) => Err(TlsError::Mismatch {
            key: files.key_file().to_owned(),
            certificate: files.certificate.clone(),
            reason: if belongs_to_a_later_one(key) {
                "it is that of a later one in the file, of which the server's own has to be the first"
            } else {
                "give the key that the certificate was requested with"
            },
        }),
        Err(error) => Err(damaged(&files.certificate, error.to_string())),
    }
}

fn belongs_to_a_later_one(key: &CertifiedKey) -> bool {
    let mut later = key.cert.iter().skip(1);
    later.any(|certificate| {
        let pair = CertifiedKey::new(vec![certificate.clone()], Arc::clone(&key.key));
        pair.keys_match().is_ok()
    })
}

/// Those of a group may be meant to.
fn warn_of_readers(key: &Path) {
    let mode = std::fs::metadata(key).map_or(0, |metadata| metadata.mode() & 0o777);
    if mode & 0o004 != 0 {
        tracing::warn!(
            "the private key {key:?} can be read by every user of this machine, as its mode is {mode:o}; chmod 600 is usual"
        );
    }
}

fn warn_of_the_end(path: &Path, facts: &Facts, now: SystemTime) {
    let left = facts.not_after.duration_since(now).unwrap_or_default();
    if left < WARNING {
        tracing::warn!(
            "the certificate {path:?} expires in {} days, at {}; renew it",
            left.as_secs() / DAY,
            facts.until()
        );
    }
}
