//! What every request to the API needs.

use super::guard::Guard;
use super::hooks::{Checker, Coder, Logs, Urls};
use super::memory::Memory;
use crate::limits::Limits;
use crate::secrets::Secrets;
use crate::store::Store;
use crate::token::Token;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How much of requests' contents is in memory at once, in bytes: some tens of deploys.
pub const MEMORY: usize = 256 * 1024 * 1024;

/// How many components are compiled at once: each may take much memory.
const COMPILED_AT_ONCE: usize = 2;

/// What the API is made of.
#[derive(Clone)]
pub struct Setup {
    /// Where deploys are kept.
    pub store: Store,
    /// What whoever may deploy has to say.
    pub token: Token,
    /// What sites may have: those that the store was opened with.
    pub limits: Limits,
    /// Where sites are.
    pub urls: Arc<dyn Urls>,
    /// Reads their settings.
    pub checker: Arc<dyn Checker>,
    /// Makes their code ready to be run. None: a deploy that has some is refused.
    pub coder: Option<Arc<dyn Coder>>,
    /// The secrets of projects.
    pub secrets: Arc<Secrets>,
    /// What they log.
    pub logs: Arc<dyn Logs>,
    /// How much of requests' contents is in memory at once, of all clients together, in
    /// bytes: [`MEMORY`], or less on a small machine.
    pub memory: usize,
    /// For how long nobody waits longer.
    pub times: Times,
}

/// How long is waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// For each next piece of a request's content.
    pub piece: Duration,
    /// Before the first wrong token of an address is answered; each of the next waits
    /// twice as long.
    pub wrong_token: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            piece: Duration::from_secs(30),
            wrong_token: Duration::from_millis(100),
        }
    }
}

/// What every request has at hand.
pub(super) struct State {
    pub(super) setup: Setup,
    pub(super) guard: Guard,
    pub(super) memory: Memory,
    /// Held while a component is compiled.
    pub(super) compiling: Arc<Semaphore>,
}

/// As handlers have it.
pub(super) type Shared = axum::extract::State<Arc<State>>;

impl State {
    pub(super) fn new(setup: Setup) -> Arc<Self> {
        let guard = Guard::new(setup.times.wrong_token);
        let memory = Memory::new(setup.memory);
        Arc::new(Self {
            setup,
            guard,
            memory,
            compiling: Arc::new(Semaphore::new(COMPILED_AT_ONCE)),
        })
    }

    pub(super) fn store(&self) -> &Store {
        &self.setup.store
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.setup.limits
    }
}
