//! What the API doesn't know by itself, in tests.

use crate::api::{Candidate, Checker, Log, Logs, Urls};
use crate::limits::Asked;
use crate::names::{DeployId, Label};
use crate::wire::Problem;

/// Sites right below one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Domain {
    /// `http` or `https`.
    pub(crate) scheme: String,
    /// The domain, such as `localhost`.
    pub(crate) domain: String,
    /// The port, unless it is the scheme's own.
    pub(crate) port: Option<u16>,
}

impl Urls for Domain {
    fn url(&self, label: &Label) -> String {
        let Self {
            scheme,
            domain,
            port,
        } = self;
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{label}.{domain}{port}/")
    }
}

/// Takes any settings and rules, unread.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unchecked;

impl Checker for Unchecked {
    fn check(&self, _: &Candidate<'_>) -> Result<Asked, Vec<Problem>> {
        Ok(Asked::default())
    }
}

/// Knows nothing of any log.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NoLogs;

impl Logs for NoLogs {
    fn open(&self, _: &DeployId) -> Log {
        Log::default()
    }
}
