//! Who has a label: an object for each, made once.

use super::error::StoreError;
use super::keys;
use super::objects::{Created, Objects, Read};
use crate::names::{AliasName, Label, ProjectName};
use serde::{Deserialize, Serialize};

/// Whose a label is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    pub(super) project: ProjectName,
    pub(super) alias: AliasName,
}

/// The label of an alias: its name, or if another project has that, both names.
///
/// Once a project has a label, nobody else gets it as long as the project exists, also
/// while the alias is removed: whoever knows the address expects that project there.
pub(super) async fn claim(
    objects: &Objects,
    project: &ProjectName,
    alias: &AliasName,
) -> Result<Label, StoreError> {
    let both = [Label::of_alias(alias), Label::of_alias_in(alias, project)];
    let owner = Owner {
        project: project.clone(),
        alias: alias.clone(),
    };
    for label in both {
        let key = keys::label(&label);
        if objects.create(&key, &owner).await? == Created::Made {
            return Ok(label);
        }
        // What is damaged is somebody's.
        if let Read::Here(other) = objects.read::<Owner>(&key).await?
            && other == owner
        {
            return Ok(label);
        }
    }
    let (alias, project) = (alias.clone(), project.clone());
    Err(StoreError::NoLabel { alias, project })
}

/// Frees the labels of some owners. Says how many.
pub(super) async fn free(
    objects: &Objects,
    whose: impl Fn(&Owner) -> bool,
) -> Result<u64, StoreError> {
    let mut freed = 0;
    for (name, _) in objects.list(&keys::labels()).await?.objects {
        let Some(Ok(label)) = keys::stem(&name).map(Label::new) else {
            continue;
        };
        let key = keys::label(&label);
        if let Read::Here(owner) = objects.read::<Owner>(&key).await?
            && whose(&owner)
        {
            objects.remove(&key).await?;
            freed += 1;
        }
    }
    Ok(freed)
}
