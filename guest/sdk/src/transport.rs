//! What the host does for one connection: the line between this crate's logic
//! and the world. In a component it is the `connection`, `process`
//! and `logging` interfaces; in native tests, bytes in memory ([`crate::testing`]).

use crate::file::File;
use crate::process::{Child, EntryKind, Input, ProcessError, Spool, SpoolError};
use crate::site::{Found, NoSite, Site};
use crate::upload::{Upload, UploadError};
use std::any::Any;

/// An address of one end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketAddress {
    /// The IP address in text form, without brackets.
    pub ip: String,
    /// The port.
    pub port: u16,
}

/// How severe a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Of use in finding a fault.
    Debug,
    /// What happened.
    Info,
    /// A client's mistake.
    Warn,
    /// Something for the server's owner.
    Error,
}

/// One answered request, for a log whose format the host chooses.
#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "only a host reads it, and a test has none")]
pub(crate) struct AccessEntry<'a> {
    /// The request line as received.
    pub(crate) request_line: &'a str,
    /// Who the client is, if it has logged in.
    pub(crate) user: Option<&'a str>,
    /// The response's status code.
    pub(crate) status: u16,
    /// The length of the content that was sent, in bytes.
    pub(crate) size: u64,
    /// The `Referer` field's value.
    pub(crate) referer: Option<&'a str>,
    /// The `User-Agent` field's value.
    pub(crate) user_agent: Option<&'a str>,
}

/// What has arrived of a request when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// Its first bytes.
    pub(crate) bytes: Vec<u8>,
    /// When that was, in seconds since 1970, if the host says.
    pub(crate) time: Option<i64>,
}

/// Which part of a request is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The request line and header section.
    Head,
    /// The content.
    Content,
}

/// Why the host didn't do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "only a host fails, and a test has none")]
pub(crate) enum TransportError {
    /// The client has gone.
    Closed,
    /// The client was too slow.
    TimedOut,
    /// The rest of the head is slow to arrive: return, and keep the connection.
    Incomplete,
    /// The host keeps no more bytes until some are consumed.
    BufferFull,
    /// The file couldn't be read; nothing was sent.
    File,
}

/// A part of a file that isn't used again.
#[derive(Debug)]
pub(crate) struct FileRange {
    /// The file.
    pub(crate) file: File,
    /// Where the part begins, in bytes from the file's start.
    pub(crate) offset: u64,
    /// The part's length in bytes.
    pub(crate) length: u64,
}

/// What is still to be sent of a response when its request ends: bytes, then a
/// part of a file.
#[derive(Debug)]
pub(crate) struct Rest<'a> {
    /// The bytes, of which there may be none.
    pub(crate) bytes: &'a [u8],
    /// What follows them.
    pub(crate) file: Option<FileRange>,
}

impl Rest<'_> {
    /// Sends it in a call of its own.
    ///
    /// # Errors
    ///
    /// Those of [`Transport::write`] and [`Transport::send_file`].
    pub(crate) fn send(self, transport: &mut dyn Transport) -> Result<(), TransportError> {
        match self.file {
            Some(range) => transport.send_file(self.bytes, &range.file, range.offset, range.length),
            None if self.bytes.is_empty() => Ok(()),
            None => transport.write(self.bytes),
        }
    }
}

/// One connection, the scripts that answer its requests, and the log.
/// Documented in `wit/connection.wit`, `wit/process.wit`, `wit/rules.wit` and
/// `wit/logging.wit`.
pub(crate) trait Transport {
    /// Takes the last bytes of the request before, sends the rest of its
    /// response, and waits for another's first bytes. None: return, and keep the
    /// connection.
    fn next_request(
        &mut self,
        consumed: u64,
        rest: Rest<'_>,
    ) -> Result<Option<Request>, TransportError>;
    /// Takes the last bytes of a request, and sends the rest of its response: no
    /// other follows.
    fn end_request(&mut self, consumed: u64, rest: Rest<'_>) -> Result<(), TransportError>;
    /// Waits for more bytes. Empty: the client has finished.
    fn fill(&mut self, part: Part) -> Result<Vec<u8>, TransportError>;
    /// Waits a moment until so many bytes of the request have come, its head included;
    /// an error if it should be left to another instance.
    fn await_content(&mut self, _length: u64) -> Result<(), TransportError> {
        Ok(())
    }
    /// Waits for more bytes on a connection that has left HTTP, and takes them. None:
    /// nothing came in that time. Empty: the client has finished.
    fn receive(&mut self, _milliseconds: u32) -> Result<Option<Vec<u8>>, TransportError> {
        Err(TransportError::Closed)
    }
    /// Finds the site that an authority names.
    fn find_site(&mut self, _authority: &[u8]) -> Result<Found, NoSite> {
        Err(NoSite::Unknown)
    }
    /// No site is at hand any more.
    fn leave_site(&mut self) {}
    /// What the site at hand was so many changes ago.
    fn earlier_site(&mut self, _changes: u32) -> Option<Site> {
        None
    }
    /// Takes bytes from the front of what was received.
    fn consume(&mut self, length: u64);
    /// Has the client wait.
    #[cfg_attr(
        not(feature = "login"),
        allow(dead_code, reason = "only a login has clients wait")
    )]
    fn delay(&mut self, _milliseconds: u32) {}
    /// Writes all bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError>;
    /// Writes `head`, then a range of a file.
    fn send_file(
        &mut self,
        head: &[u8],
        file: &File,
        offset: u64,
        length: u64,
    ) -> Result<(), TransportError>;
    /// What a path beneath the served directory leads to.
    fn look_up(&self, path: &[u8]) -> Result<EntryKind, ProcessError>;
    /// What the host keeps of the rules of the site, under a key.
    fn rule_part(&self, _key: &[u8]) -> Option<Vec<u8>> {
        None
    }
    /// Begins to keep content for a script.
    fn spool(&mut self) -> Result<Spool, SpoolError>;
    /// Runs a script.
    fn spawn(
        &mut self,
        path: &[u8],
        environment: &[(Vec<u8>, Vec<u8>)],
        input: Input,
    ) -> Result<Child, ProcessError>;
    /// Takes a place among those who do what takes long, until what is returned is
    /// dropped. None: there is none.
    fn take_place(&mut self) -> Option<Box<dyn Any>> {
        None
    }
    /// Begins a file that a client leaves.
    fn begin_upload(
        &mut self,
        _path: &[u8],
        _length: Option<u64>,
        _replaces: bool,
    ) -> Result<Upload, UploadError> {
        Err(UploadError::Off)
    }
    /// The client's address.
    fn client_address(&self) -> SocketAddress;
    /// The server's address, as the client reached it.
    fn server_address(&self) -> SocketAddress;
    /// Whether the client's bytes are encrypted on their way to the host.
    fn encrypted(&self) -> bool;
    /// Whether the host frames messages (`wasi:http`): a request's content then
    /// ends where its bytes do, and what becomes of the connection is no
    /// business of the handler's.
    fn frames_messages(&self) -> bool {
        false
    }
    /// Writes a line to the log.
    fn log(&self, level: Level, line: &str);
    /// Writes an answered request to the log.
    fn log_access(&self, entry: AccessEntry<'_>);
}
