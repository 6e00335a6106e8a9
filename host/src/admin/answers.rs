//! What operators are answered: a path each.

use super::exposition::{self, Exposition};
use super::hosts::Hosts;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use wasm_host_server::{Metrics, Phase};

/// What no path is found for is told.
const PATHS: &str = "There are /healthz, /readyz, /metrics and /config.\n";

/// Answers operators.
pub(super) struct Answers {
    hosts: Hosts,
    exposition: Exposition,
    metrics: Metrics,
    /// JSON.
    config: Bytes,
}

impl Answers {
    pub(super) fn new(
        hosts: Hosts,
        exposition: Exposition,
        metrics: Metrics,
        config: String,
    ) -> Self {
        Self {
            hosts,
            exposition,
            metrics,
            config: config.into(),
        }
    }

    /// The answer to a request, whose content nobody reads.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if let Err(refused) = self.hosts.check(request) {
            return text(refused.status(), refused.explanation());
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(
                StatusCode::METHOD_NOT_ALLOWED,
                "Only GET and HEAD are answered here.\n",
            );
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            return response;
        }
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "The process lives.\n"),
            "/readyz" => self.readiness(),
            "/metrics" => self.metrics(),
            "/config" => {
                let mut response = text(StatusCode::OK, self.config.clone());
                let kind = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, kind);
                response
            }
            _ => text(StatusCode::NOT_FOUND, PATHS),
        }
    }

    fn readiness(&self) -> Response<Full<Bytes>> {
        match self.metrics.phase() {
            Phase::Serving => text(StatusCode::OK, "Requests are served.\n"),
            Phase::Draining => text(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is stopping: it takes no more connections.\n",
            ),
            _ => text(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is starting: its component isn't loaded yet.\n",
            ),
        }
    }

    fn metrics(&self) -> Response<Full<Bytes>> {
        let mut response = match self.exposition.text() {
            Ok(metrics) => text(StatusCode::OK, metrics),
            Err(_) => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The metrics can't be written.\n",
            ),
        };
        if response.status() == StatusCode::OK {
            let kind = HeaderValue::from_static(exposition::CONTENT_TYPE);
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        response
    }
}

fn text(status: StatusCode, content: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(content.into()));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    response
}
