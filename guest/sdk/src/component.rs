//! A component's side of the contract: the host's interfaces as a
//! [`Transport`], and the function that the host calls.

use crate::bindings::wasm_host::http::connection::{self, ErrorCode, MessagePart};
use crate::bindings::wasm_host::http::{logging, places, rules, server, sites};
use crate::file::{Directory, File};
use crate::process::{self, Child, EntryKind, Input, ProcessError, Spool, SpoolError};
use crate::server::{Server, extra_fields};
use crate::simple::SimpleSettings;
use crate::site::{Found, NoSite, Site};
use crate::transport::{
    AccessEntry, FileRange, Level, Part, Request, Rest, SocketAddress, Transport, TransportError,
};
use crate::upload::{self, Upload, UploadError};
use crate::{BaseHttpRequestHandler, serve};
use std::any::Any;
use std::rc::Rc;

/// What [`export!`](crate::export) exports.
#[doc(hidden)]
#[macro_export]
macro_rules! export_to_world {
    ($component:ident, $handler:ty) => {
        use $crate::bindings::exports::wasm_host::http::connection_handler::{Disposition, Guest};

        impl Guest for $component {
            fn handle() -> Disposition {
                if $crate::component::handle::<$handler>() {
                    Disposition::KeepOpen
                } else {
                    Disposition::Close
                }
            }
        }

        $crate::bindings::export_world!($component with_types_in $crate::bindings);
    };
}

/// Handles the connection; [`export!`](crate::export) makes it the component's
/// export. Returns whether the connection stays open.
pub fn handle<H: BaseHttpRequestHandler>() -> bool {
    #[cfg(target_os = "unknown")]
    log_panics();
    let server = Rc::new(server());
    let stays_open = serve::<H>(Box::new(HostTransport), Rc::clone(&server));
    // The instance's memory ends with this call, or is made as it was: what there
    // is to know of the server needn't be taken apart first. What it has open does.
    if let Ok(mut server) = Rc::try_unwrap(server) {
        server.directory = None;
        std::mem::forget(server);
    }
    stays_open
}

/// Has a panic say what it was in the log. Without WASI, the standard library
/// knows of no place to say it, and all that is left is a trap (as it is of an
/// allocation that fails, of which the host says why).
#[cfg(target_os = "unknown")]
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        // The host escapes the ends of lines.
        for line in panic.to_string().lines() {
            logging::log(logging::Level::Error, line);
        }
    }));
}

fn server() -> Server {
    let info = server::info();
    // Each site has one.
    let has_sites = info.settings.iter().any(|(name, _)| name == "sites");
    Server {
        name: info.name,
        port: info.port,
        software: info.software.into(),
        utc_offset: info.utc_offset,
        log_level: info.log_level.into(),
        access_entries: info.access_log == server::AccessLog::Entries,
        directory: if has_sites {
            None
        } else {
            Directory::granted()
        },
        extra_fields: extra_fields(&info.settings),
        simple: SimpleSettings::new(&info.settings),
        settings: info.settings,
    }
}

struct HostTransport;

impl Transport for HostTransport {
    fn next_request(
        &mut self,
        consumed: u64,
        rest: Rest<'_>,
    ) -> Result<Option<Request>, TransportError> {
        let file = rest.file.map(connection::FileRange::from);
        let request = connection::next_request(consumed, rest.bytes, file)?;
        Ok(request.map(|request| Request {
            bytes: request.bytes,
            time: i64::try_from(request.time).ok(),
        }))
    }

    fn end_request(&mut self, consumed: u64, rest: Rest<'_>) -> Result<(), TransportError> {
        let file = rest.file.map(connection::FileRange::from);
        Ok(connection::end_request(consumed, rest.bytes, file)?)
    }

    fn fill(&mut self, part: Part) -> Result<Vec<u8>, TransportError> {
        Ok(connection::fill(match part {
            Part::Head => MessagePart::Head,
            Part::Content => MessagePart::Content,
        })?)
    }

    fn await_content(&mut self, length: u64) -> Result<(), TransportError> {
        Ok(connection::await_content(length)?)
    }

    fn receive(&mut self, milliseconds: u32) -> Result<Option<Vec<u8>>, TransportError> {
        Ok(connection::receive(milliseconds)?)
    }

