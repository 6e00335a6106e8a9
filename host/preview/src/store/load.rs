//! Reads what is in a store, for the index.
//!
//! What is damaged, or isn't ours, is told in a line each, and all else is there as if
//! that weren't.

use super::error::StoreError;
use super::index::{Deploy, Index};
use super::keys;
use super::labels::Owner;
use super::log::Log;
use super::objects::{Objects, Read};
use crate::manifest::Manifest;
use crate::names::{AliasName, DeployId, Label, ProjectName};
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::path::Path as Key;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// How many objects are read at once.
const AT_ONCE: usize = 16;

/// What is in a store's folder.
const ROOT: [&str; 6] = [
    "format",
    "labels",
    "projects",
    "local",
    "probe",
    "lost+found",
];

/// What is in a project's.
const PROJECT: [&str; 4] = ["blobs", "deploys", "aliases", "visits"];

/// The labels of each alias.
type Labels = HashMap<(ProjectName, AliasName), Vec<Label>>;

/// What was found of one project.
struct Found {
    project: ProjectName,
    index: Index,
    damage: Vec<String>,
}

/// Reads all of a store.
pub(super) async fn load(objects: &Objects, now: u64) -> Result<Index, StoreError> {
    let mut damage = Vec::new();
    foreign(objects, &Key::default(), &ROOT, &mut damage).await?;
    let labels = labels(objects, &mut damage).await?;
    let labels = &labels;
    let projects = names::<ProjectName>(objects, &mut damage).await?;
    let found = projects
        .into_iter()
        .map(|name| project(objects, name, labels, now));
    let mut found = stream::iter(found).buffer_unordered(AT_ONCE);
    let mut index = Index::default();
    while let Some(one) = found.try_next().await? {
        index.deploys.extend(one.index.deploys);
        index.labels.extend(one.index.labels);
        let mut projects = one.index.projects;
        let project = projects.remove(&one.project).unwrap_or_default();
        index.projects.insert(one.project, project);
        damage.extend(one.damage);
    }
    damage.sort_unstable();
    index.damage = Arc::new(damage);
    Ok(index)
}

/// Tells what is right below a key and not among what is known.
async fn foreign(
    objects: &Objects,
    key: &Key,
    known: &[&str],
    damage: &mut Vec<String>,
) -> Result<(), StoreError> {
    let listing = objects.list(key).await?;
    let names = listing.objects.into_iter().map(|(name, _)| name);
    let within = match key.as_ref() {
        "" => String::new(),
        key => format!("{key}/"),
    };
    for name in names.chain(listing.folders) {
        if !known.contains(&name.as_str()) {
            damage.push(format!("{within}{name:?} isn't a store's"));
        }
    }
    Ok(())
}

async fn labels(objects: &Objects, damage: &mut Vec<String>) -> Result<Labels, StoreError> {
    let listing = objects.list(&keys::labels()).await?;
    let mut valid = Vec::new();
    for name in &listing.folders {
        damage.push(format!("labels/{name:?} is a folder, and no label"));
    }
    for (name, _) in &listing.objects {
        match keys::stem(name).map(Label::new) {
            Some(Ok(label)) => valid.push(label),
            _ => damage.push(format!("labels/{name:?} is no label")),
        }
    }
    let read = valid.into_iter().map(|label| async move {
        let owner = objects.read::<Owner>(&keys::label(&label)).await?;
        Ok::<_, StoreError>((label, owner))
    });
    let mut read = stream::iter(read).buffer_unordered(AT_ONCE);
    let mut labels = Labels::new();
    while let Some((label, owner)) = read.try_next().await? {
        match owner {
            Read::Here(Owner { project, alias }) => {
                labels.entry((project, alias)).or_default().push(label);
            }
            Read::Damaged(what) => damage.push(what),
            Read::Absent => {}
        }
    }
    for labels in labels.values_mut() {
        // The alias alone is the one to tell people.
        labels.sort_by_key(|label| (label.as_str().len(), label.clone()));
    }
    Ok(labels)
}

