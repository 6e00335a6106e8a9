//! A request's content, in pieces: so much of it, and no longer than so long for each.

use super::memory::{Held, Memory};
use super::refusal::Refusal;
use axum::body::{Body, Bytes};
use http::StatusCode;
use http_body::Body as _;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::timeout;

/// A request's content that nobody has read yet.
pub(super) struct Content {
    body: Body,
    wait: Duration,
    left: u64,
    most: u64,
}

impl Content {
    /// Of at most `most` bytes; each piece has to come within `wait`.
    ///
    /// # Errors
    ///
    /// The request announces more.
    pub(super) fn new(body: Body, most: u64, wait: Duration) -> Result<Self, Refusal> {
        if body.size_hint().lower() > most {
            return Err(too_large(most));
        }
        Ok(Self {
            body,
            wait,
            left: most,
            most,
        })
    }

    /// The next piece.
    ///
    /// # Errors
    ///
    /// None comes, the connection breaks, or it is too much.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let Ok(frame) = timeout(self.wait, self.body.frame()).await else {
                let error = format!("nothing came of the content for {:?}", self.wait);
                return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, error));
            };
            match frame {
                None => return Ok(None),
                Some(Err(_)) => {
                    let error = "the content isn't whole, or not as HTTP has it";
                    return Err(Refusal::new(StatusCode::BAD_REQUEST, error));
                }
                Some(Ok(frame)) => {
                    // Trailers say nothing here.
                    let Ok(piece) = frame.into_data() else {
                        continue;
                    };
                    let left = self.left.checked_sub(piece.len() as u64);
                    self.left = left.ok_or_else(|| too_large(self.most))?;
                    return Ok(Some(piece));
                }
            }
        }
    }

    /// All of it, in memory.
    ///
    /// # Errors
    ///
    /// As of [`Self::next`], or others have too much in memory.
    pub(super) async fn whole(mut self, memory: &Memory) -> Result<Held, Refusal> {
        let mut whole = memory.hold();
        while let Some(piece) = self.next().await? {
            whole.add(&piece)?;
        }
        Ok(whole.finish())
    }
}

fn too_large(most: u64) -> Refusal {
    Refusal::too_large(format!(
        "the content of this request has more than {most} bytes"
    ))
}
