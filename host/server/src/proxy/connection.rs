//! A connection's life, when hyper reads and writes it.

use super::body::AnswerBody;
use super::context::ProxyContext;
use super::exchange::Exchange;
use super::instances::Instances;
use super::progress::Progress;
use super::socket::Socket;
use super::watchdog::{Verdict, Watchdog};
use crate::apology::{self, Apology};
use crate::connection::{Terms, close_gently};
use crate::presence::{Presence, Standing};
use crate::stream::{Stream, Then};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use wasmtime_wasi_http::io::TokioIo;

/// The most bytes of a request's head.
const MAX_HEAD: usize = 128 * 1024;

/// The most fields in a request's head, as in `http.server`.
const MAX_FIELDS: usize = 100;

/// How a connection ended.
enum End {
    /// hyper is done with it.
    Done(hyper::Result<()>),
    /// A limit ended it.
    Cut(Verdict),
}

/// Serves a connection of HTTP/1.1 until it closes. `begun` was read of it already.
pub(crate) async fn serve(
    context: &Arc<ProxyContext>,
    instances: &Instances,
    stream: Stream,
    begun: Vec<u8>,
    terms: &Terms,
    presence: &Arc<Presence>,
) {
    // A client that has gone already has no address to answer.
    let Ok(server) = stream.server() else {
        return;
    };
    let progress = Progress::new(presence);
    let exchange = Exchange {
        context: Arc::clone(context),
        instances: instances.clone(),
        client: stream.client().ip(),
        server,
        encrypted: stream.is_encrypted(),
        progress: Arc::clone(&progress),
        presence: Arc::clone(presence),
    };
    serve_by(&exchange, &progress, terms, stream, begun, presence).await;
}

/// What answers the requests of a connection, one after the other.
pub(crate) trait Answerer: Sync {
    /// Its answers' content.
    type Content: Body<Data = Bytes, Error: Into<BoxedError>> + Send + 'static;

    /// Answers a request. Dropping the future abandons it.
    fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Self::Content>> + Send;
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

impl Answerer for Exchange {
    type Content = AnswerBody;

    async fn answer(&self, request: Request<Incoming>) -> Response<AnswerBody> {
        Self::answer(self, request).await
    }
}

/// [`serve`] by whatever answers, and notes in `progress` what it does.
pub(crate) async fn serve_by(
    answerer: &impl Answerer,
    progress: &Arc<Progress>,
    terms: &Terms,
    stream: Stream,
    begun: Vec<u8>,
    presence: &Arc<Presence>,
) {
    let stream = Arc::new(stream);
    let watchdog = Watchdog::new(
        Arc::clone(progress),
        terms.timeouts,
        &terms.recall,
        presence,
    );
    let socket = Socket::new(&stream, begun, progress);
    let end = run(answerer, socket, watchdog).await;
    let state = progress.state();
    let _waiting = presence.wait(Standing::Closing);
    tokio::select! {
        biased;
        () = finish(end, &stream, state.unsent, state.content_left) => {}
        // Others need its place, and nothing is left but to read what comes.
        () = presence.called_back() => {}
    }
}

/// Lets hyper serve the connection for as long as no limit ends it.
async fn run(answerer: &impl Answerer, socket: Socket, mut watchdog: Watchdog) -> End {
    let service =
        service_fn(|request| async { Ok::<_, Infallible>(answerer.answer(request).await) });
    let connection = http1::Builder::new()
        .max_headers(MAX_FIELDS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    poll_fn(|context| {
        loop {
            if let Poll::Ready(done) = connection.as_mut().poll(context) {
                return Poll::Ready(End::Done(done));
            }
            match watchdog.poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Verdict::Stopping) => connection.as_mut().graceful_shutdown(),
                Poll::Ready(verdict) => return Poll::Ready(End::Cut(verdict)),
            }
        }
    })
    .await
}

/// Tells the client and the log, as far as there is something to tell, and
/// closes. `unsent`: no byte of the last answer has gone. `untaken` bytes of content
/// may still come.
async fn finish(end: End, stream: &Stream, unsent: bool, untaken: u64) {
    let client = stream.client().ip();
    match end {
        End::Done(Ok(())) => close_gently(stream, untaken).await,
        End::Done(Err(error)) => {
            tracing::debug!(%client, "connection ended: {error}");
            // An answer that was cut short before any of it had gone is none.
            if error.is_user() && unsent {
                tell(stream, Apology::Trapped);
            }
            close_gently(stream, untaken).await;
        }
        End::Cut(Verdict::Idle | Verdict::Stopping) => {}
        End::Cut(Verdict::HeadLate) => {
            tell(stream, Apology::HeadLate);
            close_gently(stream, untaken).await;
        }
        End::Cut(Verdict::ContentLate) if !unsent => {
            tracing::warn!(%client, "response cut short: timed out, as the client sent no more of its content");
            reset(stream);
        }
        End::Cut(Verdict::ContentLate) => {
            tracing::warn!(%client, "the request's content took too long to arrive (answered)");
            tell(stream, Apology::ContentLate);
            close_gently(stream, untaken).await;
        }
        End::Cut(Verdict::HandlerLate) => {
            tracing::error!(
                %client,
                "the handler made no progress within the request timeout (answered)"
            );
            tell(stream, Apology::TimedOut);
            close_gently(stream, untaken).await;
        }
        End::Cut(Verdict::AnswerLate) => {
            tracing::error!(
                %client,
                "the handler made no progress within the request timeout (closed without a whole answer)"
            );
            reset(stream);
        }
        End::Cut(Verdict::ClientLate) => {
            tracing::warn!(%client, "response cut short: timed out, as the client took nothing");
            reset(stream);
        }
    }
}

/// Sends a last response. The client may have gone, or not take it; there is
/// nobody left to tell.
fn tell(stream: &Stream, apology: Apology) {
    let _: io::Result<usize> = stream.try_send(&apology::response(apology), Then::Nothing);
}

/// Has the connection reset when it is closed: the client must not take what it
/// got for all, and the kernel would go on offering what it doesn't take.
fn reset(stream: &Stream) {
    stream.break_off();
}
