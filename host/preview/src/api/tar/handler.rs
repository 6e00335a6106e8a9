//! The request: its content is read by a thread of its own as it comes.

use super::entries;
use super::keep::{contents, keep};
use super::spool::Spool;
use crate::api::content::Content;
use crate::api::input::{Asked, Names};
use crate::api::making::{self, MAX_SETTINGS, Settings, now};
use crate::api::refusal::Refusal;
use crate::api::state::{Shared, State};
use crate::manifest::{Entry, Manifest};
use crate::names::{AliasName, ProjectName};
use crate::wire::{Deployed, Failure, SETTINGS};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::{Buf, Bytes};
use http::StatusCode;
use serde::Deserialize;
use std::io::{self, Read};
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::spawn_blocking;

/// How many pieces wait for the thread.
const PIECES: usize = 8;

/// What `gzip` begins its files with (RFC 1952 section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What is said about the deploy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct About {
    alias: Option<AliasName>,
    ttl: Option<u64>,
    password: Option<String>,
    message: Option<String>,
}

/// A deploy in one request: a tar of its files
///
/// As `tar -C dist -cf - . | curl -T - URL` sends it. Only files and folders may be in it.
#[utoipa::path(
    put, path = "/projects/{project}/deploy.tar",
    params(
        ("project" = String, Path, description = "The project; it needn't be there yet"),
        ("alias" = Option<String>, Query, description = "The alias that is to lead to it"),
        ("ttl" = Option<u64>, Query, description = "For how many seconds it is kept without an alias or a visit"),
        ("password" = Option<String>, Query, description = "The bcrypt hash of the password that its visitors need"),
        ("message" = Option<String>, Query, description = "What is said about it"),
    ),
    request_body(content_type = "application/x-tar", description = "The tar, not compressed"),
    responses(
        (status = 201, description = "It is there", body = Deployed),
        (status = 400, description = "It broke off", body = Failure),
        (status = 408, description = "Nothing came for too long", body = Failure),
        (status = 409, description = "There is no place for another deploy or alias", body = Failure),
        (status = 413, description = "It has too many files, or too large ones", body = Failure),
        (status = 415, description = "It is compressed", body = Failure),
    ),
)]
pub(in crate::api) async fn put(
    state: Shared,
    names: Names,
    Asked(about): Asked<About>,
    body: Body,
) -> Result<Response, Refusal> {
    let project: ProjectName = names.get("project")?;
    let spool = Arc::new(receive(&state, body).await?);
    let settings = settings(&spool).await?;
    let alias = about.alias.clone();
    let manifest = manifest(project.clone(), about, &spool);
    let manifest = making::check(&state, manifest, settings).await?;
    keep(state.store(), &project, &spool).await?;
    let deployed = making::make(&state, manifest, alias).await?;
    Ok((StatusCode::CREATED, Json(deployed)).into_response())
}

/// Reads the tar. What is wrong with the connection is told before what is wrong with
/// what came by it.
async fn receive(state: &State, body: Body) -> Result<Spool, Refusal> {
    let mut content = Content::new(body, u64::MAX, state.setup.times.piece)?;
    let file = state.store().scratch().await?;
    let (pieces, coming) = channel(PIECES);
    let limits = state.limits().most;
    let reading = spawn_blocking(move || entries::read(Coming::new(coming), file, &limits));
    let mut first = true;
    loop {
        let piece = match content.next().await {
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            Err(refusal) => {
                let _ = pieces.send(None).await;
                let _ = reading.await;
                return Err(refusal);
            }
        };
        if std::mem::take(&mut first) && piece.starts_with(&GZIP) {
            let error = "this is compressed by gzip; send the tar itself";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
        }
        // It has read enough: to the end of the tar, or to what is wrong with it.
        if pieces.send(Some(piece)).await.is_err() {
            break;
        }
    }
    drop(pieces);
    let read = reading.await;
    read.unwrap_or_else(|error| Err(Refusal::fault(error)))
}

/// What comes of a request's content, for a thread that waits for it.
struct Coming {
    pieces: Receiver<Option<Bytes>>,
    piece: Bytes,
}

impl Coming {
    fn new(pieces: Receiver<Option<Bytes>>) -> Self {
        let piece = Bytes::new();
        Self { pieces, piece }
    }
}

impl Read for Coming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(Some(piece)) => self.piece = piece,
                Some(None) => return Err(io::ErrorKind::ConnectionAborted.into()),
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

async fn settings(spool: &Arc<Spool>) -> Result<Settings, Refusal> {
    let mut settings = Settings::new();
    for (path, place) in &spool.files {
        let Some(name) = SETTINGS.into_iter().find(|name| *name == path.as_str()) else {
            continue;
        };
        if place.size > MAX_SETTINGS {
            let error = format!(
                "{name} has {} bytes, {MAX_SETTINGS} is the most",
                place.size
            );
            return Err(Refusal::too_large(error).of_entry(name));
        }
        settings.insert(name, contents(spool, *place).await?);
    }
    Ok(settings)
}

fn manifest(project: ProjectName, about: About, spool: &Spool) -> Manifest {
    let entry = |(path, place): (&crate::names::SitePath, &super::spool::Place)| {
        let (sha256, size) = (place.digest, place.size);
        (path.clone(), Entry { sha256, size })
    };
    Manifest {
        project,
        made: now(),
        message: about.message,
        ttl: about.ttl,
        password: about.password,
        files: spool.files.iter().map(entry).collect(),
    }
}
