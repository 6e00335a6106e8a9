//! What a server's owner grants, as given.

use super::directory::DirectoryGrant;
use super::outbound::OutboundTarget;
use super::replaceable;
use crate::keyvalue::KeyValues;
use crate::logging::escape_controls;
use crate::outbound_sender::OutboundSender;
use std::path::Path;

/// What a handler is granted, beside the directory that is served. The default
/// is nothing.
///
/// ```
/// use wasm_host_server::{Access, DirectoryGrant, GrantOptions};
///
/// let mut grants = GrantOptions::default();
/// grants
///     .directories
///     .push(DirectoryGrant::new("/srv/data", "/data", Access::ReadWrite)?);
/// grants.environment.push(("GREETING".into(), "hello".into()));
/// let builder = wasm_host_server::ThreadingHttpServer::builder().grants(grants);
/// # Ok::<(), wasm_host_server::DirectoryGrantError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GrantOptions {
    /// Directories of this system, each at a path of its own.
    pub directories: Vec<DirectoryGrant>,
    /// The handler's whole environment. Of two variables with the same name,
    /// the last counts.
    pub environment: Vec<(String, String)>,
    /// The handler's arguments, after the component's name.
    pub arguments: Vec<String>,
    /// Where a handler of `wasi:http` may send requests to. One of
    /// `wasm-host:http/handler` has no way to send any.
    pub outbound: Vec<OutboundTarget>,
    /// Where the handler may keep values by `wasi:keyvalue`, as its store `default`. None:
    /// nowhere.
    pub key_values: Option<KeyValues>,
    /// What sends these requests, in place of this process, which then makes no connection.
    /// None: this process does.
    pub outbound_sender: Option<OutboundSender>,
}

impl GrantOptions {
    /// Logs what was granted, a line each, and what of it is unwise. Not the
    /// variables' values: they are where secrets are.
    pub(crate) fn log(&self, component: Option<&Path>) {
        for directory in &self.directories {
            log_one(&directory.to_string());
        }
        for (name, _) in &self.environment {
            log_one(&format!("environment variable {name}"));
        }
        for argument in &self.arguments {
            log_one(&format!("argument {argument:?}"));
        }
        for target in &self.outbound {
            log_one(&format!("requests to {target}"));
        }
        if self.key_values.is_some() {
            log_one("values by wasi:keyvalue");
        }
        if component.is_some_and(|file| replaceable::may_rewrite(&self.directories, file)) {
            tracing::warn!(
                "the handler may write to its own component; grant a directory apart from it"
            );
        }
    }
}

fn log_one(what: &str) {
    tracing::info!("granted: {}", escape_controls(what));
}
