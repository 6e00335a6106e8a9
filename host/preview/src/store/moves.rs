//! Aliases move from deploy to deploy.

use super::error::{StoreError, TooMuch};
use super::index::{Alias, Project};
use super::inner::{Store, now};
use super::labels;
use super::log::{Entry, Log};
use super::objects::Read;
use crate::manifest::MAX_MESSAGE;
use crate::names::{AliasName, DeployId, Label, ProjectName};
use std::sync::Arc;

/// An alias has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it is served: the alias itself, or `<alias>--<project>` if another project
    /// has that.
    pub label: Label,
    /// The number of the move.
    pub number: u64,
    /// The deploy that it was at.
    pub before: Option<DeployId>,
}

impl Moved {
    /// Whether another project has the alias's name, so that the label is longer.
    #[must_use]
    pub fn is_longer(&self) -> bool {
        self.label.as_str().contains("--")
    }
}

/// One move of an alias, as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Its number, of which the greatest is the newest.
    pub number: u64,
    /// Where the alias went. None: it was removed.
    pub deploy: Option<DeployId>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// What was said about it.
    pub message: Option<String>,
}

/// The most moves that a history tells.
const HISTORY: usize = 100;

impl Store {
    /// Moves an alias to a deploy of the same project, and makes it if there is none.
    /// When this returns, it stays there.
    ///
    /// # Errors
    ///
    /// There is no such deploy in the project; the project has too many aliases; the
    /// disk is full or fails.
    pub async fn move_alias(
        &self,
        project: &ProjectName,
        alias: &AliasName,
        to: &DeployId,
        message: Option<String>,
    ) -> Result<Moved, StoreError> {
        let (store, project) = (self.clone(), project.clone());
        let (alias, to) = (alias.clone(), *to);
        if let Some(message) = &message
            && message.len() > MAX_MESSAGE
        {
            return Err(StoreError::Message(message.len()));
        }
        self.to_the_end(async move {
            let _alone = store.0.moving.lock().await;
            store.check_move(&project, &alias, to)?;
            let label = store.label(&project, &alias).await?;
            let (number, before) = store
                .append(&project, &alias, Some(label.clone()), Some(to), message)
                .await?;
            Ok(Moved {
                label,
                number,
                before,
            })
        })
        .await
    }

    /// The label of an alias, which is its own from now on.
    async fn label(&self, project: &ProjectName, alias: &AliasName) -> Result<Label, StoreError> {
        let known = self.alias(project, alias);
        let first = known.as_ref().and_then(|alias| alias.labels.first());
        match first {
            Some(label) if *label == Label::of_alias(alias) => Ok(label.clone()),
            // A longer one may have become shorter.
            _ => labels::claim(&self.0.objects, project, alias).await,
        }
    }

    fn check_move(
        &self,
        name: &ProjectName,
        alias: &AliasName,
        to: DeployId,
    ) -> Result<(), StoreError> {
        let index = self.index();
        let deploy = index.deploy(&to).ok_or(StoreError::NoDeploy(to))?;
        if deploy.project != *name {
            let (deploy, project) = (to, name.clone());
            return Err(StoreError::NotInProject { deploy, project });
        }
        let most = self.0.limits.aliases;
        match index
            .project(name)
            .is_some_and(|project| is_full(project, alias, most))
        {
            true => Err(TooMuch::Aliases(most).into()),
            false => Ok(()),
        }
    }

    /// Removes an alias. Its history stays for 30 days, and its label with its project.
    /// False: there was none.
    ///
    /// # Errors
    ///
    /// The disk is full or fails.
    pub async fn remove_alias(
        &self,
        project: &ProjectName,
        alias: &AliasName,
    ) -> Result<bool, StoreError> {
        let (store, project, alias) = (self.clone(), project.clone(), alias.clone());
        self.to_the_end(async move {
            let _alone = store.0.moving.lock().await;
            store.remove_alias_alone(&project, &alias).await
        })
        .await
    }

    /// The same for one who holds `moving`.
    pub(super) async fn remove_alias_alone(
        &self,
        project: &ProjectName,
        alias: &AliasName,
    ) -> Result<bool, StoreError> {
        let index = self.index();
        let known = index
            .project(project)
            .and_then(|project| project.alias(alias));
        if known.is_none_or(|alias| alias.deploy.is_none()) {
            return Ok(false);
        }
        self.append(project, alias, None, None, None).await?;
        Ok(true)
    }

    /// Adds a move to an alias's log, and has the index know it. Says its number, and
    /// where the alias was.
    async fn append(
        &self,
        project: &ProjectName,
        alias: &AliasName,
        label: Option<Label>,
        deploy: Option<DeployId>,
        message: Option<String>,
    ) -> Result<(u64, Option<DeployId>), StoreError> {
        let index = self.index();
        let known = index
            .project(project)
            .and_then(|project| project.alias(alias));
        let at = now();
        let objects = &self.0.objects;
        let log = Log {
            objects,
            project,
            alias,
        };
        let entry = Entry {
            deploy,
            at,
            message,
        };
        let number = log.append(&entry).await?;
        let mut labels = known.map_or_else(Vec::new, |alias| alias.labels.clone());
        if let Some(label) = label {
            labels.retain(|other| *other != label);
            labels.insert(0, label);
        }
        let moved = Alias {
            name: alias.clone(),
            labels,
            number,
            at,
            deploy,
            earlier: known.map_or_else(Vec::new, |alias| alias.left(at)),
        };
        self.0.change(|index| index.place(project, moved));
        // The time that it is kept without an alias begins.
        let before = known.and_then(|alias| alias.deploy);
        if let Some(left) = before.and_then(|id| index.deploy(&id)) {
            left.note_visit(at);
        }
        Ok((number, before))
    }

    /// The moves of an alias, the newest first, at most a hundred.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub async fn history(
        &self,
        project: &ProjectName,
        alias: &AliasName,
    ) -> Result<Vec<Move>, StoreError> {
        let objects = &self.0.objects;
        let log = Log {
            objects,
            project,
            alias,
        };
        let mut moves = Vec::new();
        for number in log
            .numbers(&mut Vec::new())
            .await?
            .into_iter()
            .take(HISTORY)
        {
            // What is damaged was told when the store was opened.
            if let Read::Here(entry) = log.entry(number).await? {
                moves.push(Move {
                    number,
                    deploy: entry.deploy,
                    at: entry.at,
                    message: entry.message,
                });
            }
        }
        Ok(moves)
    }

    /// An alias by its name, also one that was removed.
    #[must_use]
    pub fn alias(&self, project: &ProjectName, alias: &AliasName) -> Option<Arc<Alias>> {
        let index = self.index();
        index.project(project)?.alias(alias).map(Arc::clone)
    }
}

/// Whether a project may have no more aliases, for one that it may have already.
fn is_full(project: &Project, alias: &AliasName, most: u64) -> bool {
    let removed = match project.alias(alias) {
        Some(known) if known.deploy.is_some() => return false,
        Some(_) => 0,
        None => project.aliases.len() as u64,
    };
    project.aliases().count() as u64 >= most || removed >= most.saturating_mul(10)
}
