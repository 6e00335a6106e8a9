//! Where what is: the keys of a store's objects.
//!
//! All of them consist of names that were checked, so that none needs to be escaped.

use crate::names::{AliasName, DeployId, Label, ProjectName};
use object_store::path::Path as Key;

/// What the name of each object of JSON but one ends in.
const JSON: &str = ".json";

/// Says which format the store has.
pub(super) fn format() -> Key {
    Key::from("format")
}

pub(super) fn labels() -> Key {
    Key::from("labels")
}

pub(super) fn label(label: &Label) -> Key {
    labels().join(format!("{label}{JSON}"))
}

pub(super) fn projects() -> Key {
    Key::from("projects")
}

pub(super) fn project(project: &ProjectName) -> Key {
    projects().join(project.as_str())
}

pub(super) fn deploys(of: &ProjectName) -> Key {
    project(of).join("deploys")
}

pub(super) fn deploy(project: &ProjectName, id: &DeployId) -> Key {
    deploys(project).join(format!("{id}{JSON}"))
}

pub(super) fn aliases(of: &ProjectName) -> Key {
    project(of).join("aliases")
}

pub(super) fn alias(project: &ProjectName, alias: &AliasName) -> Key {
    aliases(project).join(alias.as_str())
}

/// One entry of an alias's log. Ten digits, so that the order of names is that of
/// numbers.
pub(super) fn alias_move(project: &ProjectName, name: &AliasName, number: u64) -> Key {
    alias(project, name).join(format!("{number:010}{JSON}"))
}

pub(super) fn visits(of: &ProjectName) -> Key {
    project(of).join("visits")
}

pub(super) fn visit(project: &ProjectName, id: &DeployId) -> Key {
    visits(project).join(id.as_str())
}

/// The name of an object of JSON without its end.
pub(super) fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(JSON)
}

/// The number of an alias's move.
pub(super) fn move_number(name: &str) -> Option<u64> {
    let digits = stem(name)?;
    let all_digits = digits.len() == 10 && digits.bytes().all(|digit| digit.is_ascii_digit());
    all_digits.then(|| digits.parse().ok())?
}
