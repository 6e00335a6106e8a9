//! What a deploy's site logs, as it comes.

use super::input::{Asked, Names};
use super::refusal::Refusal;
use super::state::Shared;
use crate::names::DeployId;
use crate::wire::Failure;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

/// After so long without a line, an empty one shows that the connection lives.
const BEAT: Duration = Duration::from_secs(10);

/// How the log is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    #[serde(default)]
    follow: bool,
}

/// What the site of a deploy logged last
///
/// With `follow=true`, also what it logs from then on: the answer ends when the client
/// does. Empty lines say nothing.
#[utoipa::path(
    get, path = "/deploys/{id}/logs",
    params(
        ("id" = String, Path, description = "The deploy's id"),
        ("follow" = Option<bool>, Query, description = "Whether it goes on"),
    ),
    responses(
        (status = 200, description = "Lines", content_type = "text/plain", body = String),
        (status = 404, description = "There is no such deploy", body = Failure),
    ),
)]
pub(super) async fn read(
    state: Shared,
    names: Names,
    Asked(how): Asked<How>,
) -> Result<Response, Refusal> {
    let id: DeployId = names.get("id")?;
    if state.store().index().deploy(&id).is_none() {
        return Err(Refusal::not_found(format!("there is no deploy {id}")));
    }
    let log = state.setup.logs.open(&id);
    let recent = stream::iter(log.recent).map(|text| line(&text));
    let body = match log.next.filter(|_| how.follow) {
        Some(next) => Body::from_stream(recent.chain(stream::unfold(next, following))),
        None => Body::from_stream(recent),
    };
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response())
}

type Line = Result<Bytes, Infallible>;

async fn following(mut next: Receiver<String>) -> Option<(Line, Receiver<String>)> {
    let text = match timeout(BEAT, next.recv()).await {
        Ok(text) => text?,
        Err(_) => String::new(),
    };
    Some((line(&text), next))
}

/// A line stays one.
fn line(text: &str) -> Line {
    Ok((text.replace(['\n', '\r'], " ") + "\n").into())
}
