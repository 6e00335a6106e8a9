//! TLS to the hosts that requests go to.

use crate::trust;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// What is spoken within (RFC 7301).
const PROTOCOL: &[u8] = b"http/1.1";

/// Believes authorities in `roots`, in PEM, beside those that browsers trust.
///
/// # Errors
///
/// There is none in it.
pub(super) fn connector(roots: Option<&str>) -> Result<TlsConnector, String> {
    let mut config = trust::client_config(roots.map(str::as_bytes))?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Checks what is to be trusted beside what browsers trust.
///
/// # Errors
///
/// There is no certificate in it, in PEM, or one that is damaged.
pub fn check_roots(pem: &str) -> Result<(), String> {
    trust::check_roots(pem.as_bytes())
}
