//! Requests to an authority, each of which is bounded: in time, in what is read of its
//! answer, and in where it goes. The authority may be an enemy, or whoever stands between.
//!
//! * By HTTPS alone, and to the host and port of the directory alone, whatever addresses
//!   the authority names: it can't have this machine ask others.
//! * Redirects aren't followed (RFC 8555 has none).

use crate::failure::Failure;
use crate::place::{DirectoryUrl, Origin};
use crate::socket::Socket;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// The longest that a request takes, from looking up the host to the answer's end.
const REQUEST_TIME: Duration = Duration::from_secs(30);

/// The most content of an answer, in bytes: a chain of certificates has some thousands.
const MAX_CONTENT: usize = 256 * 1024;

/// The most of a head, in bytes.
const MAX_HEAD: usize = 32 * 1024;

/// Who asks (RFC 8555 section 6.1).
const SOFTWARE: &str = concat!("wasm-host/", env!("CARGO_PKG_VERSION"));

/// Sends requests to one authority.
pub(crate) struct Client {
    origin: Origin,
    tls: TlsConnector,
    /// The longest that a request takes.
    patience: Duration,
}

/// An authority's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) content: Bytes,
}

impl Answer {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.to_str().ok()
    }

    /// How long the authority asks to wait (RFC 9110 section 10.2.3).
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let value = self.field(RETRY_AFTER.as_str())?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let at = httpdate::parse_http_date(value).ok()?;
        at.duration_since(SystemTime::now()).ok()
    }
}

impl Client {
    /// One that trusts the roots in that PEM, or else those that browsers trust.
    ///
    /// # Errors
    ///
    /// There is no certificate in it.
    pub(crate) fn new(directory: &DirectoryUrl, roots: Option<&str>) -> Result<Self, String> {
        let trusted = match roots {
            Some(pem) => own_roots(pem)?,
            None => RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        Ok(Self {
            origin: directory.origin().clone(),
            tls: TlsConnector::from(Arc::new(config)),
            patience: REQUEST_TIME,
        })
    }

    /// Sends a request: a GET, or a HEAD, or a POST of that content.
    ///
    /// # Errors
    ///
    /// It goes elsewhere, or there is no answer in time.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        content: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let there = &self.origin;
        let uri: Uri = url
            .parse()
            .map_err(|_| Failure::nonsense("an address that is none"))?;
        if Origin::of(&uri).as_ref() != Some(there) {
            let reason = format!(
                "the authority {there} names an address elsewhere, which isn't asked: {}",
                crate::failure::excerpt(url)
            );
            return Err(Failure::new(reason));
        }
        let failed = |reason: String| Failure::new(format!("cannot reach {there}: {reason}"));
        match timeout(self.patience, self.exchange(method, &uri, content)).await {
            Ok(answer) => answer.map_err(failed),
            Err(_) => Err(failed(format!("no answer within {:?}", self.patience))),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        uri: &Uri,
        content: Vec<u8>,
    ) -> Result<Answer, String> {
        let Origin { host, port } = &self.origin;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|error| error.to_string())?;
        let socket = TcpStream::connect((bare, *port)).await;
        let socket = socket.map_err(|error| error.to_string())?;
        let socket = self.tls.connect(name, socket).await;
        let socket = Socket(socket.map_err(|error| error.to_string())?);
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(socket)
            .await
            .map_err(|error| why(&error))?;
        let request = request(&method, uri, content).map_err(|error| error.to_string())?;
        let exchange = async {
            let answer = sender.send_request(request).await;
            let (head, body) = answer.map_err(|error| why(&error))?.into_parts();
            let content = Limited::new(body, MAX_CONTENT).collect().await;
            let content = content.map_err(|error| error.to_string())?;
            Ok(Answer {
                status: head.status,
                fields: head.headers,
                content: content.to_bytes(),
            })
        };
        tokio::pin!(exchange);
        // The connection does the work of it, and may end first.
        tokio::select! {
            answer = &mut exchange => answer,
            ended = connection => {
                ended.map_err(|error| why(&error))?;
                exchange.await
            }
        }
    }
}

fn own_roots(pem: &str) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        store.add(certificate).map_err(|error| error.to_string())?;
    }
    if store.is_empty() {
        return Err("it has no certificate in PEM".to_owned());
    }
    Ok(store)
}

fn request(method: &Method, uri: &Uri, content: Vec<u8>) -> http::Result<Request<Full<Bytes>>> {
    let host = uri.authority().map_or("", |it| it.as_str());
    let path = uri.path_and_query().map_or("/", |it| it.as_str());
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, host)
        .header(USER_AGENT, SOFTWARE);
    if *method == Method::POST {
        request = request.header(CONTENT_TYPE, "application/jose+json");
    }
    request.body(Full::from(content))
}

/// What hyper says leaves out what is behind it.
fn why(error: &hyper::Error) -> String {
    use std::error::Error;
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Checks what is to be trusted in place of what browsers trust.
///
/// # Errors
///
/// There is no certificate in it, in PEM, or one that is damaged.
pub fn check_roots(pem: &str) -> Result<(), String> {
    own_roots(pem).map(drop)
}

#[cfg(test)]
mod tests;
