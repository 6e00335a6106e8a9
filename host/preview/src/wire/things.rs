//! What there is: deploys, aliases, projects.

use super::deploys::NewFile;
use crate::names::{AliasName, DeployId, Label, ProjectName, SitePath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A deploy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deploy {
    /// Its id.
    #[schema(value_type = String)]
    pub id: DeployId,
    /// The project that it belongs to.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// Where it is.
    pub url: String,
    /// When it was made, in seconds since 1970.
    pub made: u64,
    /// What its maker said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For how many seconds it is kept without an alias or a visit, if it asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// Whether its visitors need a password.
    pub password: bool,
    /// How many files it has.
    pub files: u64,
    /// The bytes of all files together.
    pub bytes: u64,
    /// The aliases that lead to it now.
    #[schema(value_type = Vec<String>)]
    pub aliases: Vec<AliasName>,
}

/// Deploys, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeployList {
    /// All of them.
    pub deploys: Vec<Deploy>,
}

/// A deploy with its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeployDetails {
    /// What the list says of it.
    #[serde(flatten)]
    pub deploy: Deploy,
    /// Its files by their paths.
    #[schema(value_type = BTreeMap<String, NewFile>)]
    pub contents: BTreeMap<SitePath, NewFile>,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alias {
    /// Its name in its project.
    #[schema(value_type = String)]
    pub alias: AliasName,
    /// The project that has it.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// The first label of its host.
    #[schema(value_type = String)]
    pub label: Label,
    /// Where it is.
    pub url: String,
    /// The deploy that it leads to.
    #[schema(value_type = String)]
    pub deploy: DeployId,
    /// Why it is elsewhere than its name says, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_note: Option<String>,
}

/// Aliases in the order of their labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AliasList {
    /// All of them.
    pub aliases: Vec<Alias>,
}

/// A step of an alias's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Move {
    /// Which step it was.
    pub number: u64,
    /// Where it led to from then on. None: the alias was removed.
    #[schema(value_type = Option<String>)]
    pub deploy: Option<DeployId>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// An alias with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AliasDetails {
    /// What the list says of it.
    #[serde(flatten)]
    pub alias: Alias,
    /// All steps, the newest first.
    pub history: Vec<Move>,
}

/// Where an alias is to lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveAlias {
    /// A deploy of the same project.
    #[schema(value_type = String)]
    pub deploy: DeployId,
    /// What is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// Its name.
    #[schema(value_type = String)]
    pub project: ProjectName,
    /// How many deploys it has.
    pub deploys: u64,
    /// How many aliases it has.
    pub aliases: u64,
}

/// Projects in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProjectList {
    /// All of them.
    pub projects: Vec<Project>,
}

/// Something was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Removed {
    /// What it was called.
    pub removed: String,
}

/// What was removed since nobody needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Collected {
    /// Deploys whose time was over.
    pub deploys: u64,
    /// Blobs that no deploy names.
    pub blobs: u64,
    /// The bytes of those.
    pub bytes: u64,
    /// Uploads that nobody went on with.
    pub uploads: u64,
    /// Projects in which nothing was left.
    pub projects: u64,
    /// What is damaged in the store, a line each.
    pub damage: Vec<String>,
}
