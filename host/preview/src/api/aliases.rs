//! Aliases move, and are told of.

use super::input::{Names, json};
use super::making::check_message;
use super::refusal::Refusal;
use super::state::{Shared, State};
use super::views;
use crate::names::{AliasName, ProjectName};
use crate::wire::{Alias, AliasDetails, AliasList, Failure, Move, MoveAlias, Removed};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};

/// All aliases
#[utoipa::path(
    get, path = "/aliases",
    responses((status = 200, description = "They are", body = AliasList)),
)]
pub(super) async fn list_all(state: Shared) -> Result<Response, Refusal> {
    let index = state.store().index();
    let all = index
        .projects()
        .flat_map(|(name, project)| views::aliases(&state, name, project));
    let mut aliases: Vec<Alias> = all.collect();
    aliases.sort_by(|one, other| one.label.cmp(&other.label));
    Ok(Json(AliasList { aliases }).into_response())
}

/// The aliases of a project
#[utoipa::path(
    get, path = "/projects/{project}/aliases",
    params(("project" = String, Path, description = "The project")),
    responses(
        (status = 200, description = "They are", body = AliasList),
        (status = 404, description = "There is no such project", body = Failure),
    ),
)]
pub(super) async fn list(state: Shared, names: Names) -> Result<Response, Refusal> {
    let name: ProjectName = names.get("project")?;
    let index = state.store().index();
    let project = index.project(&name);
    let project =
        project.ok_or_else(|| Refusal::not_found(format!("there is no project {name}")))?;
    let aliases = views::aliases(&state, &name, project);
    Ok(Json(AliasList { aliases }).into_response())
}

/// An alias with its history
#[utoipa::path(
    get, path = "/projects/{project}/aliases/{alias}",
    params(
        ("project" = String, Path, description = "The project"),
        ("alias" = String, Path, description = "The alias"),
    ),
    responses(
        (status = 200, description = "It is", body = AliasDetails),
        (status = 404, description = "There is none", body = Failure),
    ),
)]
pub(super) async fn show(state: Shared, names: Names) -> Result<Response, Refusal> {
    let (project, name): (ProjectName, AliasName) = (names.get("project")?, names.get("alias")?);
    let alias = find(&state, &project, &name)?;
    let history = state.store().history(&project, &name).await?;
    let history = history.into_iter().map(|step| Move {
        number: step.number,
        deploy: step.deploy,
        at: step.at,
        message: step.message,
    });
    let history = history.collect();
    Ok(Json(AliasDetails { alias, history }).into_response())
}

/// An alias moves to a deploy, and is made if there is none
#[utoipa::path(
    put, path = "/projects/{project}/aliases/{alias}",
    params(
        ("project" = String, Path, description = "The project"),
        ("alias" = String, Path, description = "The alias"),
    ),
    request_body = MoveAlias,
    responses(
        (status = 200, description = "It leads there", body = Alias),
        (status = 400, description = "That is no JSON", body = Failure),
        (status = 404, description = "There is no such deploy", body = Failure),
        (status = 409, description = "There is no place for another alias", body = Failure),
        (status = 413, description = "That is too much JSON", body = Failure),
    ),
)]
pub(super) async fn move_to(state: Shared, names: Names, body: Body) -> Result<Response, Refusal> {
    let (project, name): (ProjectName, AliasName) = (names.get("project")?, names.get("alias")?);
    let MoveAlias { deploy, message } = json(&state, body).await?;
    check_message(message.as_ref())?;
    state
        .store()
        .move_alias(&project, &name, &deploy, message)
        .await?;
    Ok(Json(find(&state, &project, &name)?).into_response())
}

/// An alias is removed; the deploy that it led to stays
#[utoipa::path(
    delete, path = "/projects/{project}/aliases/{alias}",
    params(
        ("project" = String, Path, description = "The project"),
        ("alias" = String, Path, description = "The alias"),
    ),
    responses(
        (status = 200, description = "It is gone", body = Removed),
        (status = 404, description = "There is none", body = Failure),
    ),
)]
pub(super) async fn remove(state: Shared, names: Names) -> Result<Response, Refusal> {
    let (project, name): (ProjectName, AliasName) = (names.get("project")?, names.get("alias")?);
    if !state.store().remove_alias(&project, &name).await? {
        return Err(no_alias(&project, &name));
    }
    let removed = name.to_string();
    Ok(Json(Removed { removed }).into_response())
}

fn find(state: &State, project: &ProjectName, name: &AliasName) -> Result<Alias, Refusal> {
    let alias = state.store().alias(project, name);
    let alias = alias.and_then(|alias| views::alias(state, project, &alias));
    alias.ok_or_else(|| no_alias(project, name))
}

fn no_alias(project: &ProjectName, name: &AliasName) -> Refusal {
    Refusal::not_found(format!("there is no alias {name} in the project {project}"))
}
