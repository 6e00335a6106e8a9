//! `wasm-host deploy`: a folder becomes a deploy.
//!
//! 1. The folder is read and hashed; whatever is wrong with it is told before anything
//!    is sent.
//! 2. The server says which contents it lacks, and gets those.
//! 3. One request makes the deploy of them. Until it is answered, nobody sees anything of
//!    it; if contents are gone by then, they are sent again.

use super::failure::Failure;
use super::folder::{Fault, Faults, Folder, FolderError, SiteFile};
use super::password;
use super::progress::{Event, Progress};
use super::server::{Answer, Ask, Server, Twice};
use super::upload::{Upload, json};
use crate::digest::Digest;
use crate::limits::SiteLimits;
use crate::manifest::{Entry, Manifest};
use crate::names::{AliasName, ProjectName};
use crate::wire::{Checked, Deployed, NewDeploy, NewFile, SETTINGS};
use http::{Method, StatusCode};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How often contents are sent again that are gone when the deploy is made.
const ROUNDS: u32 = 3;

/// What is to be deployed, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// The folder.
    pub folder: PathBuf,
    /// The project that it belongs to: see [`super::project`].
    pub project: ProjectName,
    /// The alias that is to lead to it.
    pub alias: Option<AliasName>,
    /// How long it is kept without an alias or a visit, if not as long as any.
    pub ttl: Option<Duration>,
    /// What its visitors have to type; it isn't sent, but a hash of it.
    pub password: Option<String>,
    /// What is said about it.
    pub message: Option<String>,
    /// Only check whether it could be deployed.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is deployed.
    Deployed(Deployed),
    /// It could be.
    Checked(Checked),
}

/// Deploys a folder.
///
/// # Errors
///
/// See [`Failure`]. What was sent before is still there for the next try.
pub async fn deploy(
    server: &Server,
    order: &Order,
    progress: &Arc<dyn Progress>,
) -> Result<Outcome, Failure> {
    let password = order.password.as_deref().map(password::hash).transpose()?;
    let folder = read(order, progress).await?;
    check(order, &folder)?;
    let new = new_deploy(order, &folder, password);
    let upload = Upload::new(server, &order.project, &folder.files, &**progress);
    let named = |failure| by_name(&folder, failure);
    let mut missing = upload.missing().await.map_err(named)?;
    if order.dry_run {
        let settings: Vec<Digest> = settings(&folder)
            .filter(|file| missing.contains(file))
            .collect();
        upload.send(&settings).await.map_err(named)?;
        let answer = commit(server, order, &new).await?;
        return Ok(Outcome::Checked(
            answer.json(&server.address().to_string())?,
        ));
    }
    for _ in 0..ROUNDS {
        upload.send(&missing).await.map_err(named)?;
        progress.event(Event::Committing);
        let answer = commit(server, order, &new).await?;
        let said = (answer.status == StatusCode::CONFLICT).then(|| answer.said());
        match said.flatten().map(|said| said.missing) {
            Some(gone) if !gone.is_empty() => missing = gone,
            _ => {
                return Ok(Outcome::Deployed(
                    answer.json(&server.address().to_string())?,
                ));
            }
        }
    }
    let what = "what was sent is gone again and again".to_owned();
    Err(Failure::Refused(what, StatusCode::CONFLICT))
}

async fn read(order: &Order, progress: &Arc<dyn Progress>) -> Result<Folder, Failure> {
    let (path, progress) = (order.folder.clone(), progress.clone());
    let reading = spawn_blocking(move || {
        let found = |files| {
            progress.event(Event::Hashing {
                files: files as u64,
            });
        };
        let hashed = |size| progress.event(Event::Hashed(size));
        let folder = Folder::read(&path, found, &hashed)?;
        progress.event(Event::LeftOut(&folder.left_out));
        Ok(folder)
    });
    let folder: Result<Folder, FolderError> = reading
        .await
        .map_err(|error| Failure::Unreadable(error.to_string()))?;
    Ok(folder?)
}

/// What the server would refuse of any folder, before anything is sent. How much a site
/// may have only the server knows.
fn check(order: &Order, folder: &Folder) -> Result<(), Failure> {
    let unlimited = SiteLimits {
        files: u64::MAX,
        file_size: u64::MAX,
        total_size: u64::MAX,
        rules: u64::MAX,
        requests: u64::MAX,
    };
    let entry = |file: &SiteFile| {
        let SiteFile { digest, size, .. } = *file;
        (
            file.path.clone(),
            Entry {
                sha256: digest,
                size,
            },
        )
    };
    let manifest = Manifest {
        project: order.project.clone(),
        made: 0,
        message: order.message.clone(),
        ttl: order.ttl.map(|ttl| ttl.as_secs()),
        password: None,
        files: folder.files.iter().map(entry).collect(),
    };
    manifest.check(&unlimited).map_err(|error| {
        let path = order.folder.to_string_lossy().into_owned();
        let what = error.to_string();
        Failure::Folder(FolderError::Faults(Faults(vec![Fault { path, what }])))
    })
}

/// The server knows contents by their digests, and whoever deploys by their files' names.
fn by_name(folder: &Folder, failure: Failure) -> Failure {
    let Failure::Refused(mut text, status) = failure else {
        return failure;
    };
    for SiteFile { digest, path, .. } in &folder.files {
        let digest = digest.to_string();
        if text.contains(&digest) {
            text = text.replace(&digest, &format!("{:?}", path.as_str()));
        }
    }
    Failure::Refused(text, status)
}

/// The contents that have a say in whether the deploy is accepted.
fn settings(folder: &Folder) -> impl Iterator<Item = Digest> {
    let settings = |file: &&SiteFile| SETTINGS.contains(&file.path.as_str());
    folder.files.iter().filter(settings).map(|file| file.digest)
}

fn new_deploy(order: &Order, folder: &Folder, password: Option<String>) -> NewDeploy {
    let file = |file: &SiteFile| {
        let (sha256, size) = (file.digest, file.size);
        (file.path.clone(), NewFile { sha256, size })
    };
    NewDeploy {
        files: folder.files.iter().map(file).collect(),
        alias: order.alias.clone(),
        ttl: order.ttl.map(|ttl| ttl.as_secs()),
        password,
        message: order.message.clone(),
        dry_run: order.dry_run,
    }
}

async fn commit(server: &Server, order: &Order, new: &NewDeploy) -> Result<Answer, Failure> {
    let path = format!("/projects/{}/deploys", order.project);
    let ask = Ask::new(Method::POST, path).with(json(new)?);
    server.ask(ask, Twice::Counts).await
}
