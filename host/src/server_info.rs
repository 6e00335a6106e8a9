//! The `server` interface: what a handler may know of its server.

use crate::bindings::wasm_host::http::logging::Level;
use crate::bindings::wasm_host::http::server::{AccessLog, Host, ServerInfo};
use crate::state::InstanceState;
use tracing::level_filters::LevelFilter;

/// The software's name and version, for the `Server` field.
const SOFTWARE: &str = concat!("wasm-host/", env!("CARGO_PKG_VERSION"));

/// What doesn't change while a server runs.
#[derive(Debug)]
pub(crate) struct ServerInfoSource {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) access_entries: bool,
    pub(crate) settings: Vec<(String, String)>,
}

impl Host for InstanceState {
    fn info(&mut self) -> wasmtime::Result<ServerInfo> {
        let source = &self.server;
        Ok(ServerInfo {
            name: source.name.clone(),
            port: source.port,
            software: SOFTWARE.to_owned(),
            utc_offset: jiff::Zoned::now().offset().seconds(),
            log_level: log_level(),
            access_log: if source.access_entries {
                AccessLog::Entries
            } else {
                AccessLog::Lines
            },
            settings: source.settings.clone(),
        })
    }
}

/// The least severe level that anybody listens to. WIT has no name for
/// "nothing", and an error is rare enough.
fn log_level() -> Level {
    match LevelFilter::current() {
        LevelFilter::TRACE | LevelFilter::DEBUG => Level::Debug,
        LevelFilter::INFO => Level::Info,
        LevelFilter::WARN => Level::Warn,
        _ => Level::Error,
    }
}