async fn names<T: std::str::FromStr>(
    objects: &Objects,
    damage: &mut Vec<String>,
) -> Result<Vec<T>, StoreError> {
    let listing = objects.list(&keys::projects()).await?;
    let mut names = Vec::new();
    for name in &listing.folders {
        match name.parse() {
            Ok(name) => names.push(name),
            Err(_) => damage.push(format!("projects/{name:?} is no project")),
        }
    }
    for (name, _) in &listing.objects {
        damage.push(format!("projects/{name:?} is a file, and no project"));
    }
    Ok(names)
}

async fn project(
    objects: &Objects,
    name: ProjectName,
    labels: &Labels,
    now: u64,
) -> Result<Found, StoreError> {
    let mut found = Found {
        project: name.clone(),
        index: Index::default(),
        damage: Vec::new(),
    };
    foreign(objects, &keys::project(&name), &PROJECT, &mut found.damage).await?;
    deploys(objects, &name, &mut found).await?;
    aliases(objects, &name, labels, now, &mut found).await?;
    Ok(found)
}

async fn deploys(
    objects: &Objects,
    project: &ProjectName,
    found: &mut Found,
) -> Result<(), StoreError> {
    let key = keys::deploys(project);
    let listing = objects.list(&key).await?;
    let visits = objects.list(&keys::visits(project)).await?;
    let visits: BTreeMap<String, u64> = visits.objects.into_iter().collect();
    let mut ids = Vec::new();
    for name in &listing.folders {
        let damage = &mut found.damage;
        damage.push(format!("{key}/{name:?} is a folder, and no deploy"));
    }
    for (name, _) in &listing.objects {
        match keys::stem(name).map(DeployId::new) {
            Some(Ok(id)) => ids.push(id),
            _ => found.damage.push(format!("{key}/{name:?} is no deploy")),
        }
    }
    let read = ids.into_iter().map(|id| async move {
        let key = keys::deploy(project, &id);
        Ok::<_, StoreError>((id, objects.read::<Manifest>(&key).await?))
    });
    let mut read = stream::iter(read).buffer_unordered(AT_ONCE);
    while let Some((id, manifest)) = read.try_next().await? {
        match manifest {
            Read::Here(manifest) if manifest.project == *project => {
                let visited = visits.get(id.as_str()).copied().unwrap_or(0);
                found.index.add(deploy(id, &manifest, visited));
            }
            Read::Here(manifest) => {
                let other = manifest.project;
                let key = keys::deploy(project, &id);
                found
                    .damage
                    .push(format!("{key} belongs to the project {other}"));
            }
            Read::Damaged(what) => found.damage.push(what),
            Read::Absent => {}
        }
    }
    Ok(())
}

async fn aliases(
    objects: &Objects,
    project: &ProjectName,
    labels: &Labels,
    now: u64,
    found: &mut Found,
) -> Result<(), StoreError> {
    let key = keys::aliases(project);
    let listing = objects.list(&key).await?;
    for (name, _) in &listing.objects {
        found.damage.push(format!("{key}/{name:?} is no alias"));
    }
    for name in &listing.folders {
        let Ok(name) = AliasName::new(name.as_str()) else {
            found.damage.push(format!("{key}/{name:?} is no alias"));
            continue;
        };
        let whose = (project.clone(), name);
        let labels = labels.get(&whose).cloned().unwrap_or_default();
        let (project, alias) = (project, &whose.1);
        let log = Log {
            objects,
            project,
            alias,
        };
        if let Some(alias) = log.load(labels, now, &mut found.damage).await? {
            let lost = alias
                .deploy
                .filter(|id| !found.index.deploys.contains_key(id));
            if let Some(id) = lost {
                let name = &alias.name;
                found.damage.push(format!(
                    "the alias {name} of the project {project} is at {id}, which isn't there"
                ));
            }
            found.index.place(project, alias);
        }
    }
    Ok(())
}

/// What the index has of a deploy.
pub(super) fn deploy(id: DeployId, manifest: &Manifest, visited: u64) -> Deploy {
    Deploy {
        id,
        project: manifest.project.clone(),
        made: manifest.made,
        message: manifest.message.clone(),
        ttl: manifest.ttl,
        password: manifest.password.clone(),
        code: manifest.code(),
        files: manifest.files.len() as u64,
        size: manifest.size(),
        visited: AtomicU64::new(visited),
        visit_written: AtomicU64::new(visited),
    }
}
