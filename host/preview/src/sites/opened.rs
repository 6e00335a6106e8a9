//! The sites that are open: a folder each, and how it is served. One that nobody has asked
//! for yet is opened by its first request, and the longest unused give way to others.

use super::pace::Pace;
use super::seat::Seat;
use crate::journal::Journals;
use crate::limits::Limits;
use crate::names::{DeployId, Label};
use crate::runners::DEPLOY_FIELD;
use crate::site::{SiteConfig, TreeError};
use crate::store::{Deploy, Named, Store, StoreError};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wasm_host_server::{Credential, Error, Found, NoSite, ResponseField, Site};

/// How many sites are open at once: each has a descriptor.
const MOST: usize = 2048;

/// So many are closed at once when there are too many.
const GIVE_WAY: usize = MOST / 8;

/// The name by which visitors of a site with a password log in.
const VISITOR: &str = "preview";

/// The sites that are open.
#[derive(Clone)]
pub(super) struct OpenedSites(Arc<Inner>);

struct Inner {
    store: Store,
    limits: Limits,
    journals: Arc<Journals>,
    open: RwLock<HashMap<Key, Opened>>,
    clock: AtomicU64,
}

/// An alias and an id may lead to one deploy, and are two sites.
type Key = (Label, DeployId);

struct Opened {
    site: Arc<Site>,
    used: AtomicU64,
}

/// Why a site can't be opened.
#[derive(Debug, thiserror::Error)]
enum OpeningError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error("its password can't be asked for: {0}")]
    Login(String),
    #[error("the server is ending: {0}")]
    Ending(#[from] tokio::task::JoinError),
    #[error(transparent)]
    Open(#[from] Error),
}

impl OpenedSites {
    pub(super) fn new(store: Store, limits: Limits, journals: Arc<Journals>) -> Self {
        Self(Arc::new(Inner {
            store,
            limits,
            journals,
            open: RwLock::default(),
            clock: AtomicU64::new(0),
        }))
    }

    /// The site at a label, which leads to this.
    pub(super) fn get(&self, label: &Label, named: Named) -> Found {
        self.at(label, named.deploy)
    }

    /// The site that a label led to so many moves ago, if it left that no longer ago than
    /// `within`.
    pub(super) fn earlier(&self, seat: &Seat, moves: u32, within: Duration) -> Found {
        let index = self.0.store.index();
        let named = index.site(seat.label.as_str());
        let Some(alias) = named.and_then(|named| named.alias) else {
            return Found::None(NoSite::Unknown);
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let recent = |until: u64| until + within.as_secs() > now.as_secs();
        let number = usize::try_from(moves).unwrap_or(usize::MAX).wrapping_sub(1);
        let deploy = alias
            .earlier
            .get(number)
            .filter(|earlier| recent(earlier.until))
            .and_then(|earlier| index.deploy(&earlier.deploy))
            // What has code has no files for others to read.
            .filter(|deploy| deploy.code.is_none());
        match deploy {
            Some(deploy) => self.at(&seat.label, Arc::clone(deploy)),
            None => Found::None(NoSite::Unknown),
        }
    }

    fn at(&self, label: &Label, deploy: Arc<Deploy>) -> Found {
        let key = (label.clone(), deploy.id);
        if let Some(site) = self.0.find(&key) {
            return Found::Site(site);
        }
        let opened = Arc::clone(&self.0);
        Found::Later(Box::pin(async move {
            match opened.open(key, &deploy).await {
                Ok(Some(site)) => Ok(site),
                Ok(None) => Err(NoSite::Unknown),
                Err(error) => {
                    tracing::error!("the site of deploy {} can't be opened: {error}", deploy.id);
                    Err(NoSite::Failed)
                }
            }
        }))
    }
}

impl Inner {
    /// One that is open.
    fn find(&self, key: &Key) -> Option<Arc<Site>> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let opened = open.get(key)?;
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        opened.used.store(now, Ordering::Relaxed);
        Some(Arc::clone(&opened.site))
    }

    /// None: there is no such deploy any more.
    async fn open(
        self: &Arc<Self>,
        key: Key,
        deploy: &Arc<Deploy>,
    ) -> Result<Option<Arc<Site>>, OpeningError> {
        let Some(tree) = self.store.tree(&deploy.id).await? else {
            return Ok(None);
        };
        let inner = Arc::clone(self);
        let deploy = Arc::clone(deploy);
        let opening = tokio::task::spawn_blocking(move || {
            let site = inner.read(&key.0, &tree, &deploy)?;
            Ok(Some(inner.keep(key, Arc::new(site))))
        });
        opening.await?
    }

    fn read(&self, label: &Label, tree: &Path, deploy: &Deploy) -> Result<Site, OpeningError> {
        let config = SiteConfig::of_tree(tree, &self.limits)?;
        let login = deploy.password.as_ref().map(|hash| {
            let login = format!("{VISITOR}:{hash}").parse::<Credential>();
            login.map_err(|error| OpeningError::Login(error.to_string()))
        });
        let mut responses = config.responses(login.transpose()?);
        if let Ok(field) = format!("{DEPLOY_FIELD}: {}", deploy.id).parse::<ResponseField>() {
            responses.fields.push(field);
        }
        let rate = u32::try_from(config.limits().requests).unwrap_or(u32::MAX);
        let seat = Seat {
            label: label.clone(),
            deploy: deploy.id,
            journal: self.journals.of(deploy.id.as_str()),
            pace: Pace::new(rate),
        };
        let site = Site::open(label.as_str(), tree, &responses)?;
        Ok(site.with_context(seat))
    }

    fn keep(&self, key: Key, site: Arc<Site>) -> Arc<Site> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST {
            let mut used: Vec<_> = open
                .values()
                .map(|o| o.used.load(Ordering::Relaxed))
                .collect();
            used.sort_unstable();
            let least = used[GIVE_WAY.min(used.len() - 1)];
            open.retain(|_, opened| opened.used.load(Ordering::Relaxed) >= least);
        }
        let opened = Opened {
            site: Arc::clone(&site),
            used: AtomicU64::new(now),
        };
        open.insert(key, opened);
        site
    }
}
