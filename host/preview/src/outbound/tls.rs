//! Whom the sender believes who they are.

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// What is spoken within (RFC 7301).
const PROTOCOL: &[u8] = b"http/1.1";

/// Speaks TLS to whoever has a certificate of an authority that browsers trust, or of one in
/// that PEM.
///
/// # Errors
///
/// There is none in it.
pub(super) fn connector(roots: Option<&str>) -> Result<TlsConnector, String> {
    let usual = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let mut trusted = RootCertStore::from_iter(usual);
    if let Some(pem) = roots {
        add(&mut trusted, pem)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Checks what is to be trusted beside what browsers trust.
///
/// # Errors
///
/// There is no certificate in it, in PEM, or one that is damaged.
pub fn check_roots(pem: &str) -> Result<(), String> {
    add(&mut RootCertStore::empty(), pem)
}

fn add(store: &mut RootCertStore, pem: &str) -> Result<(), String> {
    let before = store.len();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        store.add(certificate).map_err(|error| error.to_string())?;
    }
    match store.len() > before {
        true => Ok(()),
        false => Err("it has no certificate in PEM".to_owned()),
    }
}
