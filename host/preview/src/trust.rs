//! Whom a client of TLS believes who they are.

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// Believes whoever has a certificate of an authority that browsers trust, or of one in
/// `extra`, in PEM: a company's own, or that of `--tls-local`.
///
/// # Errors
///
/// There is none in it.
pub(crate) fn client_config(extra: Option<&[u8]>) -> Result<ClientConfig, String> {
    let usual = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let mut trusted = RootCertStore::from_iter(usual);
    if let Some(pem) = extra {
        add(&mut trusted, pem)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(trusted).with_no_client_auth())
}

/// Checks what is to be trusted beside what browsers trust.
///
/// # Errors
///
/// There is no certificate in it, in PEM, or one that is damaged.
pub(crate) fn check_roots(pem: &[u8]) -> Result<(), String> {
    add(&mut RootCertStore::empty(), pem)
}

fn add(trusted: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
    let before = trusted.len();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        trusted
            .add(certificate)
            .map_err(|error| error.to_string())?;
    }
    match trusted.len() > before {
        true => Ok(()),
        false => {
            Err("there is no certificate in PEM in it; give the authority's certificate".to_owned())
        }
    }
}
