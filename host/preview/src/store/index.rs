//! What is in a store, in memory: which label leads to which deploy.
//!
//! Whoever serves asks this for each request, so it is a snapshot behind an [`Arc`], and
//! what it tells is shared, too. Files of deploys are not in it.

use crate::digest::Digest;
use crate::names::{AliasName, DeployId, Label, ProjectName};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is in a store at one moment.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub(super) labels: HashMap<Label, (ProjectName, AliasName)>,
    pub(super) projects: BTreeMap<ProjectName, Project>,
    pub(super) deploys: HashMap<DeployId, Arc<Deploy>>,
    pub(super) damage: Arc<Vec<String>>,
}

/// What a label leads to.
#[derive(Debug, Clone)]
pub struct Named {
    /// The deploy that is served there.
    pub deploy: Arc<Deploy>,
    /// The alias, if the label is one's.
    pub alias: Option<Arc<Alias>>,
}

/// A project: its deploys and aliases.
#[derive(Debug, Clone, Default)]
pub struct Project {
    pub(super) deploys: BTreeSet<DeployId>,
    pub(super) aliases: BTreeMap<AliasName, Arc<Alias>>,
}

/// A deploy, without its files.
#[derive(Debug)]
pub struct Deploy {
    /// Its id.
    pub id: DeployId,
    /// The project that it belongs to.
    pub project: ProjectName,
    /// When it was made, in seconds since 1970.
    pub made: u64,
    /// What its maker says about it.
    pub message: Option<String>,
    /// For how many seconds it is kept without an alias or a visit. None: as is usual.
    pub ttl: Option<u64>,
    /// The hash of the password that visitors need.
    pub password: Option<String>,
    /// The digest of its code, if it has some: [`crate::wire::CODE`].
    pub code: Option<Digest>,
    /// How many files it has.
    pub files: u64,
    /// How large they are together, in bytes.
    pub size: u64,
    pub(super) visited: AtomicU64,
    pub(super) visit_written: AtomicU64,
}

/// Where an alias is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Its name.
    pub name: AliasName,
    /// The labels that lead to it. The first is the one to tell people.
    pub labels: Vec<Label>,
    /// The number of its newest move.
    pub number: u64,
    /// When that was, in seconds since 1970.
    pub at: u64,
    /// The deploy that it is at. None: it was removed, or its newest entry is damaged.
    pub deploy: Option<DeployId>,
    /// The deploys that it was at in the last day, newest first, at most ten.
    pub earlier: Vec<Earlier>,
}

/// A deploy that an alias was at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The deploy.
    pub deploy: DeployId,
    /// When the alias left it, in seconds since 1970.
    pub until: u64,
}

/// How long an alias remembers a deploy that it left, in seconds.
pub(super) const REMEMBERED: u64 = 24 * 60 * 60;

/// How many deploys an alias remembers.
pub(super) const MOST_REMEMBERED: usize = 10;

impl Index {
    /// What the first label of a host leads to, written in lower case.
    #[must_use]
    pub fn site(&self, label: &str) -> Option<Named> {
        if let Ok(id) = DeployId::new(label) {
            let deploy = Arc::clone(self.deploys.get(&id)?);
            return Some(Named {
                deploy,
                alias: None,
            });
        }
        let (project, name) = self.labels.get(label)?;
        let alias = Arc::clone(self.projects.get(project)?.aliases.get(name)?);
        let deploy = Arc::clone(self.deploys.get(&alias.deploy?)?);
        Some(Named {
            deploy,
            alias: Some(alias),
        })
    }

    /// A deploy by its id.
    #[must_use]
    pub fn deploy(&self, id: &DeployId) -> Option<&Arc<Deploy>> {
        self.deploys.get(id)
    }

    /// A project by its name.
    #[must_use]
    pub fn project(&self, name: &ProjectName) -> Option<&Project> {
        self.projects.get(name)
    }

    /// All projects, in the order of their names.
    pub fn projects(&self) -> impl ExactSizeIterator<Item = (&ProjectName, &Project)> {
        self.projects.iter()
    }

    /// All deploys, in no order.
    pub fn deploys(&self) -> impl ExactSizeIterator<Item = &Arc<Deploy>> {
        self.deploys.values()
    }

    /// What was damaged or isn't ours when the store was opened, a line each.
    #[must_use]
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    pub(super) fn add(&mut self, deploy: Deploy) {
        let project = self.projects.entry(deploy.project.clone()).or_default();
        project.deploys.insert(deploy.id);
        self.deploys.insert(deploy.id, Arc::new(deploy));
    }

    pub(super) fn forget(&mut self, id: &DeployId) {
        if let Some(deploy) = self.deploys.remove(id)
            && let Some(project) = self.projects.get_mut(&deploy.project)
        {
            project.deploys.remove(id);
        }
    }

    pub(super) fn forget_project(&mut self, name: &ProjectName) {
        for id in self.projects.remove(name).unwrap_or_default().deploys {
            self.deploys.remove(&id);
        }
        self.labels.retain(|_, (project, _)| project != name);
    }

    pub(super) fn forget_alias(&mut self, project: &ProjectName, alias: &Alias) {
        for label in &alias.labels {
            self.labels.remove(label);
        }
        if let Some(project) = self.projects.get_mut(project) {
            project.aliases.remove(&alias.name);
        }
    }

    pub(super) fn place(&mut self, project: &ProjectName, alias: Alias) {
        for label in &alias.labels {
            let whose = (project.clone(), alias.name.clone());
            self.labels.insert(label.clone(), whose);
        }
        let project = self.projects.entry(project.clone()).or_default();
        project.aliases.insert(alias.name.clone(), Arc::new(alias));
    }
}

impl Project {
    /// The ids of its deploys, in no order that means anything.
    pub fn deploys(&self) -> impl ExactSizeIterator<Item = &DeployId> {
        self.deploys.iter()
    }

    /// Its aliases in the order of their names, without those that were removed.
    pub fn aliases(&self) -> impl Iterator<Item = &Arc<Alias>> {
        let all = self.aliases.values();
        all.filter(|alias| alias.deploy.is_some())
    }

    /// An alias by its name, also one that was removed.
    #[must_use]
    pub fn alias(&self, name: &AliasName) -> Option<&Arc<Alias>> {
        self.aliases.get(name)
    }
}

impl Named {
    /// The project that the label belongs to.
    #[must_use]
    pub fn project(&self) -> &ProjectName {
        &self.deploy.project
    }
}

impl Deploy {
    /// When somebody visited it last, in seconds since 1970. 0: never.
    #[must_use]
    pub fn visited(&self) -> u64 {
        self.visited.load(Ordering::Relaxed)
    }
}

impl Alias {
    /// What it remembers after it moved away from its deploy at a time.
    pub(super) fn left(&self, at: u64) -> Vec<Earlier> {
        let until = at;
        let last = self.deploy.map(|deploy| Earlier { deploy, until });
        let earlier = last.into_iter().chain(self.earlier.iter().copied());
        let recent = earlier.filter(|earlier| earlier.until + REMEMBERED > at);
        recent.take(MOST_REMEMBERED).collect()
    }
}
