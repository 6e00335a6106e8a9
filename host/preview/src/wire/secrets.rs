//! Secrets of projects.

use crate::names::VariableName;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// A secret that is to be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// What nobody is to read.
    pub value: String,
    /// Which hosts it is for, each with its port or for all: to these alone it is sent, by
    /// fields of requests, and the sites' code doesn't see it itself. None: the code has it
    /// in its environment.
    #[serde(default, rename = "for", skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

/// Without its value.
impl fmt::Debug for NewSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewSecret")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// A secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Secret {
    /// The variable that sites' code finds it in.
    #[schema(value_type = String)]
    pub name: VariableName,
    /// Which hosts it is for. None: the sites' code itself.
    #[serde(default, rename = "for")]
    pub hosts: Vec<String>,
    /// When it was set, in seconds since 1970.
    pub set: u64,
}

/// Secrets in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretList {
    /// All of a project.
    pub secrets: Vec<Secret>,
}
