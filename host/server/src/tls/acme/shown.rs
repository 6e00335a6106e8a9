//! What an authority is shown, to see that a name leads here.

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasm_host_acme::{Challenge, Domain};

/// One thing at a time: certificates are ordered one after the other. Anybody may come and
/// see it, which tells them no more than that an order is under way.
#[derive(Debug, Default)]
pub(super) struct Shown(Mutex<Exhibit>);

#[derive(Debug, Default)]
enum Exhibit {
    #[default]
    Nothing,
    /// In a handshake for that name.
    Handshake(String, Arc<CertifiedKey>),
    /// At a path that ends in that token.
    Path { token: String, text: String },
}

impl Shown {
    /// Shows that, and nothing else.
    ///
    /// # Errors
    ///
    /// The certificate for it can't be made.
    pub(super) fn show(&self, challenge: Challenge) -> Result<(), String> {
        let exhibit = match challenge {
            Challenge::Handshake { domain, digest } => {
                let key = certificate(&domain, &digest)?;
                Exhibit::Handshake(domain.to_string(), Arc::new(key))
            }
            Challenge::Path {
                token,
                authorization,
            } => Exhibit::Path {
                token,
                text: authorization,
            },
        };
        *self.lock() = exhibit;
        Ok(())
    }

    pub(super) fn hide(&self) {
        *self.lock() = Exhibit::Nothing;
    }

    /// The certificate to show in a handshake for a name.
    pub(super) fn in_handshake(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        match &*self.lock() {
            Exhibit::Handshake(domain, key) if domain == name => Some(Arc::clone(key)),
            _ => None,
        }
    }

    /// The text to show for a token.
    pub(super) fn at_path(&self, wanted: &str) -> Option<String> {
        match &*self.lock() {
            Exhibit::Path { token, text } if token == wanted => Some(text.clone()),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Exhibit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For the name alone, with the hash in an extension of its own (RFC 8737 section 3).
fn certificate(domain: &Domain, digest: &[u8; 32]) -> Result<CertifiedKey, String> {
    let made = || -> Result<_, rcgen::Error> {
        let mut params = CertificateParams::new([domain.to_string()])?;
        params.distinguished_name = DistinguishedName::new();
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok((certificate.der().clone(), key.serialize_der()))
    };
    let (certificate, key) = made().map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let key = any_ecdsa_type(&key).map_err(|error| error.to_string())?;
    Ok(CertifiedKey::new(vec![certificate], key))
}
