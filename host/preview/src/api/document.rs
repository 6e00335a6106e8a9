//! The OpenAPI document, which is served at `/api/v1/openapi.json`.

use super::{aliases, blobs, deploys, logs, projects, secrets, tar};
use crate::wire::Failure;
use axum::Json;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

/// The API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "wasm-host previews",
        version = "1",
        description = "Deploys sites, and moves aliases between them. Every request but the one for this document has the operator's token: `Authorization: Bearer TOKEN`.",
        license(name = "Apache-2.0")
    ),
    servers((url = "/api/v1")),
    paths(
        blobs::missing, blobs::look, blobs::put, blobs::pack,
        deploys::make, deploys::list, deploys::show, deploys::remove, tar::put,
        projects::list, projects::remove, projects::collect,
        aliases::list_all, aliases::list, aliases::show, aliases::move_to, aliases::remove,
        secrets::list, secrets::set, secrets::remove,
        logs::read,
        document,
    ),
    components(schemas(Failure)),
    modifiers(&Common),
)]
struct Document;

/// What every operation has: it needs the token, and may be answered by these.
struct Common;

/// Statuses that any operation may have, and why.
const COMMON: [(&str, &str); 7] = [
    ("401", "There is no token, or a wrong one"),
    ("408", "Nothing came for too long"),
    ("422", "It makes no sense: the error says why"),
    ("429", "Too many wrong tokens came from this address"),
    ("500", "The server fails, and its log says why"),
    ("503", "Too much is being sent at the moment"),
    (
        "507",
        "The server's disk is full; what is deployed is served on",
    ),
];

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        for (path, item) in &mut document.paths.paths {
            if path == "/openapi.json" {
                continue;
            }
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.head,
            ];
            for operation in operations.into_iter().flatten() {
                let requirement =
                    utoipa::openapi::security::SecurityRequirement::new("token", [""; 0]);
                operation.security = Some(vec![requirement]);
                for (status, why) in COMMON {
                    let failure = Ref::from_schema_name("Failure");
                    let content = ContentBuilder::new().schema(Some(failure)).build();
                    let response = ResponseBuilder::new()
                        .description(why)
                        .content("application/json", content);
                    let responses = &mut operation.responses.responses;
                    responses
                        .entry(status.to_owned())
                        .or_insert_with(|| RefOr::T(response.build()));
                }
            }
        }
    }
}

/// This document
#[utoipa::path(
    get, path = "/openapi.json",
    responses((status = 200, description = "It is", content_type = "application/json")),
)]
pub(super) async fn document() -> Response {
    Json(description()).into_response()
}

/// The same, as a value.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
