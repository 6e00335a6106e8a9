//! TLS to a server: it has to prove its name by a certificate that somebody vouches for.

use crate::client::failure::Failure;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// A connector that trusts whom browsers trust, and the authorities in the PEM file
/// `extra`: a company's own, or that of `--tls-local`.
pub(super) fn connector(extra: Option<&Path>) -> Result<TlsConnector, Failure> {
    let mut trusted = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = extra {
        add(&mut trusted, path).map_err(|reason| Failure::Local {
            path: path.to_owned(),
            reason,
        })?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Usage(error.to_string()))?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn add(trusted: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let none =
        || "there is no certificate in PEM in it; give the authority's certificate".to_owned();
    let mut found = false;
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| error.to_string())?;
        trusted
            .add(certificate)
            .map_err(|error| error.to_string())?;
        found = true;
    }
    if found { Ok(()) } else { Err(none()) }
}
