//! Content goes up: one by one, with what is there already, or many small ones at once.

use super::content::Content;
use super::input::{Names, json};
use super::refusal::Refusal;
use super::state::Shared;
use crate::digest::Digest;
use crate::names::ProjectName;
use crate::store::{Arrived, Upload};
use crate::wire::{
    BlobList, Failure, MAX_PACK, Missing, Record, Stored, UPLOAD_LENGTH, UPLOAD_OFFSET,
};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use http_body::Body as _;

/// Which of the blobs that a deploy will need this project lacks
///
/// Only those have to be sent. Whether another project has one isn't told.
#[utoipa::path(
    post, path = "/projects/{project}/missing",
    params(("project" = String, Path, description = "The project; it needn't be there yet")),
    request_body = BlobList,
    responses(
        (status = 200, description = "What it lacks, each once", body = Missing),
        (status = 400, description = "That is no JSON", body = Failure),
        (status = 413, description = "That is too much at once", body = Failure),
    ),
)]
pub(super) async fn missing(state: Shared, names: Names, body: Body) -> Result<Response, Refusal> {
    let project: ProjectName = names.get("project")?;
    let list: BlobList = json(&state, body).await?;
    let most = state.limits().most.file_size;
    if let Some(large) = list.blobs.iter().find(|blob| blob.size > most) {
        let (sha256, size) = (large.sha256, large.size);
        let error = format!("{sha256} has {size} bytes, {most} is the most for a file");
        return Err(Refusal::too_large(error).of_entry(sha256.to_string()));
    }
    let blobs: Vec<Digest> = list.blobs.iter().map(|blob| blob.sha256).collect();
    let missing = state.store().lacking(&project, &blobs).await?;
    Ok(Json(Missing { missing }).into_response())
}

/// How much of a blob has arrived
#[utoipa::path(
    head, path = "/projects/{project}/blobs/{sha256}",
    params(
        ("project" = String, Path, description = "The project"),
        ("sha256" = String, Path, description = "The SHA-256 of its content"),
    ),
    responses(
        (status = 200, description = "All of it", headers(("Upload-Offset" = u64, description = "Its size"))),
        (status = 204, description = "A part of it", headers(("Upload-Offset" = u64, description = "The bytes that are there"))),
        (status = 404, description = "Nothing"),
    ),
)]
pub(super) async fn look(state: Shared, names: Names) -> Result<Response, Refusal> {
    let (project, digest): (ProjectName, Digest) = (names.get("project")?, names.get("sha256")?);
    let (status, offset) = match state.store().arrived(&project, digest).await? {
        Some(Arrived::Whole(size)) => (StatusCode::OK, size),
        Some(Arrived::Part(there)) => (StatusCode::NO_CONTENT, there),
        None => {
            return Err(Refusal::not_found(format!(
                "the project {project} has nothing of {digest}"
            )));
        }
    };
    Ok((status, [(UPLOAD_OFFSET, offset.to_string())]).into_response())
}

