//! What a server opens before it loads its component.

use crate::component::Compiler;
use crate::grants::Granted;
use crate::listener::BoundSockets;
use crate::tls::Tls;
use crate::uploads::Uploads;
use std::sync::Arc;
use wasm_host_process::Scripts;

/// What is open by the time of a lock-down.
pub(super) struct Opened {
    pub(super) sockets: BoundSockets,
    /// From which clients are sent on to HTTPS.
    pub(super) redirect: Option<BoundSockets>,
    pub(super) granted: Granted,
    pub(super) scripts: Option<Scripts>,
    pub(super) uploads: Option<Arc<Uploads>>,
    pub(super) tls: Option<Arc<Tls>>,
    /// For components that are strangers'.
    pub(super) compiler: Compiler,
}
