//! The certificates that there are, and which of them a client is shown.

use super::shown::Shown;
use crate::tls::error::TlsError;
use arc_swap::ArcSwapOption;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wasm_host_acme::{Domain, Issued};

/// The protocol in which an authority comes to look (RFC 8737 section 6.2).
pub(crate) const ACME_TLS_1: &[u8] = b"acme-tls/1";

/// The certificates that there are, by name.
#[derive(Debug)]
pub(in crate::tls) struct AcmeCertificates {
    /// For clients that ask for no name, or for another.
    first: String,
    by_name: HashMap<String, Place>,
    pub(super) shown: Shown,
}

/// A name's place for its certificate.
#[derive(Debug, Default)]
struct Place {
    certificate: ArcSwapOption<CertifiedKey>,
    /// Whether it has been said that it isn't there.
    is_missed: AtomicBool,
}

impl AcmeCertificates {
    /// # Errors
    ///
    /// There are no names.
    pub(super) fn new(domains: &[Domain]) -> Result<Self, TlsError> {
        let names = domains.iter().map(ToString::to_string);
        Ok(Self {
            first: names.clone().next().ok_or(TlsError::NoneGiven)?,
            by_name: names.map(|name| (name, Place::default())).collect(),
            shown: Shown::default(),
        })
    }

    /// Shows another certificate from now on.
    ///
    /// # Errors
    ///
    /// It can't be served for that name.
    pub(super) fn take(&self, domain: &Domain, pem: &str) -> Result<(), String> {
        let issued = Issued::read(pem, domain)?;
        if let Some(place) = self.by_name.get(domain.as_str()) {
            place.certificate.store(Some(issued.certified_key()));
        }
        Ok(())
    }

    fn named(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let (name, place) = self
            .by_name
            .get_key_value(name)
            .or_else(|| self.by_name.get_key_value(&self.first))?;
        let certificate = place.certificate.load_full();
        if certificate.is_none() && !place.is_missed.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a client comes for {name}, for which there is no certificate yet; until it is there, its clients are refused"
            );
        }
        certificate
    }
}

impl ResolvesServerCert for AcmeCertificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().unwrap_or_default();
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let mut protocols = hello.alpn().into_iter().flatten();
        // It is the only one that an authority offers (RFC 8737 section 3).
        if protocols.next() == Some(ACME_TLS_1) && protocols.next().is_none() {
            return self.shown.in_handshake(&name);
        }
        self.named(&name)
    }
}
