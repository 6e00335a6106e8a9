//! A connection's life, from its first request to its close.
//!
//! 1. Wait for a request's first bytes; no instance exists meanwhile.
//! 2. Wait for a place among the instances, or answer 503.
//! 3. Let an instance handle what has arrived.
//! 4. Send what the client hasn't taken of the response, without the instance.
//! 5. Begin again, or close.
//!
//! One whose first bytes are those of HTTP/2 is given back: the gateway serves it. So is
//! one whose next request is for the server's own host beside its sites.

use super::context::HandlerContext;
use super::instance::{Handler, Outcome};
use crate::apology::{self, Apology};
use crate::component::Slot;
use crate::connection::{Connection, Wait};
use crate::logging::escape_lines;
use crate::metrics::{self, Event};
use crate::presence::Presence;
use crate::stream::Stream;
use std::sync::Arc;

/// What the log says where the handler can't: it left a file to the host, and has
/// returned.
const FILE_UNREADABLE: &str = "the response's file can't be read";

/// What becomes of a connection.
pub(crate) enum Served {
    /// It was served until it closed.
    Closed,
    /// Its client speaks HTTP/2: the stream, and what was read of it.
    Http2(Stream, Vec<u8>),
    /// Its next request is the server's own host's: the same.
    OwnHost(Stream, Vec<u8>),
}

/// Serves a connection until it closes, if its client speaks HTTP/1.1.
pub(crate) async fn serve(
    context: &HandlerContext,
    handlers: &Slot<Handler>,
    mut connection: Box<Connection>,
    presence: &Arc<Presence>,
) -> Served {
    loop {
        match connection.wait_for_request().await {
            Wait::Request => {}
            Wait::Http2 => {
                let stream = connection.into_stream();
                return stream.map_or(Served::Closed, |(stream, begun)| {
                    Served::Http2(stream, begun)
                });
            }
            Wait::FileUnreadable => {
                apologise(&mut connection, Apology::Trapped, FILE_UNREADABLE).await;
                break;
            }
            Wait::End => break,
        }
        let Some(place) = context.admission.instance_place(presence).await else {
            apologise(&mut connection, Apology::Busy, "no instance was free").await;
            break;
        };
        let handler = handlers.current();
        let (returned, outcome) = handler.handle(connection, context).await;
        connection = returned;
        drop(place);
        if connection.is_handed_over() {
            return hand_over(connection).await;
        }
        if !settle(&mut connection, outcome).await {
            break;
        }
    }
    connection.close().await;
    Served::Closed
}

/// Gives a connection away whose next request isn't for a handler, once its client has
/// all of the answers before.
async fn hand_over(mut connection: Box<Connection>) -> Served {
    if connection.settle_outbox().await.is_err() || connection.drain().await.is_err() {
        connection.close().await;
        return Served::Closed;
    }
    let stream = connection.into_stream();
    stream.map_or(Served::Closed, |(stream, begun)| {
        Served::OwnHost(stream, begun)
    })
}

/// Does what the handler left to do. Returns whether another request may come.
async fn settle(connection: &mut Connection, outcome: Outcome) -> bool {
    match outcome {
        Outcome::KeepOpen if !connection.has_moved_on() => {
            let reason = "the handler kept the connection open without reading from it";
            apologise(connection, Apology::Trapped, reason).await;
            false
        }
        Outcome::KeepOpen => connection.drain().await.is_ok() && !connection.is_broken(),
        Outcome::Close if connection.owes_answer() => {
            apologise(connection, Apology::Trapped, "the handler gave no answer").await;
            false
        }
        Outcome::Close if connection.settle_outbox().await.is_err() => {
            if connection.can_still_answer() {
                apologise(connection, Apology::Trapped, FILE_UNREADABLE).await;
            }
            false
        }
        Outcome::Close => {
            // An error here has been logged, and breaks the connection.
            let _ = connection.drain().await;
            false
        }
        Outcome::Trapped(error) => {
            apologise(
                connection,
                Apology::Trapped,
                &format!("handler trapped: {error:?}"),
            )
            .await;
            false
        }
        Outcome::CpuTimeExceeded(reason) => {
            metrics::count(Event::ComputedTooLong);
            apologise(connection, Apology::TimedOut, &reason).await;
            false
        }
        Outcome::ClientGone => {
            let client = connection.client().ip();
            tracing::debug!(%client, "the handler was ended, as its client has gone");
            connection.abandon();
            false
        }
        Outcome::NoMemory(reason) => {
            metrics::count(Event::NoMemory);
            apologise(connection, Apology::Busy, &reason).await;
            false
        }
        Outcome::TimedOut => {
            metrics::count(Event::NoProgress);
            let reason = "the handler made no progress within the request timeout";
            apologise(connection, Apology::TimedOut, reason).await;
            false
        }
    }
}

/// Logs a failure, and tells the client if it has heard nothing yet.
async fn apologise(connection: &mut Connection, why: Apology, reason: &str) {
    let client = connection.client().ip();
    let reason = escape_lines(reason);
    let answer = connection.can_still_answer();
    let told = if answer {
        "answered"
    } else {
        "closed without a whole answer"
    };
    tracing::error!(%client, "{reason} ({told})");
    if answer {
        metrics::answered(why.status().as_u16(), connection.request_age());
        connection.write_last(&apology::response(why)).await;
    } else {
        connection.abandon();
    }
}
