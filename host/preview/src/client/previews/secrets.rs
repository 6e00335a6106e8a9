//! What `wasm-host previews secret` asks for.

use crate::client::failure::Failure;
use crate::client::server::{Content, Server};
use crate::client::upload::json;
use crate::names::{ProjectName, VariableName};
use crate::wire::{NewSecret, Removed, Secret, SecretList};
use http::Method;

/// The secrets of a project, without their values.
///
/// # Errors
///
/// See [`Failure`], as for all of these.
pub async fn secrets(server: &Server, project: &ProjectName) -> Result<SecretList, Failure> {
    server.get(format!("/projects/{project}/secrets")).await
}

/// Sets a secret, in place of one of the same name.
///
/// # Errors
///
/// It can't be one, or there are too many.
pub async fn set_secret(
    server: &Server,
    project: &ProjectName,
    name: &VariableName,
    secret: &NewSecret,
) -> Result<Secret, Failure> {
    let content = json(secret)?;
    server
        .fetch(Method::PUT, path(project, name), content)
        .await
}

/// Removes a secret.
///
/// # Errors
///
/// There is none of that name.
pub async fn remove_secret(
    server: &Server,
    project: &ProjectName,
    name: &VariableName,
) -> Result<Removed, Failure> {
    server
        .fetch(Method::DELETE, path(project, name), Content::Nothing)
        .await
}

fn path(project: &ProjectName, name: &VariableName) -> String {
    format!("/projects/{project}/secrets/{name}")
}
