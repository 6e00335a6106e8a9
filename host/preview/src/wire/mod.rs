//! What the API speaks: its JSON, as types that both ends share, and the numbers that
//! both have to know.
//!
//! What a client sends is read strictly: a field that isn't known is an error, so that a
//! slip of the pen isn't taken for silence. What a server sends is read leniently, so
//! that an older client understands a newer server.

mod deploys;
mod failure;
mod pack;
mod secrets;
mod things;
mod upload;

pub use deploys::{Checked, Deployed, NewDeploy, NewFile};
pub use failure::{Failure, Problem};
pub use pack::{MAX_PACK, PACK_RECORD, Record, RecordHead};
pub use secrets::{NewSecret, Secret, SecretList};
pub use things::{
    Alias, AliasDetails, AliasList, Collected, Deploy, DeployDetails, DeployList, Move, MoveAlias,
    Project, ProjectList, Removed,
};
pub use upload::{Blob, BlobList, Missing, Stored, UPLOAD_LENGTH, UPLOAD_OFFSET};

/// Where the API is on the bare domain.
pub const PREFIX: &str = "/api/v1";

/// The most bytes of a request's JSON.
pub const MAX_JSON: u64 = 16 * 1024 * 1024;

/// The files at a site's root that say how it is served. They are checked before it is
/// deployed.
pub const SETTINGS: [&str; 3] = ["wasm-host.toml", "_redirects", "_headers"];

/// The file at a site's root that is code for the server.
pub const CODE: &str = "handler.wasm";
