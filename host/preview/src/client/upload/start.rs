//! What a project lacks of a folder.

use crate::client::failure::Failure;
use crate::client::folder::SiteFile;
use crate::client::progress::Progress;
use crate::client::server::{Answer, Ask, Content, Server, Twice};
use crate::digest::Digest;
use crate::names::ProjectName;
use crate::wire::{Blob, BlobList, Missing};
use http::Method;
use serde::Serialize;
use std::collections::HashMap;

/// How many blobs are asked for in one request.
const ASKED: usize = 50_000;

/// A folder's files on their way to a project.
pub(crate) struct Upload<'a> {
    pub(super) server: &'a Server,
    pub(super) project: &'a ProjectName,
    /// One file of each content.
    pub(super) contents: HashMap<Digest, &'a SiteFile>,
    pub(super) progress: &'a dyn Progress,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(
        server: &'a Server,
        project: &'a ProjectName,
        files: &'a [SiteFile],
        progress: &'a dyn Progress,
    ) -> Self {
        let contents = files.iter().map(|file| (file.digest, file)).collect();
        Self {
            server,
            project,
            contents,
            progress,
        }
    }

    /// What the project lacks of the folder.
    pub(crate) async fn missing(&self) -> Result<Vec<Digest>, Failure> {
        let blob = |file: &&SiteFile| Blob {
            sha256: file.digest,
            size: file.size,
        };
        let blobs: Vec<Blob> = self.contents.values().map(blob).collect();
        let mut missing = Vec::new();
        for some in blobs.chunks(ASKED) {
            let blobs = some.to_vec();
            let answer = self.post("missing", json(&BlobList { blobs })?).await?;
            missing.extend(answer.json::<Missing>(&self.name())?.missing);
        }
        Ok(missing)
    }

    pub(super) async fn post(&self, what: &str, content: Content) -> Result<Answer, Failure> {
        let path = format!("/projects/{}/{what}", self.project);
        let ask = Ask::new(Method::POST, path).with(content);
        self.server.ask(ask, Twice::Harmless).await
    }

    pub(super) fn name(&self) -> String {
        self.server.address().to_string()
    }
}

/// A request's content.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Content, Failure> {
    let text = serde_json::to_vec(value).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Content::Json(text.into()))
}
