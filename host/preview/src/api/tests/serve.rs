//! One request of HTTP/1.1 over a connection, which ends then: as a server hands it to the
//! API, without one.

use crate::api::Peer;
use crate::socket::{Movement, Socket};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::rt::{Sleep, Timer};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::select;
use tokio::sync::Notify;
use tokio::time::timeout;
use tower::ServiceExt;

/// The most bytes of a request's head.
const MAX_HEAD: usize = 32 * 1024;

/// How long a head may take.
const HEAD: Duration = Duration::from_secs(10);

/// How long a client may take nothing of its answer.
const REST: Duration = Duration::from_secs(30);

/// How long a client may take to close its end.
const WAIT: Duration = Duration::from_secs(2);

/// How much is read and thrown away of what a client still sends after its answer.
const FAREWELL: u64 = 4 * 1024 * 1024;

/// Answers one request that comes over `stream`, and ends the connection.
///
/// That a client breaks off, or isn't one of HTTP, is no error of this server's, and is
/// only logged.
pub(super) async fn serve<S>(stream: S, peer: Option<IpAddr>, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let socket = Socket::new(stream);
    let movement = socket.movement();
    let answered = Arc::new(Notify::new());
    let service = service_fn(|request| {
        let answered = Arc::clone(&answered);
        Box::pin(answer(request, peer, router.clone(), answered))
    });
    let mut builder = http1::Builder::new();
    builder
        .keep_alive(false)
        .timer(Clock)
        .header_read_timeout(HEAD)
        .max_buf_size(MAX_HEAD);
    let mut connection = builder.serve_connection(socket, service);
    let served = select! {
        served = poll_fn(|context| connection.poll_without_shutdown(context)) => served,
        () = unread(&answered, &movement, REST) => {
            tracing::debug!("a client of the API doesn't take its answer");
            return;
        }
    };
    if let Err(error) = served {
        tracing::debug!("a connection to the API ends: {error}");
    }
    farewell(connection.into_parts().io.io, WAIT).await;
}

async fn answer(
    request: Request<Incoming>,
    peer: Option<IpAddr>,
    router: Router,
    answered: Arc<Notify>,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    if let Some(peer) = peer {
        request.extensions_mut().insert(Peer(peer));
    }
    let response = router.oneshot(request).await;
    answered.notify_one();
    response
}

/// Returns when there is an answer, and nobody takes more of it.
async fn unread(answered: &Notify, movement: &Movement, wait: Duration) {
    answered.notified().await;
    movement.rest(wait).await;
}

/// Closes this end first, and reads what the other still sends: closed with something
/// unread, the connection would be reset, and the answer lost (RFC 9112 section 9.6).
async fn farewell<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, wait: Duration) {
    let last = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(FAREWELL), &mut tokio::io::sink()).await
    };
    if timeout(wait, last).await.is_err() {
        tracing::debug!("a client of the API doesn't close its end");
    }
}

/// tokio's time, as hyper wants it.
#[derive(Debug, Clone, Copy)]
struct Clock;

struct Sleeping(Pin<Box<tokio::time::Sleep>>);

impl Timer for Clock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(Sleeping(Box::pin(tokio::time::sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Sleeping(Box::pin(tokio::time::sleep_until(
            deadline.into(),
        ))))
    }
}

impl Future for Sleeping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl Sleep for Sleeping {}
