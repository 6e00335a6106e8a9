//! Requests that are answered in JSON, and the one that names are looked up by.

use crate::client::failure::Failure;
use crate::client::server::{Ask, Content, Server, Twice};
use crate::names::ProjectName;
use crate::wire::AliasList;
use http::Method;
use serde::de::DeserializeOwned;

impl Server {
    pub(super) async fn fetch<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        content: Content,
    ) -> Result<T, Failure> {
        // What moves or removes something does so once: a second time finds it done, and
        // says so.
        let twice = match method {
            Method::GET => Twice::Harmless,
            _ => Twice::Counts,
        };
        let answer = self
            .ask(Ask::new(method, path).with(content), twice)
            .await?;
        answer.json(&self.address().to_string())
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, Failure> {
        self.fetch(Method::GET, path, Content::Nothing).await
    }
}

/// All aliases, or those of a project.
///
/// # Errors
///
/// See [`Failure`].
pub async fn aliases(server: &Server, project: Option<&ProjectName>) -> Result<AliasList, Failure> {
    let path = match project {
        Some(project) => format!("/projects/{project}/aliases"),
        None => "/aliases".to_owned(),
    };
    server.get(path).await
}
