//! All that a server of previews consists of, but for the HTTP server itself: the store, its
//! sites, the API to deploy to, and what has to be done now and then.

mod checker;
mod coder;
mod door;
mod logs;
mod own_host;

pub use door::{Door, DoorError};

use crate::api::{self, Coder, Gate, Setup, Times, Urls};
use crate::code::CodeCompiler;
use crate::dashboard::{DashboardOptions, OneTimeLink};
use crate::journal::Journals;
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::outbound::Sender;
use crate::policy::Policy;
use crate::runners::{RunnerGrants, RunnerLimits, Runners};
use crate::secrets::{SecretError, Secrets};
use crate::sites::{Domain, PreviewSites, SitesOptions};
use crate::store::{Collected, OpenError, Store};
use crate::token::Token;
use checker::SiteChecker;
use coder::SiteCoder;
use logs::SiteLogs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};
use wasm_host_server::{RunnerSpawner, Sites};

/// How often it is written down which deploys had visitors.
const VISITS_EVERY: Duration = Duration::from_secs(60);

/// How often it is looked which runners nobody asks anything.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// How often what has expired is removed.
const COLLECTED_EVERY: Duration = Duration::from_secs(60 * 60);

/// What a server of previews is made of.
pub struct PreviewOptions {
    /// The folder of its store, which is made if it isn't there.
    pub store: PathBuf,
    /// What whoever deploys has to have.
    pub token: Token,
    /// Where browsers reach the first domain.
    pub door: Door,
    /// The domains whose subdomains are sites.
    pub domains: Vec<Domain>,
    /// What sites and projects may have.
    pub limits: Limits,
    /// How long after an alias has moved the files of its deploys before are found by
    /// those who had loaded a page of them.
    pub skew: Duration,
    /// How sites' code is compiled and run. None: a deploy that has some is refused.
    pub code: Option<CodeOptions>,
    /// What the operator lets sites' code do.
    pub policy: Policy,
}

/// How sites' code is compiled and run: by processes that were started already.
pub struct CodeOptions {
    /// What compiles it.
    pub compiler: CodeCompiler,
    /// What starts its runners.
    pub spawner: RunnerSpawner,
    /// How much they may use.
    pub limits: RunnerLimits,
    /// What sends their requests to others. None: they may send none.
    pub sender: Option<Sender>,
    /// What keeps its values. None: it keeps none.
    pub keeper: Option<Keeper>,
}

/// Why there is no server of previews.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// What sites' code is compiled to can't be kept.
    #[error("cannot keep what sites' code is compiled to: {0}")]
    Code(#[source] io::Error),
    /// The secrets of projects can't be kept.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// The system has no thread for it.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
}

/// An open store, and its sites. What has to be done now and then is done in a thread,
/// until this is dropped.
pub struct Previews {
    sites: Arc<PreviewSites>,
    link: OneTimeLink,
    /// Dropped first, which ends the thread.
    stop: Option<oneshot::Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl Previews {
    /// Opens the store, and starts the thread.
    ///
    /// # Errors
    ///
    /// The store can't be opened, or there is no thread to be had.
    pub fn open(options: PreviewOptions) -> Result<Self, PreviewError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(PreviewError::Thread)?;
        let store = runtime.block_on(Store::open(&options.store, options.limits))?;
        let journals = Arc::new(Journals::default());
        let door = Arc::new(options.door);
        let folder = options.store.join("local/code");
        let secrets = options.store.join("local/secrets");
        let secrets = Arc::new(Secrets::open(&secrets, options.limits.projects)?);
        let policy = Arc::new(options.policy);
        let granting = (Arc::clone(&policy), Arc::clone(&secrets));
        let coded = options
            .code
            .map(|code| coded(code, granting, &folder, door.is_encrypted()));
        let coded = coded.transpose().map_err(PreviewError::Code)?;
        let (coder, runners) = coded.unzip();
        let pages = DashboardOptions {
            store: store.clone(),
            gate: Gate::new(options.token.clone(), Times::default().wrong_token),
            journals: Arc::clone(&journals),
            is_encrypted: door.is_encrypted(),
            urls: Arc::clone(&door) as Arc<dyn Urls>,
        };
        let setup = Setup {
            store: store.clone(),
            token: options.token,
            limits: options.limits,
            logs: Arc::new(SiteLogs(Arc::clone(&journals))),
            urls: door,
            checker: Arc::new(SiteChecker {
                limits: options.limits,
                policy,
                secrets: Arc::clone(&secrets),
            }),
            secrets,
            coder,
            times: Times::default(),
            memory: api::MEMORY,
        };
        let (own_host, link) = own_host::of(setup, pages);
        let (stop, stopped) = oneshot::channel();
        let kept = store.clone();
        let kept_runners = runners.clone();
        let keeper = std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || keep(&runtime, &kept, kept_runners.as_deref(), stopped))
            .map_err(PreviewError::Thread)?;
        let options = SitesOptions {
            domains: options.domains,
            limits: options.limits,
            skew: options.skew,
            journals,
            runners,
        };
        Ok(Self {
            sites: Arc::new(PreviewSites::new(store, options, own_host)),
            link,
            stop: Some(stop),
            keeper: Some(keeper),
        })
    }

    /// The link by which whoever reads what the server prints sees its pages, once.
    #[must_use]
    pub fn link(&self) -> &OneTimeLink {
        &self.link
    }

    /// The sites, for a server.
    #[must_use]
    pub fn sites(&self) -> Arc<dyn Sites> {
        Arc::clone(&self.sites) as Arc<dyn Sites>
    }
}

