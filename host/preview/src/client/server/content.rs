//! What a request carries.

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// How much of a file is read at once.
const PIECE: u64 = 256 * 1024;

/// What hyper sends.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What a request carries.
#[derive(Clone)]
pub(crate) enum Content {
    Nothing,
    Json(Bytes),
    Bytes(Bytes),
    Part(Part),
}

/// A part of a file.
#[derive(Clone)]
pub(crate) struct Part {
    /// Opened anew for each request, at the part's beginning.
    pub(crate) open: Arc<dyn Fn() -> io::Result<File> + Send + Sync>,
    /// In bytes.
    pub(crate) length: u64,
}

impl Content {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Json(bytes) | Self::Bytes(bytes) => bytes.len() as u64,
            Self::Part(part) => part.length,
        }
    }

    pub(super) fn body(self) -> Body {
        match self {
            Self::Nothing => Empty::new().map_err(|never| match never {}).boxed_unsync(),
            Self::Json(bytes) | Self::Bytes(bytes) => Full::new(bytes)
                .map_err(|never| match never {})
                .boxed_unsync(),
            Self::Part(part) => part.body(),
        }
    }
}

impl Part {
    fn body(self) -> Body {
        let start = (self, None::<File>);
        let pieces = stream::try_unfold(start, |(mut part, file)| async move {
            if part.length == 0 {
                return Ok(None);
            }
            let open = part.open.clone();
            let size = part.length.min(PIECE);
            let read = move || -> io::Result<(Bytes, File)> {
                let mut file = file.map_or_else(|| open(), Ok)?;
                let mut piece = vec![0; size as usize];
                file.read_exact(&mut piece)?;
                Ok((piece.into(), file))
            };
            let (piece, file) = spawn_blocking(read).await.map_err(io::Error::other)??;
            part.length -= size;
            Ok(Some((Frame::data(piece), (part, Some(file)))))
        });
        BodyExt::boxed_unsync(StreamBody::new(pieces))
    }
}
