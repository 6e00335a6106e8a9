//! The server's own host: the API, and pages for the operator.

use crate::api::{self, Peer, Setup};
use crate::dashboard::{DashboardOptions, OneTimeLink, dashboard};
use crate::sites::OwnHost;
use crate::wire::PREFIX;
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use std::net::SocketAddr;
use tower::ServiceExt;
use wasm_host_server::{Later, OwnContentError, OwnRequest, OwnResponse};

/// What answers requests to the server's own host, and the link that lets into its pages
/// once.
pub(super) fn of(setup: Setup, pages: DashboardOptions) -> (Box<OwnHost>, OneTimeLink) {
    let api = api::router(setup);
    let (pages, link) = dashboard(pages);
    let own_host = move |request: OwnRequest| -> Later<OwnResponse> {
        let path = request.uri().path();
        let is_api = path
            .strip_prefix(PREFIX)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let router = if is_api { &api } else { &pages };
        Box::pin(answer(router.clone(), request))
    };
    (Box::new(own_host), link)
}

async fn answer(router: Router, request: OwnRequest) -> OwnResponse {
    let client = request.extensions().get::<SocketAddr>().copied();
    let mut request = request.map(Body::new);
    if let Some(client) = client {
        request.extensions_mut().insert(Peer(client.ip()));
    }
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    response.map(|body| body.map_err(OwnContentError::from).boxed_unsync())
}
