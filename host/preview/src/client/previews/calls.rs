//! What `wasm-host previews` asks for.

use super::reference::Found;
use crate::client::failure::Failure;
use crate::client::server::{Ask, Content, Server};
use crate::client::text::plain;
use crate::client::upload::json;
use crate::names::{AliasName, DeployId, ProjectName};
use crate::wire::{Alias, AliasDetails, Collected, DeployDetails, DeployList, MoveAlias, Removed};
use http::Method;

/// The deploys of a project, or all, the newest first.
///
/// # Errors
///
/// See [`Failure`], as for all of these.
pub async fn list(server: &Server, project: Option<&ProjectName>) -> Result<DeployList, Failure> {
    let query = project.map(|name| format!("?project={name}"));
    server
        .get(format!("/deploys{}", query.unwrap_or_default()))
        .await
}

/// A deploy with its files.
///
/// # Errors
///
/// There is none.
pub async fn show(server: &Server, id: DeployId) -> Result<DeployDetails, Failure> {
    server.get(format!("/deploys/{id}")).await
}

/// An alias with its history.
///
/// # Errors
///
/// There is none.
pub async fn history(server: &Server, alias: &Alias) -> Result<AliasDetails, Failure> {
    server.get(alias_path(alias)).await
}

/// Has an alias lead to another deploy of its project; it needn't be there yet.
///
/// # Errors
///
/// There is no such deploy in the project.
pub async fn move_alias(
    server: &Server,
    project: &ProjectName,
    alias: &AliasName,
    to: DeployId,
    message: Option<String>,
) -> Result<Alias, Failure> {
    let path = format!("/projects/{project}/aliases/{alias}");
    let content = json(&MoveAlias {
        deploy: to,
        message,
    })?;
    server.fetch(Method::PUT, path, content).await
}

/// Has an alias lead where it led before, as its history says. Done twice, it leads
/// where it led at first.
///
/// # Errors
///
/// It never led elsewhere, or that deploy was removed.
pub async fn rollback(server: &Server, alias: &Alias) -> Result<Alias, Failure> {
    let details = history(server, alias).await?;
    let now = alias.deploy;
    let mut before = details.history.iter().filter_map(|step| step.deploy);
    let Some(before) = before.find(|deploy| *deploy != now) else {
        let text = format!("{} never led elsewhere than to {now}", alias.label);
        return Err(Failure::NotThere(text));
    };
    let message = Some(format!("rollback from {now}"));
    move_alias(server, &alias.project, &alias.alias, before, message).await
}

/// Tells of each line that a deploy's site logged last, and with `follow`, of each that it
/// logs from then on. Control characters in them are escaped.
///
/// # Errors
///
/// There is no such deploy, or the connection breaks.
pub async fn logs(
    server: &Server,
    id: DeployId,
    follow: bool,
    mut line: impl FnMut(&str),
) -> Result<(), Failure> {
    let ask = Ask::new(Method::GET, format!("/deploys/{id}/logs?follow={follow}"));
    server.follow(ask, &mut |text| line(&plain(text))).await
}

/// Removes what is referred to: a deploy with its files, or an alias, whose deploy stays.
///
/// # Errors
///
/// It is gone already.
pub async fn remove(server: &Server, found: &Found) -> Result<Removed, Failure> {
    let path = match found {
        Found::Deploy(id) => format!("/deploys/{id}"),
        Found::Alias(alias) => alias_path(alias),
    };
    server.fetch(Method::DELETE, path, Content::Nothing).await
}

/// Removes a project with all that it has.
///
/// # Errors
///
/// There is none of that name.
pub async fn remove_project(server: &Server, project: &ProjectName) -> Result<Removed, Failure> {
    server
        .fetch(
            Method::DELETE,
            format!("/projects/{project}"),
            Content::Nothing,
        )
        .await
}

/// Removes what nobody needs any more.
///
/// # Errors
///
/// See [`Failure`].
pub async fn collect(server: &Server) -> Result<Collected, Failure> {
    server
        .fetch(Method::POST, "/gc".to_owned(), Content::Nothing)
        .await
}

fn alias_path(alias: &Alias) -> String {
    format!("/projects/{}/aliases/{}", alias.project, alias.alias)
}
