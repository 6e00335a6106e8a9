//! A connection to a handler of our own world, within this process: it speaks HTTP/1.1
//! to one client, which is the gateway.

use super::signal::Signal;
use crate::admission::Part;
use crate::component::Slot;
use crate::connection::{Connection, Terms};
use crate::handler::{self, Handler, HandlerContext, Served};
use crate::own_host;
use crate::presence::Presence;
use crate::stream::{Peer, PipeEnd, Stream};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::task::JoinSet;

/// What opens connections to a handler.
#[derive(Clone)]
pub(crate) struct Handlers {
    pub(crate) context: Arc<HandlerContext>,
    pub(crate) handlers: Slot<Handler>,
    pub(crate) terms: Terms,
    /// Whether a connection to it is for one request.
    pub(crate) each_alone: bool,
}

/// A connection to a handler. Dropping it is a client that has gone: the instance that
/// works for it goes with it.
pub(super) struct Inner {
    /// The gateway's end.
    pub(super) end: PipeEnd,
    /// What serves the other end; None: it has closed that.
    serving: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// The same as a task of its own, which ends with this.
    task: Option<JoinSet<()>>,
    signal: Arc<Signal>,
    waker: Waker,
    part: Part,
}

impl Inner {
    /// Opens a connection for a client of the gateway's: `whole` is its own, of which
    /// this is a part.
    pub(super) fn open(site: &Handlers, peer: Peer, whole: &Arc<Presence>) -> Self {
        let (stream, end) = Stream::pipe(peer);
        let part = site.context.admission.part(whole);
        let presence = Arc::clone(part.presence());
        let Handlers {
            context,
            handlers,
            terms,
            ..
        } = site.clone();
        let serving = async move {
            let connection = Box::new(Connection::new(stream, terms.clone(), &presence));
            match handler::serve(&context, &handlers, connection, &presence).await {
                // The gateway speaks HTTP/1.1.
                Served::Closed | Served::Http2(..) => {}
                Served::OwnHost(stream, begun) => {
                    if let Some(sites) = context.sites.clone() {
                        let own = own_host::serve(sites, stream, begun, &terms, &presence);
                        Box::pin(own).await;
                    }
                }
            }
        };
        let signal = Arc::new(Signal::default());
        Self {
            end,
            serving: Some(Box::pin(serving)),
            task: None,
            waker: Waker::from(Arc::clone(&signal)),
            signal,
            part,
        }
    }

    /// [`Inner::open`], and has the handler work whether this is polled or not: as long
    /// as this lives.
    pub(super) fn spawn(site: &Handlers, peer: Peer, whole: &Arc<Presence>) -> Self {
        let mut inner = Self::open(site, peer, whole);
        if let Some(serving) = inner.serving.take() {
            let mut tasks = JoinSet::new();
            tasks.spawn(serving);
            inner.task = Some(tasks);
        }
        inner
    }

    /// Lets the handler work, if there is something for it to do. What it then does to
    /// the pipe, its other end shows.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        self.signal.forward_to(context.waker());
        while let Some(serving) = &mut self.serving
            && self.signal.take()
        {
            let mut context = Context::from_waker(&self.waker);
            if let Poll::Ready(()) = serving.as_mut().poll(&mut context) {
                self.serving = None;
            }
        }
    }

    /// Whether something has happened since that the handler has to be told.
    pub(super) fn has_news(&self) -> bool {
        self.serving.is_some() && self.signal.is_set()
    }

    /// Whether nothing more comes from this connection.
    pub(super) fn is_over(&self) -> bool {
        self.serving.is_none()
    }

    /// Whether the handler waits for its client: to send content, or to take some.
    pub(super) fn waits_for_client(&self) -> bool {
        self.part.presence().waits_in_request()
    }
}
