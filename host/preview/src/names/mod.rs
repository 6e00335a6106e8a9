//! Names of projects, aliases, deploys and files: what each may be.
//!
//! All of them come from clients and become parts of hosts, of file names and of keys
//! in a store. So there is no way to have one that wasn't checked: the constructors
//! check, and so does reading one from JSON. What a name is not allowed to be can't
//! occur in any layer above.

mod deploy_id;
mod label;
mod name;
mod refused;
mod site_path;
mod variable;

pub use deploy_id::DeployId;
pub use label::Label;
pub use name::{AliasName, MAX_NAME, ProjectName};
pub use refused::{Kind, NameError};
pub use site_path::{MAX_DEPTH, MAX_PATH, MAX_SEGMENT, SitePath, each_path_once};
pub use variable::VariableName;

#[cfg(test)]
mod tests;