impl Drop for Previews {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(keeper) = self.keeper.take() {
            // It has said what it had to.
            let _ = keeper.join();
        }
    }
}

/// What compiles sites' code, and what runs it.
fn coded(
    options: CodeOptions,
    (policy, secrets): (Arc<Policy>, Arc<Secrets>),
    folder: &Path,
    is_encrypted: bool,
) -> io::Result<(Arc<dyn Coder>, Arc<Runners>)> {
    let code = Arc::new(options.compiler.keeping_in(folder)?);
    let grants = RunnerGrants {
        policy,
        secrets,
        sender: options.sender,
        keeper: options.keeper,
    };
    let runners = Arc::new(Runners::new(
        options.spawner,
        Arc::clone(&code),
        options.limits,
        grants,
        is_encrypted,
    ));
    let coder = SiteCoder {
        code,
        runners: Arc::clone(&runners),
    };
    Ok((Arc::new(coder), runners))
}

/// Does what has to be done now and then, until it is told to stop.
fn keep(
    runtime: &Runtime,
    store: &Store,
    runners: Option<&Runners>,
    mut stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let mut visits = interval(VISITS_EVERY);
        let mut collections = interval(COLLECTED_EVERY);
        let mut looks = interval(LOOKED_AT_EVERY);
        for timer in [&mut visits, &mut collections, &mut looks] {
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                _ = looks.tick() => tend(store, runners),
                _ = visits.tick() => write_visits(store).await,
                _ = collections.tick() => collect(store, runners).await,
            }
        }
        write_visits(store).await;
    });
}

fn tend(store: &Store, runners: Option<&Runners>) {
    if let Some(runners) = runners {
        let index = store.index();
        runners.tend(|deploy| index.deploy(deploy).is_some());
    }
}

async fn write_visits(store: &Store) {
    if let Err(error) = store.write_visits().await {
        tracing::error!("cannot write down which deploys had visitors: {error}");
    }
}

async fn collect(store: &Store, runners: Option<&Runners>) {
    if let Some(runners) = runners {
        let index = store.index();
        if let Err(error) = runners.keep_only(|project| index.project(project).is_some()) {
            tracing::error!("cannot remove what was kept for projects that are gone: {error}");
        }
    }
    match store.collect(SystemTime::now()).await {
        Ok(Collected {
            deploys,
            blobs,
            bytes,
            damage,
            ..
        }) => {
            if deploys + blobs > 0 {
                tracing::info!(
                    "{deploys} deploys have expired, and {bytes} bytes of content are removed"
                );
            }
            for what in damage {
                tracing::warn!("the store: {what}");
            }
        }
        Err(error) => tracing::error!("cannot remove what has expired: {error}"),
    }
}
