//! What a runner is granted beside its site's folder.

use super::site::CodeSite;
use crate::keeper::Keeper;
use crate::names::ProjectName;
use crate::outbound::{HiddenSecret, Sender, SiteGrant, placeholder};
use crate::policy::Policy;
use crate::secrets::Secrets;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use wasm_host_server::OutboundTarget;

/// What sites' code may have by its operator's word, and its project's.
#[derive(Debug)]
pub struct RunnerGrants {
    /// What the operator lets it do.
    pub policy: Arc<Policy>,
    /// The secrets of projects.
    pub secrets: Arc<Secrets>,
    /// What sends its requests. None: nobody may send any.
    pub sender: Option<Sender>,
    /// What keeps its values. None: nobody keeps any.
    pub keeper: Option<Keeper>,
}

/// What one runner is granted.
#[derive(Debug, Default)]
pub(super) struct Granted {
    /// Variables for its environment.
    pub(super) environment: Vec<(String, String)>,
    /// Where it may send requests to, and what sends them.
    pub(super) outbound: Option<(Vec<OutboundTarget>, UnixStream)>,
    /// Who keeps its values, if it keeps some.
    pub(super) keeper: Option<UnixStream>,
}

impl RunnerGrants {
    /// What a site's runner gets of what the site wants: what is allowed now, whatever was
    /// when the site was deployed.
    ///
    /// # Errors
    ///
    /// The secrets can't be read, or there is nothing that could send requests.
    pub(super) fn of(&self, site: &CodeSite) -> io::Result<Granted> {
        let mut granted = Granted::default();
        let mut hidden = Vec::new();
        let secrets = self.secrets.of(&site.project).map_err(io::Error::other)?;
        for name in &site.secrets {
            let Some(secret) = secrets.get(name) else {
                let what = format!("WARN: the secret {name} isn't there any more");
                site.journal.add(&what, |_| {});
                continue;
            };
            let mut value = secret.value.clone();
            if !secret.hosts.is_empty() {
                let placeholder = placeholder()?;
                hidden.push(HiddenSecret {
                    value: std::mem::replace(&mut value, placeholder.clone()),
                    placeholder,
                    hosts: secret.hosts.clone(),
                });
            }
            granted.environment.push((name.to_string(), value));
        }
        granted.outbound = self.outbound(site, hidden)?;
        if let (true, Some(keeper)) = (site.keeps_values, &self.keeper) {
            granted.keeper = Some(keeper.admit(&site.project)?);
        }
        Ok(granted)
    }

    fn outbound(
        &self,
        site: &CodeSite,
        secrets: Vec<HiddenSecret>,
    ) -> io::Result<Option<(Vec<OutboundTarget>, UnixStream)>> {
        let wanted = site.outbound.iter();
        let allowed = wanted.filter(|target| self.policy.allows(&site.project, target));
        let targets: Vec<OutboundTarget> = allowed.cloned().collect();
        let (false, Some(sender)) = (targets.is_empty(), &self.sender) else {
            return Ok(None);
        };
        let socket = sender.admit(&SiteGrant {
            targets: targets.clone(),
            addresses: self.allowed(&site.project),
            secrets,
        })?;
        Ok(Some((targets, socket)))
    }

    fn allowed(&self, project: &ProjectName) -> Vec<OutboundTarget> {
        self.policy.outbound(project).cloned().collect()
    }
}