    fn find_site(&mut self, authority: &[u8]) -> Result<Found, NoSite> {
        match sites::find(authority) {
            Ok(sites::Found::Same) => Ok(Found::Same),
            Ok(sites::Found::Other(site)) => Ok(Found::Other(site.into())),
            Err(error) => Err(error.into()),
        }
    }

    fn leave_site(&mut self) {
        sites::leave();
    }

    fn earlier_site(&mut self, changes: u32) -> Option<Site> {
        // What can't be opened is as good as none.
        let found = sites::earlier(changes).unwrap_or_default();
        found.map(Site::from)
    }

    fn consume(&mut self, length: u64) {
        connection::consume(length);
    }

    fn delay(&mut self, milliseconds: u32) {
        connection::delay(milliseconds);
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        Ok(connection::write(bytes)?)
    }

    fn send_file(
        &mut self,
        head: &[u8],
        file: &File,
        offset: u64,
        length: u64,
    ) -> Result<(), TransportError> {
        Ok(connection::send_file(head, &file.0, offset, length)?)
    }

    fn look_up(&self, path: &[u8]) -> Result<EntryKind, ProcessError> {
        process::look_up(path)
    }

    fn rule_part(&self, key: &[u8]) -> Option<Vec<u8>> {
        rules::look_up(key)
    }

    fn spool(&mut self) -> Result<Spool, SpoolError> {
        process::spool()
    }

    fn spawn(
        &mut self,
        path: &[u8],
        environment: &[(Vec<u8>, Vec<u8>)],
        input: Input,
    ) -> Result<Child, ProcessError> {
        process::spawn(path, environment, input)
    }

    fn take_place(&mut self) -> Option<Box<dyn Any>> {
        places::take().map(|place| Box::new(place) as Box<dyn Any>)
    }

    fn begin_upload(
        &mut self,
        path: &[u8],
        length: Option<u64>,
        replaces: bool,
    ) -> Result<Upload, UploadError> {
        upload::begin(path, length, replaces)
    }

    fn client_address(&self) -> SocketAddress {
        let address = connection::client_address();
        SocketAddress {
            ip: address.ip,
            port: address.port,
        }
    }

    fn server_address(&self) -> SocketAddress {
        let address = connection::server_address();
        SocketAddress {
            ip: address.ip,
            port: address.port,
        }
    }

    fn encrypted(&self) -> bool {
        connection::encrypted()
    }

    fn log(&self, level: Level, line: &str) {
        logging::log(level.into(), line);
    }

    fn log_access(&self, entry: AccessEntry<'_>) {
        logging::log_access(&logging::AccessEntry {
            request_line: entry.request_line.to_owned(),
            status: entry.status,
            size: entry.size,
            user: entry.user.map(str::to_owned),
            referer: entry.referer.map(str::to_owned),
            user_agent: entry.user_agent.map(str::to_owned),
        });
    }
}

impl From<FileRange> for connection::FileRange {
    fn from(range: FileRange) -> Self {
        Self {
            file: range.file.0,
            offset: range.offset,
            length: range.length,
        }
    }
}

impl From<ErrorCode> for TransportError {
    fn from(error: ErrorCode) -> Self {
        match error {
            ErrorCode::Closed => Self::Closed,
            ErrorCode::TimedOut => Self::TimedOut,
            ErrorCode::Incomplete => Self::Incomplete,
            ErrorCode::BufferFull => Self::BufferFull,
            ErrorCode::BadDescriptor | ErrorCode::FileUnreadable => Self::File,
        }
    }
}

impl From<sites::Site> for Site {
    fn from(site: sites::Site) -> Self {
        Self {
            directory: Directory::given(site.directory),
            settings: site.settings,
        }
    }
}

impl From<sites::ErrorCode> for NoSite {
    fn from(error: sites::ErrorCode) -> Self {
        match error {
            sites::ErrorCode::Unknown => Self::Unknown,
            sites::ErrorCode::ServersOwn => Self::Own,
            sites::ErrorCode::Busy => Self::Busy,
            sites::ErrorCode::Failed => Self::Failed,
        }
    }
}

impl From<logging::Level> for Level {
    fn from(level: logging::Level) -> Self {
        match level {
            logging::Level::Debug => Self::Debug,
            logging::Level::Info => Self::Info,
            logging::Level::Warn => Self::Warn,
            logging::Level::Error => Self::Error,
        }
    }
}

impl From<Level> for logging::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}
