//! TLS to a server: it has to prove its name by a certificate that somebody vouches for.

use crate::client::failure::Failure;
use crate::trust::client_config;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// A connector that trusts whom browsers trust, and the authorities in the PEM file
/// `extra`.
pub(super) fn connector(extra: Option<&Path>) -> Result<TlsConnector, Failure> {
    let Some(path) = extra else {
        let config = client_config(None).map_err(Failure::Usage)?;
        return Ok(TlsConnector::from(Arc::new(config)));
    };
    let pem = fs::read(path).map_err(|error| error.to_string());
    let config = pem.and_then(|pem| client_config(Some(&pem)));
    let config = config.map_err(|reason| Failure::Local {
        path: path.to_owned(),
        reason,
    })?;
    Ok(TlsConnector::from(Arc::new(config)))
}
