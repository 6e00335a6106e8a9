//! Content that a client still sends when it has its answer already: it is read for a
//! while, as over HTTP/1.1 (RFC 9112 section 9.6). Some clients that are told to stop
//! (RFC 9113 section 8.1) throw the answer away.

use super::content::Content;
use super::download::Download;
use super::open_stream::OpenStream;
use bytes::Bytes;
use http_body::Body;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::timeout;

/// How long the client may go on.
const LONGEST: Duration = Duration::from_secs(30);

/// How long it may be quiet meanwhile.
const QUIET: Duration = Duration::from_secs(2);

/// How many bytes it may send.
const MOST: usize = 8 * 1024 * 1024;

/// Content that nobody reads. Dropping it tells the client to stop.
pub(super) struct Unread {
    content: Content,
    _answer: Download,
    _open: OpenStream,
}

impl Unread {
    /// What is left of a request, and what its client was sent.
    pub(super) fn new(content: Content, answer: Download, open: OpenStream) -> Self {
        Self {
            content,
            _answer: answer,
            _open: open,
        }
    }

    /// Reads what comes, within bounds.
    pub(super) async fn discard(mut self) {
        let all = async {
            let mut discarded = 0;
            while discarded < MOST {
                let next = poll_fn(|context| Pin::new(&mut self.content).poll_frame(context));
                let Ok(Some(Ok(frame))) = timeout(QUIET, next).await else {
                    return;
                };
                discarded += frame.data_ref().map_or(0, Bytes::len);
            }
        };
        // However it ends, the client is told nothing but to stop.
        let _ = timeout(LONGEST, all).await;
    }
}
