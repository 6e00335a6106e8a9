//! The server that a handler runs in (`server`).

use crate::file::Directory;
use crate::simple::SimpleSettings;
use crate::transport::Level;
use std::rc::Rc;

/// What a handler knows of its server, as `self.server` in `http.server`.
#[derive(Debug)]
pub struct Server {
    /// `server_name`: the host name that the server answers to.
    pub name: String,
    /// `server_port`: the port that it listens on.
    pub port: u16,
    /// The software and its version, as in the `Server` field.
    pub software: Rc<str>,
    /// The local time's distance from UTC, in seconds east.
    pub utc_offset: i32,
    /// The least severe level that the log keeps.
    pub log_level: Level,
    /// Whether answered requests are logged as entries that the host formats,
    /// rather than as `http.server`'s lines.
    pub access_entries: bool,
    /// The server's options, as name and value: those that aren't at their
    /// defaults.
    pub settings: Vec<(String, String)>,
    /// The directory that was granted.
    pub directory: Option<Directory>,
    /// Fields for the head of every response, with their line ends.
    pub(crate) extra_fields: Vec<u8>,
    pub(crate) simple: SimpleSettings,
}

impl Server {
    /// A setting's value: the first, if it was given more than once. None if it
    /// is at its default.
    ///
    /// The names are those of `wasm-host serve`'s options.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What a script of another origin reads of a response, beyond the few fields that
/// the Fetch standard lets any script read: without it, PDF.js and players of video
/// don't see that parts of a file can be had, and load all of it.
const EXPOSED: &str = "Accept-Ranges, Allow, Content-Encoding, Content-Length, Content-Range, \
                       Date, ETag, Location, Retry-After, Server, Vary";

/// What settings add to the head of every response.
pub(crate) fn extra_fields(settings: &[(String, String)]) -> Vec<u8> {
    let mut fields = Vec::new();
    let of_owner = || settings.iter().filter(|(name, _)| name == "header");
    for (_, field) in of_owner() {
        fields.extend_from_slice(field.as_bytes());
        fields.extend_from_slice(b"\r\n");
    }
    if settings.iter().any(|(name, _)| name == "cors") {
        fields.extend_from_slice(b"Access-Control-Allow-Origin: *\r\n");
        fields.extend_from_slice(b"Access-Control-Expose-Headers: ");
        fields.extend_from_slice(EXPOSED.as_bytes());
        for (_, field) in of_owner() {
            let name = field.split(':').next().unwrap_or_default();
            fields.extend_from_slice(b", ");
            fields.extend_from_slice(name.as_bytes());
        }
        fields.extend_from_slice(b"\r\n");
    }
    fields
}

impl Default for Server {
    fn default() -> Self {
        Self {
            name: "localhost".to_owned(),
            port: 8000,
            software: "wasm-host".into(),
            utc_offset: 0,
            log_level: Level::Info,
            access_entries: false,
            settings: Vec::new(),
            directory: None,
            extra_fields: Vec::new(),
            simple: SimpleSettings::default(),
        }
    }
}
