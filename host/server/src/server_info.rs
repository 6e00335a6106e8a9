//! What doesn't change while a server runs, and a handler may know.

/// The software's name and version, for the `Server` field.
pub(crate) const SOFTWARE: &str = concat!("wasm-host/", env!("CARGO_PKG_VERSION"));

/// What a handler may know of its server.
#[derive(Debug)]
pub(crate) struct ServerInfoSource {
    /// The host name that the server answers to.
    pub(crate) name: String,
    /// The port that it listens on.
    pub(crate) port: u16,
    /// Whether answered requests are logged as entries, rather than as lines.
    pub(crate) access_entries: bool,
    /// Whether these are wanted also where nobody logs them: by sites, or to be counted.
    pub(crate) wants_requests: bool,
    /// The options that the handler carries out: names and values.
    pub(crate) settings: Vec<(String, String)>,
}
