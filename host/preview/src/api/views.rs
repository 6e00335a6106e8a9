//! What there is, as the API tells it.

use super::state::State;
use crate::manifest::Manifest;
use crate::names::{AliasName, DeployId, Label, ProjectName};
use crate::store;
use crate::wire;

/// Where an alias is.
pub(super) fn alias_url(state: &State, label: &Label) -> String {
    state.setup.urls.url(label)
}

/// Why an alias's label isn't its name, if it isn't.
pub(super) fn label_note(alias: &AliasName, label: &Label) -> Option<String> {
    let differs = label.as_str() != alias.as_str();
    differs.then(|| format!("another project has the alias {alias}, so this one is at {label}"))
}

/// An alias that leads somewhere.
pub(super) fn alias(
    state: &State,
    project: &ProjectName,
    alias: &store::Alias,
) -> Option<wire::Alias> {
    let label = alias.labels.first()?.clone();
    Some(wire::Alias {
        alias: alias.name.clone(),
        project: project.clone(),
        url: alias_url(state, &label),
        label_note: label_note(&alias.name, &label),
        label,
        deploy: alias.deploy?,
    })
}

/// All aliases of a project.
pub(super) fn aliases(
    state: &State,
    name: &ProjectName,
    project: &store::Project,
) -> Vec<wire::Alias> {
    let all = project.aliases();
    all.filter_map(|one| alias(state, name, one)).collect()
}

/// A deploy.
pub(super) fn deploy(state: &State, index: &store::Index, deploy: &store::Deploy) -> wire::Deploy {
    wire::Deploy {
        id: deploy.id,
        project: deploy.project.clone(),
        url: state.setup.urls.url(&Label::of_deploy(&deploy.id)),
        made: deploy.made,
        message: deploy.message.clone(),
        ttl: deploy.ttl,
        password: deploy.password.is_some(),
        files: deploy.files,
        bytes: deploy.size,
        aliases: at(index, &deploy.project, &deploy.id),
    }
}

/// The aliases that lead to a deploy.
fn at(index: &store::Index, project: &ProjectName, id: &DeployId) -> Vec<AliasName> {
    let project = index.project(project).into_iter();
    let aliases = project.flat_map(store::Project::aliases);
    let here = aliases.filter(|alias| alias.deploy == Some(*id));
    here.map(|alias| alias.name.clone()).collect()
}

/// A deploy with its files.
pub(super) fn details(deploy: wire::Deploy, manifest: &Manifest) -> wire::DeployDetails {
    let file = |(path, entry): (&crate::names::SitePath, &crate::manifest::Entry)| {
        let (sha256, size) = (entry.sha256, entry.size);
        (path.clone(), wire::NewFile { sha256, size })
    };
    wire::DeployDetails {
        deploy,
        contents: manifest.files.iter().map(file).collect(),
    }
}
