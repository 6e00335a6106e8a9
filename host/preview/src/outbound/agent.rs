//! The sender's own side: it reads which sites there are, and serves their runners.

use super::grant::{Setup, SiteGrant};
use super::send::Site;
use super::tls::connector;
use crate::attendant::{runners, setup};
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use wasm_host_server::{begin_attendant, lock_down_sender};

/// How many requests of a site are read before some are answered: more than may be sent,
/// so that who sends more is told.
const MOST_STREAMS: u32 = 128;

/// How much of a request's content is under way at once, in bytes.
const WINDOW: u32 = 256 * 1024;

/// The most of a request's head, in bytes.
const MAX_HEAD: u32 = 128 * 1024;

/// How many hosts are looked up at once.
const LOOKUPS: usize = 16;

/// Runs this process as the one that [`Sender::start`](super::Sender::start) has started,
/// until its server is gone.
///
/// # Errors
///
/// It wasn't started so, or the system refuses what it needs.
pub fn run_sender() -> io::Result<()> {
    let socket = begin_attendant()?;
    let Setup {
        roots,
        is_locked_down,
    } = setup(&socket)?;
    if is_locked_down {
        lock_down_sender();
    }
    let tls = connector(roots.as_deref()).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(LOOKUPS)
        .build()?;
    let mut admitted = runners::<SiteGrant>(socket)?;
    runtime.block_on(async {
        while let Some((runner, grant)) = admitted.recv().await {
            let site = Arc::new(Site::new(grant, tls.clone()));
            tokio::spawn(async move {
                // Whoever sends what isn't HTTP/2 is gone by that.
                let _ = serve(runner, site).await;
            });
        }
    });
    // A host may be looked up still, which nobody waits for.
    runtime.shutdown_background();
    Ok(())
}

/// Sends the requests of a site's runner, until that is gone.
async fn serve(runner: UnixStream, site: Arc<Site>) -> io::Result<()> {
    runner.set_nonblocking(true)?;
    let runner = tokio::net::UnixStream::from_std(runner)?;
    let service = service_fn(move |request: Request<Incoming>| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(site.answer(request).await) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(WINDOW)
        .max_header_list_size(MAX_HEAD);
    let served = builder.serve_connection(TokioIo::new(runner), service);
    served.await.map_err(io::Error::other)
}
