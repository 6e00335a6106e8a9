//! What all instances of a server's handler have in common.

use crate::admission::{Admission, LongWork};
use crate::component::Allowance;
use crate::rule_parts::RulesHandle;
use crate::scripts::ScriptHost;
use crate::server_info::ServerInfoSource;
use crate::sites::Sites;
use crate::uploads::Uploads;
use std::sync::Arc;

/// What the instances of a handler are given, and what they share.
pub(crate) struct HandlerContext {
    pub(crate) allowance: Allowance,
    pub(crate) server: Arc<ServerInfoSource>,
    /// The rules of the site that is served.
    pub(crate) rules: RulesHandle,
    /// What runs scripts, if the server's owner wants any.
    pub(crate) scripts: Option<ScriptHost>,
    /// The server's sites, if it has several.
    pub(crate) sites: Option<Arc<dyn Sites>>,
    /// Places for what takes long, if the server's owner wants any.
    pub(crate) long_work: Option<Arc<LongWork>>,
    /// What takes files of clients, if the server's owner wants any.
    pub(crate) uploads: Option<Arc<Uploads>>,
    pub(crate) admission: Arc<Admission>,
}
