//! Projects are told of and removed, and what nobody needs is collected.

use super::input::Names;
use super::refusal::Refusal;
use super::secrets;
use super::state::Shared;
use crate::names::ProjectName;
use crate::wire::{Collected, Failure, Project, ProjectList, Removed};
use axum::Json;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::task::spawn_blocking;

/// The projects
#[utoipa::path(
    get, path = "/projects",
    responses((status = 200, description = "They are", body = ProjectList)),
)]
pub(super) async fn list(state: Shared) -> Result<Response, Refusal> {
    let index = state.store().index();
    let project = |(name, project): (&ProjectName, &crate::store::Project)| Project {
        project: name.clone(),
        deploys: project.deploys().len() as u64,
        aliases: project.aliases().count() as u64,
    };
    let projects = index.projects().map(project).collect();
    Ok(Json(ProjectList { projects }).into_response())
}

/// A project is removed with all that it has
#[utoipa::path(
    delete, path = "/projects/{project}",
    params(("project" = String, Path, description = "The project")),
    responses(
        (status = 200, description = "It is gone", body = Removed),
        (status = 404, description = "There is none", body = Failure),
    ),
)]
pub(super) async fn remove(state: Shared, names: Names) -> Result<Response, Refusal> {
    let name: ProjectName = names.get("project")?;
    let had_secrets = secrets::remove_all(&state, &name).await?;
    if !state.store().remove_project(&name).await? && !had_secrets {
        return Err(Refusal::not_found(format!("there is no project {name}")));
    }
    if let Some(coder) = &state.setup.coder {
        let (coder, name) = (Arc::clone(coder), name.clone());
        let forgotten = spawn_blocking(move || coder.forget(&name)).await;
        forgotten.map_err(Refusal::fault)?.map_err(Refusal::fault)?;
    }
    let removed = name.to_string();
    Ok(Json(Removed { removed }).into_response())
}

/// What nobody needs is removed: expired deploys, and blobs that none has
#[utoipa::path(
    post, path = "/gc",
    responses((status = 200, description = "What was removed", body = Collected)),
)]
pub(super) async fn collect(state: Shared) -> Result<Response, Refusal> {
    let collected = state.store().collect(SystemTime::now()).await?;
    let collected = Collected {
        deploys: collected.deploys,
        blobs: collected.blobs,
        bytes: collected.bytes,
        uploads: collected.uploads,
        projects: collected.projects,
        damage: collected.damage,
    };
    Ok(Json(collected).into_response())
}
