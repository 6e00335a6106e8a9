//! What answers the requests of a connection: a handler of our own world, or a component
//! of `wasi:http`.

use super::exchange::Job;
use super::inner::Handlers;
use super::lanes::Lanes;
use super::requests::{Requests, Site};
use crate::connection::Terms;
use crate::presence::Presence;
use crate::stream::Peer;
use std::sync::Arc;
use tokio::task::JoinSet;

/// What answers requests.
pub(crate) enum Backend {
    /// A handler that reads HTTP/1.1.
    Handlers(Handlers),
    /// A component that takes requests.
    Requests(Requests),
}

impl Backend {
    pub(super) fn terms(&self) -> &Terms {
        match self {
            Self::Handlers(handlers) => &handlers.terms,
            Self::Requests(requests) => &requests.terms,
        }
    }
}

/// What answers the requests of one connection.
pub(super) enum Started {
    Handlers(Lanes),
    Requests(Arc<Site>),
}

impl Started {
    /// For a client, whose connection `whole` is.
    pub(super) fn new(backend: Backend, peer: Peer, whole: &Arc<Presence>) -> Self {
        match backend {
            Backend::Handlers(handlers) => Self::Handlers(Lanes::new(handlers, peer, whole)),
            Backend::Requests(requests) => {
                Self::Requests(Arc::new(Site::new(requests, peer, whole)))
            }
        }
    }

    /// Has a request answered, by a task among these.
    pub(super) fn start(&self, job: Job, tasks: &mut JoinSet<()>) {
        match self {
            Self::Handlers(lanes) => lanes.start(job, tasks),
            Self::Requests(site) => {
                let site = Arc::clone(site);
                tasks.spawn(async move { site.answer(job).await });
            }
        }
    }
}
