//! The `sites` interface: which of several sites a request is for.

use crate::handler::bindings::wasm_host::http::sites::{ErrorCode, Found, Host, Site};
use crate::handler::state::InstanceState;
use crate::rule_parts::RuleParts;
use crate::sites::{self, NoSite, host_of};
use std::sync::Arc;

impl Host for InstanceState {
    async fn find(&mut self, authority: Vec<u8>) -> wasmtime::Result<Result<Found, ErrorCode>> {
        let before = self.site.take();
        let Some(sites) = self.sites.clone() else {
            return Ok(Err(ErrorCode::Unknown));
        };
        let site = match sites.find(&host_of(&authority)).known().await {
            Ok(site) => site,
            Err(why) => return Ok(Err(self.no_site(why))),
        };
        if before.is_some_and(|before| Arc::ptr_eq(&before, &site)) {
            self.site = Some(site);
            return Ok(Ok(Found::Same));
        }
        let given = self.give(&site)?;
        self.rules = site.rules.clone();
        self.site = Some(site);
        Ok(Ok(Found::Other(given)))
    }

    fn leave(&mut self) -> wasmtime::Result<()> {
        self.site = None;
        self.rules = RuleParts::default();
        Ok(())
    }

    async fn earlier(&mut self, changes: u32) -> wasmtime::Result<Result<Option<Site>, ErrorCode>> {
        let (Some(sites), Some(site)) = (self.sites.clone(), &self.site) else {
            return Ok(Ok(None));
        };
        match sites.earlier(site, changes).known().await {
            Ok(site) => Ok(Ok(Some(self.give(&site)?))),
            Err(NoSite::Unknown | NoSite::Own | NoSite::Elsewhere) => Ok(Ok(None)),
            Err(why) => Ok(Err(self.no_site(why))),
        }
    }
}

impl InstanceState {
    fn no_site(&mut self, why: NoSite) -> ErrorCode {
        match why {
            why if why.is_the_programs() && self.connection.hand_over() => ErrorCode::ServersOwn,
            NoSite::Own | NoSite::Elsewhere | NoSite::Unknown => ErrorCode::Unknown,
            NoSite::Busy => ErrorCode::Busy,
            NoSite::Failed => ErrorCode::Failed,
        }
    }

    /// Gives the instance a site's directory.
    fn give(&mut self, site: &sites::Site) -> wasmtime::Result<Site> {
        let directory = self.table.push(site.directory.descriptor())?;
        self.handles.give(directory.rep());
        Ok(Site {
            directory,
            settings: site.settings.clone(),
        })
    }
}
