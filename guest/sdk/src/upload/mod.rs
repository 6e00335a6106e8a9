//! Files that clients leave beneath the served directory, where the server's owner lets
//! them (`wasm-host serve --upload`): what a handler can do with one that arrives.
//!
//! The host decides where files may be, and how much may come; and it moves the bytes, so
//! that they needn't enter the sandbox.

#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
mod component;
mod memory;

#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
pub(crate) use component::begin;
pub(crate) use memory::{Finished, MemoryUpload};

use crate::{Error, Exchange, Result};
use std::fmt;
use std::io::Read;

/// How much of content without a length is read at once.
const PIECE: usize = 64 * 1024;

/// Why a file isn't taken. What each means is in `wit/uploads.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// The server's owner takes no files.
    #[error("files can't be uploaded here")]
    Off,
    /// No file can have this path.
    #[error(
        "this can't be a file's name: it is empty, leads upwards, has a control character, or a name in it is longer than 255 bytes"
    )]
    BadName,
    /// A name begins with a dot.
    #[error("names that begin with a dot can't be uploaded")]
    HiddenName,
    /// It leads out of the served directory, or to scripts.
    #[error("nothing can be uploaded there")]
    NotPermitted,
    /// The server may not write there.
    #[error("the server may not write there")]
    NotWritable,
    /// A file is there already.
    #[error("a file of this name is there already")]
    Exists,
    /// Something else than a file is there.
    #[error(
        "something of this name is there that isn't a file, or a file is where a directory would have to be"
    )]
    InTheWay,
    /// It is longer than a file may be.
    #[error("the file is larger than uploads may be")]
    TooLarge,
    /// All files together would be more than may be.
    #[error("as much was uploaded as may be")]
    QuotaExceeded,
    /// There is no room on the disk.
    #[error("there is no room on the server's disk")]
    NoSpace,
    /// The disk fails.
    #[error("the server's disk fails")]
    Failed,
    /// This handler is receiving a file already.
    #[error("another file is being received")]
    Busy,
    /// The client took too long.
    #[error("the content didn't come in time")]
    TimedOut,
    /// The client has gone.
    #[error("the client has gone")]
    ClientClosed,
}

/// What became of a file that is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadOutcome {
    /// There was none of its name before.
    Created,
    /// It has taken another's place.
    Replaced,
}

/// Who keeps a file while it arrives.
pub(crate) trait Keeper {
    fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError>;
    fn receive(&mut self, length: u64) -> Result<(), UploadError>;
    fn content_left(&self) -> u64;
    fn finish(self: Box<Self>) -> Result<UploadOutcome, UploadError>;
}

/// A file that is arriving, from [`Exchange::begin_upload`]. Nobody sees it before
/// [`finish`](Self::finish); dropping it forgets all of it.
pub struct Upload(Box<dyn Keeper>);

impl Upload {
    pub(crate) fn new(keeper: impl Keeper + 'static) -> Self {
        Self(Box::new(keeper))
    }

    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// See [`UploadError`]; no more are taken after one.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.0.write(bytes)
    }

    /// Makes the file visible, in one step.
    ///
    /// # Errors
    ///
    /// See [`UploadError`]. Then there is no file.
    pub fn finish(self) -> Result<UploadOutcome, UploadError> {
        self.0.finish()
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Upload").finish_non_exhaustive()
    }
}

impl Exchange {
    /// Begins a file that a client leaves: `path` is where it is to be, beneath the served
    /// directory, `length` how long it will be if that is known. `replaces`: whether it
    /// may take another's place, where the server's owner lets it.
    ///
    /// ```
    /// # use wasm_host_sdk::testing::Conversation;
    /// # use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};
    /// # struct Notes(Exchange);
    /// # impl BaseHttpRequestHandler for Notes {
    /// # fn new(exchange: Exchange) -> Self { Self(exchange) }
    /// # fn exchange(&mut self) -> &mut Exchange { &mut self.0 }
    /// fn do_post(&mut self) -> Result<()> {
    ///     let exchange = self.exchange();
    ///     let Ok(mut upload) = exchange.begin_upload(b"notes/new.txt", None, false) else {
    ///         return self.send_error(HttpStatus::CONFLICT, None, None);
    ///     };
    ///     let received = exchange.receive_upload(&mut upload)?;
    ///     let finished = received.and_then(|()| upload.finish());
    ///     self.send_response(if finished.is_ok() { HttpStatus::CREATED } else { HttpStatus::CONFLICT })?;
    ///     self.end_headers()
    /// }
    /// # }
    /// let outcome = Conversation::new(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
    ///     .takes_uploads()
    ///     .run::<Notes>();
    /// assert_eq!(outcome.response().status, 201);
    /// assert_eq!(outcome.uploads, [("notes/new.txt".into(), b"hi".to_vec())]);
    /// ```
    ///
    /// # Errors
    ///
    /// See [`UploadError`].
    pub fn begin_upload(
        &mut self,
        path: &[u8],
        length: Option<u64>,
        replaces: bool,
    ) -> Result<Upload, UploadError> {
        let mut link = self.link.borrow_mut();
        link.transport.begin_upload(path, length, replaces)
    }

    /// Adds all of the request's content to a file. Where its length is known, the host
    /// moves it.
    ///
    /// # Errors
    ///
    /// The client has gone, took too long, or its framing is broken. Within: the file
    /// isn't taken.
    pub fn receive_upload(&mut self, upload: &mut Upload) -> Result<Result<(), UploadError>> {
        let received = match self.rfile.remaining() {
            Some(length) => {
                self.rfile.hand_over();
                let received = upload.0.receive(length);
                if received.is_err() {
                    self.rfile.give_up(upload.0.content_left());
                }
                received
            }
            None => self.copy_content(upload)?,
        };
        match received {
            Err(UploadError::TimedOut) => Err(Error::TimedOut),
            Err(UploadError::ClientClosed) => Err(Error::Closed),
            received => Ok(received),
        }
    }

    fn copy_content(&mut self, upload: &mut Upload) -> Result<Result<(), UploadError>> {
        let mut piece = vec![0; PIECE];
        loop {
            let read = self.rfile.read(&mut piece);
            match read.map_err(|error| Error::from(error).unwrapped())? {
                0 => return Ok(Ok(())),
                read => {
                    if let Err(error) = upload.write(&piece[..read]) {
                        return Ok(Err(error));
                    }
                }
            }
        }
    }
}
