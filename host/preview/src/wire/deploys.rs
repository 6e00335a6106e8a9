//! A deploy that is made: what is asked for, and what comes of it.

use crate::digest::Digest;
use crate::names::{AliasName, DeployId, SitePath, each_path_once};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A file of a deploy that is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// The SHA-256 of its content.
    #[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// A deploy that is to be made of blobs that were sent before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeploy {
    /// The files by their paths in the site: relative, parted by `/`.
    #[serde(deserialize_with = "each_path_once")]
    #[schema(value_type = BTreeMap<String, NewFile>)]
    pub files: BTreeMap<SitePath, NewFile>,
    /// The alias that is to lead to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub alias: Option<AliasName>,
    /// For how many seconds it is kept without an alias or a visit; by default as long as
    /// the server keeps any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// The bcrypt hash of the password that its visitors need, as `htpasswd -nB` prints
    /// it behind the colon. A password itself isn't taken: it needn't leave its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What its maker says about it, such as a commit's first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Only check whether it could be made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// A deploy that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deployed {
    /// Its id.
    #[schema(value_type = String)]
    pub id: DeployId,
    /// Where it is, for ever the same bytes.
    pub url: String,
    /// The alias that leads to it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub alias: Option<AliasName>,
    /// Where the alias is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_url: Option<String>,
    /// Why the alias is elsewhere than its name says, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_note: Option<String>,
    /// How many files it has.
    pub files: u64,
    /// The bytes of all files together.
    pub bytes: u64,
}

/// A deploy that could be made, with `dry_run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// What would have to be sent before.
    #[schema(value_type = Vec<String>)]
    pub missing: Vec<Digest>,
    /// How many files it would have.
    pub files: u64,
    /// The bytes of all files together.
    pub bytes: u64,
}
