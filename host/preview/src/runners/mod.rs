//! The runners of sites with code: which are running, and who is asked what.
//!
//! 1. A request comes for a site's code ([`Runners`]).
//! 2. If the site has no runner, one is started (`running`), with what its component was
//!    compiled to. Where as many run as may, the one that wasn't used for longest gives way.
//! 3. The request is handed on (`forward`), over a connection of the same client's that
//!    is free, or a new one that begins with whose it is (`introduction`).
//! 4. What the runner answers is framed anew, and loses what a site may not say
//!    (`fields`). An answer that isn't one is 502.
//! 5. What the runner says goes to the site's journal (`lines`). One that dies is started
//!    again by the next request, after a while if it dies again and again (`table`); one
//!    that isn't used is stopped.

mod answer;
mod fields;
mod forward;
mod granted;
mod idle;
mod introduction;
mod limits;
mod lines;
mod running;
mod site;
mod table;

pub(crate) use fields::DEPLOY_FIELD;
pub use granted::RunnerGrants;
pub use limits::RunnerLimits;
pub(crate) use site::CodeSite;

use crate::code::Code;
use crate::names::{DeployId, ProjectName};
use answer::{Failed, failure};
use running::Running;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use table::{Slot, Table};
use tokio::task::{JoinError, spawn_blocking};
use wasm_host_server::{OwnRequest, OwnResponse, RunnerSpawner};

/// The runners of all sites.
#[derive(Debug)]
pub struct Runners {
    spawner: RunnerSpawner,
    code: Arc<Code>,
    limits: RunnerLimits,
    grants: RunnerGrants,
    /// Whether browsers come by HTTPS.
    is_encrypted: bool,
    table: Table,
}

impl Runners {
    /// None is started yet.
    #[must_use]
    pub fn new(
        spawner: RunnerSpawner,
        code: Arc<Code>,
        limits: RunnerLimits,
        grants: RunnerGrants,
        is_encrypted: bool,
    ) -> Self {
        Self {
            spawner,
            code,
            limits,
            grants,
            is_encrypted,
            table: Table::default(),
        }
    }

    /// Has a site's code answer a request of a client's. Whatever goes wrong is an answer,
    /// too, and a line in the site's journal.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        site: &Arc<CodeSite>,
        client: SocketAddr,
        request: OwnRequest,
    ) -> OwnResponse {
        let answered = match self.running(site).await {
            Ok(running) => forward::forward(&running, client, self.is_encrypted, request).await,
            Err(failed) => Err(failed),
        };
        let mut response = answered.unwrap_or_else(|failed| {
            tracing::error!(client = %client.ip(), "{}: {failed} (answered)", site.deploy);
            site.journal.add(&format!("ERROR: {failed}"), |_| {});
            failure(&failed)
        });
        fields::protect(response.headers_mut(), &site.deploy);
        response
    }

    /// The site's runner, which is started if there is none: to the end, also if whoever has
    /// asked goes away meanwhile. Else who does so again and again would start many.
    async fn running(self: &Arc<Self>, site: &Arc<CodeSite>) -> Result<Arc<Running>, Failed> {
        let slot = self.table.slot(site.deploy);
        if let Some(running) = slot.running() {
            return Ok(running);
        }
        let (runners, site) = (Arc::clone(self), Arc::clone(site));
        let started = tokio::spawn(async move { runners.start_alone(&slot, site).await });
        started.await.unwrap_or_else(|error| ending(&error))
    }

    /// Starts a runner, unless another request has done that.
    async fn start_alone(
        self: &Arc<Self>,
        slot: &Slot,
        site: Arc<CodeSite>,
    ) -> Result<Arc<Running>, Failed> {
        let _alone = slot.starting.lock().await;
        if let Some(running) = slot.running() {
            return Ok(running);
        }
        if let Some(again) = slot.rests_until() {
            return Err(Failed::Dies(
                again.saturating_duration_since(Instant::now()),
            ));
        }
        let room = self.table.room(self.limits.most);
        let _room = room.ok_or(Failed::Crowded(self.limits.most))?;
        let runners = Arc::clone(self);
        let started = spawn_blocking(move || runners.start(&site)).await;
        let running = started
            .unwrap_or_else(|error| ending(&error))
            .inspect_err(|_| slot.note_failure())?;
        slot.put(&running);
        Ok(running)
    }

    fn start(&self, site: &CodeSite) -> Result<Arc<Running>, Failed> {
        let file = site.tree.join(crate::code::NAME);
        let compiled = self.code.get(site.component, &file);
        let compiled = compiled.map_err(|error| Failed::Start(error.to_string()))?;
        let failed = |error: io::Error| Failed::Start(error.to_string());
        let granted = self.grants.of(site).map_err(failed)?;
        let started = Running::start(&self.spawner, &self.limits, site, &compiled, granted);
        started.map_err(failed)
    }

    /// Stops the runner of a deploy, so that the next request starts one with what is
    /// granted then. What it has begun it ends.
    pub(crate) fn stop(&self, deploy: &DeployId) {
        self.table.stop(deploy);
    }

    /// Removes what is kept for projects that there aren't any more. To be called now and
    /// then.
    ///
    /// # Errors
    ///
    /// It can't be removed.
    pub(crate) fn keep_only(&self, exists: impl Fn(&ProjectName) -> bool) -> io::Result<()> {
        let keeper = self.grants.keeper.as_ref();
        keeper.map_or(Ok(()), |keeper| keeper.keep_only(exists))
    }

    /// Removes what is kept for a project.
    ///
    /// # Errors
    ///
    /// It can't be removed.
    pub(crate) fn forget(&self, project: &ProjectName) -> io::Result<()> {
        let keeper = self.grants.keeper.as_ref();
        keeper.map_or(Ok(()), |keeper| keeper.remove(project))
    }

    /// Stops what nobody has asked anything for so long, and what is of no deploy any more.
    /// To be called now and then.
    pub fn tend(&self, exists: impl Fn(&DeployId) -> bool) {
        self.table.tend(self.limits.idle, exists);
    }
}

/// The server is ending, or something has panicked.
fn ending<T>(error: &JoinError) -> Result<T, Failed> {
    Err(Failed::Start(error.to_string()))
}
