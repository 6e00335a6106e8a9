//! The thread that answers operators, and what bounds whoever connects to it.

use super::answers::Answers;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net;
use std::os::unix::net as unix;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// The most connections at once: more wait to be accepted.
const MOST_CONNECTIONS: usize = 64;

/// The longest that a connection lasts, from its accept to the last byte of its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of a request's head that are kept.
const MOST_HEAD: usize = 16 * 1024;

/// How long accepting pauses when the process is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What operators connect to: it waits for nobody.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(net::TcpListener),
    Unix(unix::UnixListener),
}

/// The same within the event loop.
enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection of either.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Accepting {
    /// By the event loop that this is called in.
    fn new(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            Listener::Unix(listener) => Self::Unix(UnixListener::from_std(listener)?),
        })
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(listener) => Box::new(listener.accept().await?.0),
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

/// Starts the thread.
///
/// # Errors
///
/// It can't be started.
pub(super) fn start(listener: Listener, answers: Answers) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let listener = {
        let _entered = runtime.enter();
        Accepting::new(listener)?
    };
    let work = move || runtime.block_on(accept_all(listener, Arc::new(answers)));
    std::thread::Builder::new()
        .name("admin".to_owned())
        .spawn(work)?;
    Ok(())
}

async fn accept_all(listener: Accepting, answers: Arc<Answers>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // Nobody closes the semaphore.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok(stream) => {
                let answers = Arc::clone(&answers);
                tokio::spawn(async move {
                    // Whoever is slower than that is cut off, and is told nothing.
                    let _ = timeout(PATIENCE, answer(stream, &answers)).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!("cannot accept a connection of --admin: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers one request.
async fn answer(stream: Box<dyn Stream>, answers: &Answers) {
    let service = service_fn(async |request| Ok::<_, Infallible>(answers.answer(&request)));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MOST_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = served.await {
        tracing::debug!("a connection of --admin ended: {error}");
    }
}
