//! Blobs: what a site's files contain, before it is known which site has them where.

use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The field of a request that says where its content begins within the blob, and of an
/// answer that says how much of the blob is there. In bytes.
pub const UPLOAD_OFFSET: &str = "upload-offset";

/// The field of a request that says how long the whole blob is, in bytes. Without it,
/// the request's content ends where the blob does.
pub const UPLOAD_LENGTH: &str = "upload-length";

/// A blob that a deploy will need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// The SHA-256 of its content: 64 hexadecimal digits in lower case.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// Blobs that a deploy will need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlobList {
    /// All of them; one that is named twice counts once.
    pub blobs: Vec<Blob>,
}

/// Which of them have to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Missing {
    /// What this project doesn't have. Whether another has it isn't told.
    #[schema(value_type = Vec<String>)]
    pub missing: Vec<Digest>,
}

/// How many blobs of a pack are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stored {
    /// All that the pack had, those that were there before too.
    pub stored: u64,
}