/// A blob, or the next part of it
///
/// With `Upload-Offset`, the content goes on there; 409 says where it has to, if that isn't
/// where what arrived ends. Without, it is the whole blob, and what arrived before is
/// skipped. With `Upload-Length`, it needn't be all of the rest.
#[utoipa::path(
    put, path = "/projects/{project}/blobs/{sha256}",
    params(
        ("project" = String, Path, description = "The project; it needn't be there yet"),
        ("sha256" = String, Path, description = "The SHA-256 of the whole content"),
        ("Upload-Offset" = Option<u64>, Header, description = "Where this part begins, in bytes"),
        ("Upload-Length" = Option<u64>, Header, description = "The size of the whole, in bytes"),
    ),
    request_body(content_type = "application/octet-stream", description = "The content"),
    responses(
        (status = 200, description = "All of it was there already"),
        (status = 201, description = "All of it is there now"),
        (status = 204, description = "This part is there now", headers(("Upload-Offset" = u64, description = "Where the next begins"))),
        (status = 400, description = "It broke off", body = Failure),
        (status = 408, description = "Nothing came for too long", body = Failure),
        (status = 409, description = "It goes on elsewhere, or somebody else is sending it", body = Failure, headers(("Upload-Offset" = Option<u64>, description = "Where it goes on"))),
        (status = 411, description = "Its length isn't known", body = Failure),
        (status = 413, description = "It is too large, or the project would be", body = Failure),
    ),
)]
pub(super) async fn put(
    state: Shared,
    names: Names,
    fields: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (project, digest): (ProjectName, Digest) = (names.get("project")?, names.get("sha256")?);
    let offset = number(&fields, UPLOAD_OFFSET)?;
    let size = size(number(&fields, UPLOAD_LENGTH)?, offset, &body)?;
    let mut upload = state.store().upload(&project, digest, size).await?;
    if upload.is_complete() {
        upload.finish().await?;
        return Ok(StatusCode::OK.into_response());
    }
    let there = upload.offset();
    if offset.is_some_and(|offset| offset != there) {
        return Err(Refusal::elsewhere(there));
    }
    let skip = if offset.is_none() { there } else { 0 };
    let content = Content::new(body, size, state.setup.times.piece)?;
    receive(&mut upload, content, skip).await?;
    if upload.is_complete() {
        upload.finish().await?;
        return Ok(StatusCode::CREATED.into_response());
    }
    let there = upload.offset().to_string();
    Ok((StatusCode::NO_CONTENT, [(UPLOAD_OFFSET, there)]).into_response())
}

/// Takes what comes, but for its first `skip` bytes.
async fn receive(upload: &mut Upload, mut content: Content, mut skip: u64) -> Result<(), Refusal> {
    while let Some(mut piece) = content.next().await? {
        let skipped = skip.min(piece.len() as u64);
        skip -= skipped;
        let _ = piece.split_to(usize::try_from(skipped).unwrap_or(piece.len()));
        upload.write(piece).await?;
    }
    Ok(())
}

/// How large the whole blob is.
fn size(length: Option<u64>, offset: Option<u64>, body: &Body) -> Result<u64, Refusal> {
    let size = match length {
        Some(length) => Some(length),
        None => body
            .size_hint()
            .exact()
            .and_then(|rest| rest.checked_add(offset.unwrap_or(0))),
    };
    size.ok_or_else(|| {
        let error = "the size isn't known; send Content-Length or Upload-Length";
        Refusal::new(StatusCode::LENGTH_REQUIRED, error)
    })
}

fn number(fields: &HeaderMap, name: &str) -> Result<Option<u64>, Refusal> {
    let mut values = fields.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (text.and_then(|text| text.parse().ok()), values.next()) {
        (Some(number), None) => Ok(Some(number)),
        _ => Err(Refusal::unprocessable(format!(
            "the field {name} has to have one number of bytes"
        ))),
    }
}

/// Many small blobs at once
///
/// For each: 32 bytes of SHA-256, 8 bytes of length with the greatest first, the content.
/// All are kept, or none.
#[utoipa::path(
    post, path = "/projects/{project}/blobs",
    params(("project" = String, Path, description = "The project; it needn't be there yet")),
    request_body(content_type = "application/octet-stream", description = "At most 8 MiB"),
    responses(
        (status = 200, description = "All are there now", body = Stored),
        (status = 400, description = "It broke off", body = Failure),
        (status = 408, description = "Nothing came for too long", body = Failure),
        (status = 409, description = "There is no place for another project", body = Failure),
        (status = 413, description = "It is too large, or the project would be", body = Failure),
    ),
)]
pub(super) async fn pack(state: Shared, names: Names, body: Body) -> Result<Response, Refusal> {
    let project: ProjectName = names.get("project")?;
    let content = Content::new(body, MAX_PACK, state.setup.times.piece)?;
    let pack = content.whole(&state.memory).await?;
    let blobs = unpack(pack.bytes.clone())?;
    let stored = blobs.len() as u64;
    state.store().pack(&project, blobs).await?;
    Ok(Json(Stored { stored }).into_response())
}

fn unpack(mut pack: Bytes) -> Result<Vec<(Digest, Bytes)>, Refusal> {
    let mut blobs = Vec::new();
    while let Some(Record { head, content }) =
        Record::take(&mut pack).map_err(Refusal::unprocessable)?
    {
        blobs.push((head.sha256, content));
    }
    Ok(blobs)
}
