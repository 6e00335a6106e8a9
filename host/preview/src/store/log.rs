//! The log of an alias: an object for each move, made once and numbered.
//!
//! The greatest number wins. Two servers that move one alias at the same time want the
//! same number, of which one gets it, and the other takes the next.

use super::error::StoreError;
use super::index::{Alias, Earlier, MOST_REMEMBERED, REMEMBERED};
use super::keys;
use super::objects::{Created, Objects, Read};
use crate::names::{AliasName, DeployId, Label, ProjectName};
use serde::{Deserialize, Serialize};

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) deploy: Option<DeployId>,
    pub(super) at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

/// The log of one alias.
pub(super) struct Log<'a> {
    pub(super) objects: &'a Objects,
    pub(super) project: &'a ProjectName,
    pub(super) alias: &'a AliasName,
}

impl Log<'_> {
    /// Appends an entry, and says which number it has.
    pub(super) async fn append(&self, entry: &Entry) -> Result<u64, StoreError> {
        loop {
            // Not what anybody remembers: a number that was trimmed could be given again.
            let greatest = self.numbers(&mut Vec::new()).await?.first().copied();
            let number = greatest.unwrap_or(0) + 1;
            let key = keys::alias_move(self.project, self.alias, number);
            if self.objects.create(&key, entry).await? == Created::Made {
                return Ok(number);
            }
        }
    }

    /// Removes the oldest entries, so that no more than `most` are left. The newest one
    /// goes last, so that an alias isn't where it was earlier, whenever this ends.
    pub(super) async fn trim(&self, most: usize) -> Result<(), StoreError> {
        let numbers = self.numbers(&mut Vec::new()).await?;
        for number in numbers.into_iter().skip(most).rev() {
            let key = keys::alias_move(self.project, self.alias, number);
            self.objects.remove(&key).await?;
        }
        Ok(())
    }

    /// The numbers of all entries, the greatest first. What is none is told to `damage`.
    pub(super) async fn numbers(&self, damage: &mut Vec<String>) -> Result<Vec<u64>, StoreError> {
        let key = keys::alias(self.project, self.alias);
        let listing = self.objects.list(&key).await?;
        let mut numbers = Vec::with_capacity(listing.objects.len());
        for (name, _) in &listing.objects {
            match keys::move_number(name) {
                Some(number) => numbers.push(number),
                None => damage.push(format!("{key}/{name:?} is no move of an alias")),
            }
        }
        for name in &listing.folders {
            damage.push(format!(
                "{key}/{name:?} is a folder, and no move of an alias"
            ));
        }
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    pub(super) async fn entry(&self, number: u64) -> Result<Read<Entry>, StoreError> {
        let key = keys::alias_move(self.project, self.alias, number);
        self.objects.read(&key).await
    }

    /// Where the alias is, by its log. None: it has none.
    ///
    /// If the newest entry is damaged, the alias is nowhere: it may have been removed.
    pub(super) async fn load(
        &self,
        labels: Vec<Label>,
        now: u64,
        damage: &mut Vec<String>,
    ) -> Result<Option<Alias>, StoreError> {
        let numbers = self.numbers(damage).await?;
        let Some(number) = numbers.first().copied() else {
            return Ok(None);
        };
        let mut alias = Alias {
            name: self.alias.clone(),
            labels,
            number,
            at: 0,
            deploy: None,
            earlier: Vec::new(),
        };
        // When the entry that is newer by one was made.
        let mut until = None;
        for number in numbers.iter().take(MOST_REMEMBERED + 1) {
            let entry = match self.entry(*number).await? {
                Read::Here(entry) => entry,
                Read::Damaged(what) => {
                    damage.push(what);
                    break;
                }
                Read::Absent => break,
            };
            match (until, entry.deploy) {
                (None, deploy) => (alias.at, alias.deploy) = (entry.at, deploy),
                (Some(until), Some(deploy)) => alias.earlier.push(Earlier { deploy, until }),
                (Some(_), None) => {}
            }
            if entry.at + REMEMBERED <= now {
                break;
            }
            until = Some(entry.at);
        }
        Ok(Some(alias))
    }
}
