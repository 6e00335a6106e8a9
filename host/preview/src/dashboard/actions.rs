//! What the forms of these pages do.

use super::login::{Act, refused};
use super::state::{Shared, State};
use crate::names::{AliasName, DeployId, ProjectName};
use crate::store::StoreError;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Nothing is said but the session's word.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// Which deploy an alias is to lead to.
#[derive(Debug, Deserialize)]
pub(super) struct Move {
    to: DeployId,
}

pub(super) async fn move_alias(
    state: Shared,
    Path((project, alias)): Path<(ProjectName, AliasName)>,
    Act { said }: Act<Move>,
) -> Response {
    let store = &state.options.store;
    let message = Some("by the dashboard".to_owned());
    match store.move_alias(&project, &alias, &said.to, message).await {
        Ok(_) => back_to(&project),
        Err(error) => failed(&error),
    }
}

pub(super) async fn remove_alias(
    state: Shared,
    Path((project, alias)): Path<(ProjectName, AliasName)>,
    _: Act<Nothing>,
) -> Response {
    match state.options.store.remove_alias(&project, &alias).await {
        Ok(true) => back_to(&project),
        Ok(false) => gone(),
        Err(error) => failed(&error),
    }
}

pub(super) async fn remove_deploy(
    state: Shared,
    Path(id): Path<DeployId>,
    _: Act<Nothing>,
) -> Response {
    let project = project_of(&state, &id);
    match (state.options.store.remove_deploy(&id).await, project) {
        (Ok(true), Some(project)) => back_to(&project),
        (Ok(_), _) => gone(),
        (Err(error), _) => failed(&error),
    }
}

fn project_of(state: &State, id: &DeployId) -> Option<ProjectName> {
    let index = state.options.store.index();
    index.deploy(id).map(|deploy| deploy.project.clone())
}

fn back_to(project: &ProjectName) -> Response {
    Redirect::to(&format!("/projects/{project}")).into_response()
}

fn gone() -> Response {
    refused(StatusCode::NOT_FOUND, "It isn't there any more.")
}

fn failed(error: &StoreError) -> Response {
    tracing::error!("what the dashboard was asked for fails: {error}");
    refused(StatusCode::CONFLICT, &format!("The store says: {error}."))
}
