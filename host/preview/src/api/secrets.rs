//! Secrets are set and removed. None is ever told.

use super::input::{Names, json};
use super::making::now;
use super::refusal::Refusal;
use super::state::{Shared, State};
use crate::names::{ProjectName, VariableName};
use crate::secrets::{Secret, SecretError};
use crate::wire::{self, Failure, NewSecret, Removed, SecretList};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use wasm_host_server::OutboundTarget;

/// The secrets of a project, without their values
#[utoipa::path(
    get, path = "/projects/{project}/secrets",
    params(("project" = String, Path, description = "The project")),
    responses((status = 200, description = "They are", body = SecretList)),
)]
pub(super) async fn list(state: Shared, names: Names) -> Result<Response, Refusal> {
    let project: ProjectName = names.get("project")?;
    let secrets = Arc::clone(&state.setup.secrets);
    let found = spawn_blocking(move || secrets.of(&project)).await;
    let found = found.map_err(Refusal::fault)??;
    let told = |(name, secret): (VariableName, Secret)| told(name, &secret);
    let secrets = found.into_iter().map(told).collect();
    Ok(Json(SecretList { secrets }).into_response())
}

/// A secret is set, in place of one of the same name; runners that are granted it start anew
#[utoipa::path(
    put, path = "/projects/{project}/secrets/{name}",
    params(
        ("project" = String, Path, description = "The project"),
        ("name" = String, Path, description = "The variable that the sites' code finds it in"),
    ),
    request_body = NewSecret,
    responses(
        (status = 200, description = "It is", body = wire::Secret),
        (status = 400, description = "That is no JSON", body = Failure),
        (status = 409, description = "There is no place for another one", body = Failure),
        (status = 413, description = "That is too much JSON", body = Failure),
    ),
)]
pub(super) async fn set(state: Shared, names: Names, body: Body) -> Result<Response, Refusal> {
    let project: ProjectName = names.get("project")?;
    let name: VariableName = names.get("name")?;
    let NewSecret { value, hosts } = json(&state, body).await?;
    let hosts: Result<Vec<OutboundTarget>, _> = hosts.iter().map(|host| host.parse()).collect();
    let secret = Secret {
        value,
        hosts: hosts.map_err(|error| Refusal::unprocessable(error.to_string()))?,
        set: now(),
    };
    let told = told(name.clone(), &secret);
    let (secrets, of) = (Arc::clone(&state.setup.secrets), project.clone());
    let set = spawn_blocking(move || secrets.set(&of, name, secret)).await;
    set.map_err(Refusal::fault)??;
    grant_anew(&state, &project);
    Ok(Json(told).into_response())
}

/// A secret is removed; runners that were granted it start anew, without it
#[utoipa::path(
    delete, path = "/projects/{project}/secrets/{name}",
    params(
        ("project" = String, Path, description = "The project"),
        ("name" = String, Path, description = "The secret"),
    ),
    responses(
        (status = 200, description = "It is gone", body = Removed),
        (status = 404, description = "There is none", body = Failure),
    ),
)]
pub(super) async fn remove(state: Shared, names: Names) -> Result<Response, Refusal> {
    let project: ProjectName = names.get("project")?;
    let name: VariableName = names.get("name")?;
    let (secrets, of, removed) = (
        Arc::clone(&state.setup.secrets),
        project.clone(),
        name.clone(),
    );
    let was_there = spawn_blocking(move || secrets.remove(&of, &removed)).await;
    if !was_there.map_err(Refusal::fault)?? {
        let error = format!("there is no secret {name} of the project {project}");
        return Err(Refusal::not_found(error));
    }
    grant_anew(&state, &project);
    let removed = name.to_string();
    Ok(Json(Removed { removed }).into_response())
}

/// Removes all of a project. False: there are none.
pub(super) async fn remove_all(state: &State, project: &ProjectName) -> Result<bool, Refusal> {
    let (secrets, project) = (Arc::clone(&state.setup.secrets), project.clone());
    let removed = spawn_blocking(move || secrets.remove_all(&project)).await;
    Ok(removed.map_err(Refusal::fault)??)
}

fn told(name: VariableName, secret: &Secret) -> wire::Secret {
    wire::Secret {
        name,
        hosts: secret.hosts.iter().map(ToString::to_string).collect(),
        set: secret.set,
    }
}

/// Whatever runs of the project was granted what was there before.
fn grant_anew(state: &State, project: &ProjectName) {
    let index = state.store().index();
    if let (Some(coder), Some(project)) = (&state.setup.coder, index.project(project)) {
        for deploy in project.deploys() {
            coder.grant_anew(deploy);
        }
    }
}

impl From<SecretError> for Refusal {
    fn from(error: SecretError) -> Self {
        let text = error.to_string();
        match error {
            SecretError::Value(_) => Self::unprocessable(text),
            SecretError::TooMany(_) => Self::new(StatusCode::CONFLICT, text),
            SecretError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                tracing::warn!("{text}");
                let error = "the secret can't be kept, as the server's disk is full";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, error)
            }
            SecretError::Io { .. } => Self::fault(text),
        }
    }
}
