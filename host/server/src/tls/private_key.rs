//! A private key from its file, decrypted if it is encrypted (PKCS#8, RFC 5958).

use super::error::TlsError;
use super::options::CertificateFiles;
use super::pem_file;
use pem::Pem;
use pkcs8::EncryptedPrivateKeyInfoRef;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use std::path::Path;
use std::sync::Arc;

/// The label of an encrypted key (RFC 7468 section 11).
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// Whether it is a key, encrypted or not, of whatever kind.
pub(super) fn is_key(section: &Pem) -> bool {
    section.tag().ends_with("PRIVATE KEY")
}

/// The key that those files have.
///
/// # Errors
///
/// There is none, or none that can be used.
pub(super) fn load(files: &CertificateFiles) -> Result<Arc<dyn SigningKey>, TlsError> {
    let path = files.key_file();
    let section = find(path, files.key.is_some())?;
    let unusable = |reason: String| TlsError::UnusableKey {
        path: path.to_owned(),
        reason,
    };
    let key = if section.tag() == ENCRYPTED {
        decrypt(&section, path, files.password.as_deref())?
    } else if section.headers().get("Proc-Type").is_some() {
        // Of OpenSSL alone, with MD5 (RFC 1421 section 4.6.1.1 has the field).
        let path = path.to_owned();
        return Err(TlsError::OldEncryption { path });
    } else {
        section.into_contents()
    };
    let key = PrivateKeyDer::try_from(key).map_err(|reason| unusable(reason.to_owned()))?;
    rustls::crypto::ring::sign::any_supported_type(&key)
        .map_err(|_| unusable("it is of another kind, too short, or damaged".to_owned()))
}

/// The first key of the file.
fn find(path: &Path, of_its_own: bool) -> Result<Pem, TlsError> {
    let sections = pem_file::sections("private key", path)?;
    let has_certificate = sections.iter().any(|it| it.tag() == "CERTIFICATE");
    let key = sections.into_iter().find(is_key);
    key.ok_or_else(|| TlsError::NoKey {
        path: path.to_owned(),
        found: match (has_certificate, of_its_own) {
            (true, true) => "it is a certificate; give the file of its key",
            (true, false) => "it has the certificate alone; give the file of its key, too",
            (false, _) => {
                "it isn't PEM, which has a line -----BEGIN PRIVATE KEY-----; convert DER by `openssl pkey -inform der -in OLD -out NEW`"
            }
        },
    })
}

fn decrypt(section: &Pem, path: &Path, password: Option<&Path>) -> Result<Vec<u8>, TlsError> {
    let owned = || path.to_owned();
    let file = password.ok_or_else(|| TlsError::NoPassword { path: owned() })?;
    let password = pem_file::read("password", file)?;
    let encrypted =
        EncryptedPrivateKeyInfoRef::try_from(section.contents()).map_err(|error| match error {
            // An algorithm's identifier that isn't known.
            _ if is_sequence(section.contents()) => TlsError::OldEncryption { path: owned() },
            error => TlsError::Damaged {
                what: "private key",
                path: owned(),
                reason: error.to_string(),
            },
        })?;
    match encrypted.decrypt(password.trim_ascii()) {
        Ok(key) => Ok(key.as_bytes().to_vec()),
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm {
            ..
        })) => Err(TlsError::OldEncryption { path: owned() }),
        // What comes of another password is no key, or isn't padded.
        Err(_) => Err(TlsError::WrongPassword {
            path: owned(),
            password: file.to_owned(),
        }),
    }
}

/// Whether it begins as DER does that isn't cut off (X.690 section 8.1.3).
fn is_sequence(der: &[u8]) -> bool {
    matches!(der, [0x30, 0x82, high, low, rest @ ..] if rest.len() == usize::from(*high) << 8 | usize::from(*low))
        || matches!(der, [0x30, 0x81, length, rest @ ..] if rest.len() == usize::from(*length))
}
