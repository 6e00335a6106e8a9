//! A large content, in pieces: where one is cut, the server says how much arrived.

use super::start::Upload;
use crate::client::failure::Failure;
use crate::client::folder::{SiteFile, changed, open};
use crate::client::progress::Event;
use crate::client::server::{Answer, Ask, Content, Part, Twice};
use crate::wire::{UPLOAD_LENGTH, UPLOAD_OFFSET};
use http::{Method, StatusCode};
use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How much is sent in one request, in bytes. Proxies keep a request's content, or refuse
/// it, from some size on.
const PIECE: u64 = 16 * 1024 * 1024;

/// How often a piece may fail with nothing gained. While a connection that was cut seems
/// alive to the server, nobody else may go on, so this is longer than it waits for more.
const TRIES: u32 = 30;

/// Before such a piece is sent again, for each time it failed already.
const WAIT: Duration = Duration::from_millis(200);

/// The longest of those waits.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// How much of a content the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Whole,
    /// So many bytes.
    Part(u64),
}

impl Upload<'_> {
    pub(super) async fn send_large(&self, file: &SiteFile) -> Result<(), Failure> {
        let mut told = 0;
        let mut failed = 0;
        let mut there = self.look(file).await?;
        // What is sent while another connection seems to be sending it, too, is lost.
        let mut is_free = matches!(there, There::Part(0));
        loop {
            let arrived = match there {
                There::Whole => file.size,
                There::Part(offset) => offset,
            };
            if arrived > told {
                self.progress.event(Event::Sent(arrived - told));
                told = arrived;
                failed = 0;
            }
            let There::Part(offset) = there else {
                return Ok(());
            };
            let length = if is_free { PIECE } else { 0 };
            let sent = self.send_piece(file, offset, length).await;
            is_free = matches!(sent, Ok(Some(_)));
            there = match sent {
                Ok(Some(now)) => now,
                Err(error) if failed >= TRIES || !is_cut(&error) => return Err(error),
                Ok(None) if failed >= TRIES => return Err(self.stuck(file)),
                Ok(None) | Err(_) => {
                    failed += 1;
                    sleep((WAIT * failed).min(LONGEST_WAIT)).await;
                    self.look(file).await?
                }
            };
        }
    }

    /// Asks how much of it is there.
    async fn look(&self, file: &SiteFile) -> Result<There, Failure> {
        let ask = Ask::new(Method::HEAD, self.path(file));
        let answer = self.server.ask(ask, Twice::Harmless).await?;
        match answer.status {
            StatusCode::OK => Ok(There::Whole),
            StatusCode::NOT_FOUND => Ok(There::Part(0)),
            StatusCode::NO_CONTENT => self.offset(&answer, file),
            _ => Err(answer.failure(&self.name())),
        }
    }

    /// Sends a piece of at most `length` bytes that begins at `offset`. None: not now.
    async fn send_piece(
        &self,
        file: &SiteFile,
        offset: u64,
        length: u64,
    ) -> Result<Option<There>, Failure> {
        let length = length.min(file.size - offset);
        let mut ask = Ask::new(Method::PUT, self.path(file)).with(part(file, offset, length));
        ask.fields = vec![(UPLOAD_OFFSET, offset), (UPLOAD_LENGTH, file.size)];
        let answer = self.server.ask(ask, Twice::Counts).await;
        let answer = answer.map_err(|error| of_file(error, file))?;
        match answer.status {
            StatusCode::CREATED | StatusCode::OK => Ok(Some(There::Whole)),
            StatusCode::NO_CONTENT => match self.offset(&answer, file)? {
                There::Part(now) if now < offset + length => Ok(None),
                now => Ok(Some(now)),
            },
            // Somebody else is sending it, or what was sent before is still being written.
            StatusCode::CONFLICT => Ok(None),
            _ => Err(answer.failure(&self.name())),
        }
    }

    fn offset(&self, answer: &Answer, file: &SiteFile) -> Result<There, Failure> {
        match answer.number(UPLOAD_OFFSET) {
            // Where all is there, but nobody has compared it yet, an empty piece has that
            // done.
            Some(offset) if offset <= file.size => Ok(There::Part(offset)),
            _ => Err(answer.failure(&self.name())),
        }
    }

    fn path(&self, file: &SiteFile) -> String {
        format!("/projects/{}/blobs/{}", self.project, file.digest)
    }

    fn stuck(&self, file: &SiteFile) -> Failure {
        Failure::File {
            path: file.path.to_string(),
            reason:
                "somebody else is sending the same content and doesn't get on; deploy again later"
                    .to_owned(),
        }
    }
}

fn part(file: &SiteFile, offset: u64, length: u64) -> Content {
    let (source, stamp) = (file.source.clone(), file.stamp);
    let open = move || {
        let (mut opened, now) = open(&source)?;
        if now != stamp {
            return Err(changed());
        }
        opened.seek(SeekFrom::Start(offset))?;
        Ok(opened)
    };
    let open = Arc::new(open);
    Content::Part(Part { open, length })
}

fn is_cut(error: &Failure) -> bool {
    matches!(error, Failure::Broken { .. })
}

fn of_file(error: Failure, file: &SiteFile) -> Failure {
    match error {
        Failure::Unreadable(reason) => Failure::File {
            path: file.path.to_string(),
            reason,
        },
        error => error,
    }
}
