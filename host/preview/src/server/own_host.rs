//! The server's own host: the API.

use crate::api::{self, Peer, Setup};
use crate::sites::OwnHost;
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use std::net::SocketAddr;
use tower::ServiceExt;
use wasm_host_server::{OwnContentError, OwnRequest, OwnResponse};

/// What answers requests to the server's own host.
pub(super) fn of(setup: Setup) -> Box<OwnHost> {
    let router = api::router(setup);
    Box::new(move |request| {
        let router = router.clone();
        Box::pin(answer(router, request))
    })
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
