//! Deploys are made, told of, and removed.

use super::input::{Asked, Names, json};
use super::making::{self, MAX_SETTINGS, Settings, now};
use super::refusal::Refusal;
use super::state::{Shared, State};
use super::views;
use crate::digest::Digest;
use crate::manifest::{Entry, Manifest};
use crate::names::{DeployId, ProjectName};
use crate::store::CommitError;
use crate::wire::{
    Checked, Deploy, DeployDetails, DeployList, Deployed, Failure, NewDeploy, Removed, SETTINGS,
};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

/// A deploy is made of blobs that were sent before
///
/// It is there as a whole or not at all. With `dry_run` it is only checked; settings that
/// were sent are, too.
#[utoipa::path(
    post, path = "/projects/{project}/deploys",
    params(("project" = String, Path, description = "The project; it needn't be there yet")),
    request_body = NewDeploy,
    responses(
        (status = 200, description = "It could be made", body = Checked),
        (status = 201, description = "It is there", body = Deployed),
        (status = 400, description = "That is no JSON", body = Failure),
        (status = 409, description = "Blobs are missing, or there is no place for another deploy or alias", body = Failure),
        (status = 413, description = "It has too many files, or too large ones", body = Failure),
    ),
)]
pub(super) async fn make(state: Shared, names: Names, body: Body) -> Result<Response, Refusal> {
    let project: ProjectName = names.get("project")?;
    let new: NewDeploy = json(&state, body).await?;
    let (alias, dry_run) = (new.alias.clone(), new.dry_run);
    let manifest = manifest(project, new);
    manifest.check(&state.limits().most)?;
    if dry_run {
        let missing = lacking(&state, &manifest).await?;
        let settings = settings(&state, &manifest).await?;
        let manifest = making::check(&state, manifest, settings).await?;
        let (files, bytes) = (manifest.files.len() as u64, manifest.size());
        return Ok(Json(Checked {
            missing,
            files,
            bytes,
        })
        .into_response());
    }
    let settings = settings(&state, &manifest).await?;
    // Without its settings nothing can be said of it but what is missing.
    let has = |name: &&str| manifest.files.keys().any(|path| path.as_str() == *name);
    if SETTINGS.iter().filter(|name| has(name)).count() != settings.len() {
        return Err(CommitError::Missing(lacking(&state, &manifest).await?).into());
    }
    let manifest = making::check(&state, manifest, settings).await?;
    let deployed = making::make(&state, manifest, alias).await?;
    Ok((StatusCode::CREATED, Json(deployed)).into_response())
}

fn manifest(project: ProjectName, new: NewDeploy) -> Manifest {
    let entry = |(path, file): (_, crate::wire::NewFile)| {
        let (sha256, size) = (file.sha256, file.size);
        (path, Entry { sha256, size })
    };
    Manifest {
        project,
        made: now(),
        message: new.message,
        ttl: new.ttl,
        password: new.password,
        files: new.files.into_iter().map(entry).collect(),
    }
}

async fn lacking(state: &State, manifest: &Manifest) -> Result<Vec<Digest>, Refusal> {
    let digests: Vec<Digest> = manifest.files.values().map(|entry| entry.sha256).collect();
    Ok(state.store().lacking(&manifest.project, &digests).await?)
}

/// The contents of the settings that are there.
async fn settings(state: &State, manifest: &Manifest) -> Result<Settings, Refusal> {
    let mut settings = Settings::new();
    for (path, entry) in &manifest.files {
        let Some(name) = SETTINGS.into_iter().find(|name| *name == path.as_str()) else {
            continue;
        };
        if entry.size > MAX_SETTINGS {
            let error = format!(
                "{name} has {} bytes, {MAX_SETTINGS} is the most",
                entry.size
            );
            return Err(Refusal::too_large(error).of_entry(name));
        }
        let content = state
            .store()
            .content(&manifest.project, entry.sha256, MAX_SETTINGS);
        if let Some(content) = content.await? {
            settings.insert(name, content);
        }
    }
    Ok(settings)
}

/// Which deploys are told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    project: Option<ProjectName>,
}

/// The deploys, the newest first
#[utoipa::path(
    get, path = "/deploys",
    params(("project" = Option<String>, Query, description = "Only this project's")),
    responses((status = 200, description = "They are", body = DeployList)),
)]
pub(super) async fn list(state: Shared, Asked(which): Asked<Which>) -> Result<Response, Refusal> {
    let index = state.store().index();
    let wanted = |project: &ProjectName| which.project.as_ref().is_none_or(|name| name == project);
    let wanted = index.deploys().filter(|deploy| wanted(&deploy.project));
    let mut deploys: Vec<Deploy> = wanted
        .map(|deploy| views::deploy(&state, &index, deploy))
        .collect();
    deploys.sort_by(|one, other| (other.made, &one.id).cmp(&(one.made, &other.id)));
    Ok(Json(DeployList { deploys }).into_response())
}

/// A deploy with its files
#[utoipa::path(
    get, path = "/deploys/{id}",
    params(("id" = String, Path, description = "The deploy's id")),
    responses(
        (status = 200, description = "It is", body = DeployDetails),
        (status = 404, description = "There is none", body = Failure),
    ),
)]
pub(super) async fn show(state: Shared, names: Names) -> Result<Response, Refusal> {
    let id: DeployId = names.get("id")?;
    let index = state.store().index();
    let manifest = state.store().manifest(&id).await?;
    let (Some(deploy), Some(manifest)) = (index.deploy(&id), manifest) else {
        return Err(no_deploy(&id));
    };
    let deploy = views::deploy(&state, &index, deploy);
    Ok(Json(views::details(deploy, &manifest)).into_response())
}

/// A deploy is removed, with the aliases that lead to it
///
/// Its files are gone at once, as far as no other deploy of the project has them.
#[utoipa::path(
    delete, path = "/deploys/{id}",
    params(("id" = String, Path, description = "The deploy's id")),
    responses(
        (status = 200, description = "It is gone", body = Removed),
        (status = 404, description = "There is none", body = Failure),
    ),
)]
pub(super) async fn remove(state: Shared, names: Names) -> Result<Response, Refusal> {
    let id: DeployId = names.get("id")?;
    if !state.store().remove_deploy(&id).await? {
        return Err(no_deploy(&id));
    }
    let removed = id.to_string();
    Ok(Json(Removed { removed }).into_response())
}

fn no_deploy(id: &DeployId) -> Refusal {
    Refusal::not_found(format!("there is no deploy {id}"))
}
