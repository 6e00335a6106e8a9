//! The one who hears what is acknowledged, and looks whether it is so.

use crate::site::files;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use wasm_host_preview::digest::Digest;
use wasm_host_preview::names::{AliasName, DeployId, ProjectName};
use wasm_host_preview::store::Store;

/// What was acknowledged and what was begun.
#[derive(Default)]
pub(crate) struct Witness {
    /// The numbers of all deploys that have to be there.
    deployed: BTreeMap<DeployId, u64>,
    /// Those that are being removed, and may be there or not.
    removing: BTreeMap<DeployId, u64>,
    /// Those that must not be there.
    removed: BTreeSet<DeployId>,
    aliases: BTreeMap<(ProjectName, AliasName), Place>,
    /// How many lines of each kind were heard.
    heard: BTreeMap<String, u64>,
}

/// Where an alias has to be: at the first, or if there is a second, at either.
#[derive(Default)]
struct Place {
    at: Option<DeployId>,
    moving: Option<Option<DeployId>>,
}

impl Witness {
    pub(crate) fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["deployed", _, number, id] => {
                self.deployed
                    .insert(id.parse().unwrap(), number.parse().unwrap());
            }
            ["removing", _, id] => {
                let id = id.parse().unwrap();
                let number = self.deployed.remove(&id);
                self.removing.insert(id, number.unwrap_or(u64::MAX));
            }
            ["removed", _, id] => {
                let id = id.parse().unwrap();
                self.removing.remove(&id);
                self.removed.insert(id);
            }
            ["moving", project, alias, to] => {
                self.place(project, alias).moving = Some(to.parse().ok());
            }
            ["moved", project, alias, to] => {
                let place = self.place(project, alias);
                (place.at, place.moving) = (to.parse().ok(), None);
            }
            ["collected", _] => {}
            // What the test harness says.
            _ => return,
        }
        *self.heard.entry(words[0].to_owned()).or_default() += 1;
    }

    fn place(&mut self, project: &str, alias: &str) -> &mut Place {
        let (project, alias) = (project.parse().unwrap(), alias.parse().unwrap());
        self.aliases.entry((project, alias)).or_default()
    }

    pub(crate) fn heard_all_kinds(&self) -> bool {
        self.heard.len() == 6
    }

    pub(crate) fn summary(&self) -> String {
        format!("{:?}", self.heard)
    }

    /// Panics where the store isn't as it has to be. What could be either is known
    /// afterwards.
    pub(crate) async fn check(&mut self, store: &Store, folder: &Path, context: &str) {
        let index = store.index();
        assert!(
            index.damage().is_empty(),
            "{context}: {:#?}",
            index.damage()
        );
        for id in &self.removed {
            assert!(index.deploy(id).is_none(), "{context}: {id} is back");
        }
        for (id, number) in std::mem::take(&mut self.removing) {
            match index.deploy(&id) {
                Some(_) if number != u64::MAX => drop(self.deployed.insert(id, number)),
                Some(_) => {}
                None => drop(self.removed.insert(id)),
            }
        }
        for (id, number) in &self.deployed {
            let known = index.deploy(id);
            let known = known.unwrap_or_else(|| panic!("{context}: {id} is lost"));
            assert_eq!(known.message, Some(format!("number {number}")), "{context}");
        }
        self.check_bytes(store, context).await;
        check_blobs(&folder.join("projects"), context);
        self.check_aliases(store, context).await;
    }

    /// Each file of each deploy, also of those that nobody was told of.
    async fn check_bytes(&self, store: &Store, context: &str) {
        for deploy in store.index().deploys() {
            let id = &deploy.id;
            let tree = store.tree(id).await;
            let tree = tree.unwrap_or_else(|error| panic!("{context}: {id}: {error}"));
            let tree = tree.unwrap();
            let number = deploy.message.as_ref().unwrap().strip_prefix("number ");
            for (path, content) in files(number.unwrap().parse().unwrap()) {
                let is = fs::read(tree.join(&path)).unwrap_or_default();
                assert!(
                    is == content,
                    "{context}: {path} of {id} has {} bytes",
                    is.len()
                );
            }
        }
    }

    async fn check_aliases(&mut self, store: &Store, context: &str) {
        for ((project, alias), place) in &mut self.aliases {
            let known = store.alias(project, alias);
            let at = known.as_ref().and_then(|known| known.deploy);
            let may_be = at == place.at || place.moving.is_some_and(|moving| at == moving);
            assert!(may_be, "{context}: {alias} of {project} is at {at:?}");
            (place.at, place.moving) = (at, None);
            let index = store.index();
            if let (Some(at), Some(known)) = (at, known) {
                assert!(
                    index.deploy(&at).is_some(),
                    "{context}: {alias} leads nowhere"
                );
                for label in &known.labels {
                    let site = index.site(label.as_str()).unwrap();
                    assert_eq!(site.deploy.id, at, "{context}: {label}");
                }
                assert!(!known.labels.is_empty(), "{context}: {alias} has no label");
            }
            let history = store.history(project, alias).await.unwrap();
            let newest = history.first().map_or(0, |one| one.number);
            for (behind, one) in (0..).zip(&history) {
                assert_eq!(one.number, newest - behind, "{context}: {alias} has a gap");
            }
        }
    }
}

/// A blob is what its name says, whoever needs it.
fn check_blobs(folder: &Path, context: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check_blobs(&path, context);
        } else if let Ok(digest) = path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .parse::<Digest>()
        {
            let is = Digest::of(&fs::read(&path).unwrap());
            assert_eq!(is, digest, "{context}: {}", path.display());
        }
    }
}
