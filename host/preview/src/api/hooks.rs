//! What the API doesn't know by itself: where sites are, what their
//! settings mean, and what they log.

use crate::digest::Digest;
use crate::limits::Asked;
use crate::manifest::Manifest;
use crate::names::{DeployId, Label, ProjectName};
use crate::wire::Problem;
use bytes::Bytes;
use std::collections::BTreeMap;
use tokio::sync::mpsc::Receiver;

/// Says where a site is.
pub trait Urls: Send + Sync + 'static {
    /// The URL of the site with that label, with the slash at its end.
    fn url(&self, label: &Label) -> String;
}

/// A deploy that is about to be made.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// All of it but its files' contents.
    pub manifest: &'a Manifest,
    /// What the files of [`crate::wire::SETTINGS`] contain that it has, by their names.
    /// With a dry run, those that nobody has sent aren't here.
    pub settings: &'a BTreeMap<&'static str, Bytes>,
}

/// Reads a site's settings and rules before it is deployed.
pub trait Checker: Send + Sync + 'static {
    /// What the site asks for. May take its time: nobody else waits for it.
    ///
    /// # Errors
    ///
    /// All that is wrong, a problem each. There is no deploy then.
    fn check(&self, candidate: &Candidate<'_>) -> Result<Asked, Vec<Problem>>;
}

/// Makes code of sites ready to be run.
pub trait Coder: Send + Sync + 'static {
    /// Compiles a component that has this digest. May take its time: nobody else waits for
    /// it.
    ///
    /// # Errors
    ///
    /// Why it can't be served: for who deploys it. There is no deploy then.
    fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), String>;

    /// What a deploy's code is granted has changed: it is granted anew by the next request.
    fn grant_anew(&self, deploy: &DeployId);

    /// A project is removed: what its code has kept is, too.
    ///
    /// # Errors
    ///
    /// It can't be removed.
    fn forget(&self, project: &ProjectName) -> std::io::Result<()>;
}

/// What a site logs.
#[derive(Debug, Default)]
pub struct Log {
    /// The last lines, the oldest first, without their ends.
    pub recent: Vec<String>,
    /// Each line from then on. Whoever sends them doesn't wait for a reader who is slow:
    /// what doesn't fit is left out. None: there will be none.
    pub next: Option<Receiver<String>>,
}

/// Knows what sites log.
pub trait Logs: Send + Sync + 'static {
    /// The log of a deploy's site.
    fn open(&self, id: &DeployId) -> Log;
}
