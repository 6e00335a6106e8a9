//! Which request goes where.

use super::auth::require;
use super::document::document;
use super::refusal::Refusal;
use super::state::{Setup, State};
use super::{aliases, blobs, deploys, logs, projects, secrets, tar};
use crate::wire::PREFIX;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, get, on};
use http::StatusCode;
use std::sync::Arc;

/// The API, for requests to the bare domain whose path begins with [`PREFIX`].
///
/// Whoever accepts connections puts a [`super::Peer`] into each request's extensions.
pub fn router(setup: Setup) -> Router {
    let state = State::new(setup);
    let routes = all()
        .router
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed);
    let guarded = routes.layer(from_fn_with_state(Arc::clone(&state), require));
    let open = Router::new().route("/openapi.json", get(document).fallback(not_allowed));
    Router::new()
        .nest(PREFIX, open.merge(guarded))
        .fallback(unknown)
        // Each handler has its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

/// Routes, and a list of them.
pub(super) struct Routes {
    router: Router<Arc<State>>,
    pub(super) listed: Vec<(&'static str, &'static str)>,
}

/// All that need the token.
pub(super) fn all() -> Routes {
    let blob = "/projects/{project}/blobs/{sha256}";
    let alias = "/projects/{project}/aliases/{alias}";
    let secret = "/projects/{project}/secrets/{name}";
    Routes::new()
        .on("POST", "/projects/{project}/missing", blobs::missing)
        .on("HEAD", blob, blobs::look)
        .on("PUT", blob, blobs::put)
        .on("POST", "/projects/{project}/blobs", blobs::pack)
        .on("POST", "/projects/{project}/deploys", deploys::make)
        .on("PUT", "/projects/{project}/deploy.tar", tar::put)
        .on("GET", "/deploys", deploys::list)
        .on("GET", "/deploys/{id}", deploys::show)
        .on("DELETE", "/deploys/{id}", deploys::remove)
        .on("GET", "/deploys/{id}/logs", logs::read)
        .on("GET", "/projects", projects::list)
        .on("DELETE", "/projects/{project}", projects::remove)
        .on("GET", "/aliases", aliases::list_all)
        .on("GET", "/projects/{project}/aliases", aliases::list)
        .on("GET", alias, aliases::show)
        .on("PUT", alias, aliases::move_to)
        .on("DELETE", alias, aliases::remove)
        .on("GET", "/projects/{project}/secrets", secrets::list)
        .on("PUT", secret, secrets::set)
        .on("DELETE", secret, secrets::remove)
        .on("POST", "/gc", projects::collect)
}

impl Routes {
    fn new() -> Self {
        Self {
            router: Router::new(),
            listed: Vec::new(),
        }
    }

    fn on<H, T>(mut self, method: &'static str, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<State>>,
        T: 'static,
    {
        let filter = match method {
            "GET" => MethodFilter::GET,
            "HEAD" => MethodFilter::HEAD,
            "POST" => MethodFilter::POST,
            "PUT" => MethodFilter::PUT,
            _ => MethodFilter::DELETE,
        };
        self.router = self.router.route(path, on(filter, handler));
        self.listed.push((method, path));
        self
    }
}

async fn unknown() -> Refusal {
    let error =
        format!("the API has nothing at this path; {PREFIX}/openapi.json has all that it has");
    Refusal::new(StatusCode::NOT_FOUND, error)
}

async fn not_allowed() -> Refusal {
    let error = format!(
        "the API doesn't take this method at this path; {PREFIX}/openapi.json has those that it takes"
    );
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error)
}
