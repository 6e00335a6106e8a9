//! The `server` interface: what a handler may know of its server.

use crate::handler::bindings::wasm_host::http::logging::Level;
use crate::handler::bindings::wasm_host::http::server::{AccessLog, Host, ServerInfo};
use crate::handler::state::InstanceState;
use crate::server_info::SOFTWARE;
use tracing::level_filters::LevelFilter;

impl Host for InstanceState {
    fn info(&mut self) -> wasmtime::Result<ServerInfo> {
        let source = &self.server;
        Ok(ServerInfo {
            name: source.name.clone(),
            port: source.port,
            software: SOFTWARE.to_owned(),
            utc_offset: jiff::Zoned::now().offset().seconds(),
            log_level: log_level(source.wants_requests),
            access_log: if source.access_entries {
                AccessLog::Entries
            } else {
                AccessLog::Lines
            },
            settings: source.settings.clone(),
        })
    }
}

/// The least severe level that anybody listens to: sites have logs of their own, and
/// answered requests may be counted. WIT has no name for "nothing", and an error is rare enough.
fn log_level(wants_requests: bool) -> Level {
    let least = LevelFilter::current();
    let of_requests = if wants_requests {
        LevelFilter::INFO
    } else {
        LevelFilter::OFF
    };
    match least.max(of_requests) {
        LevelFilter::TRACE | LevelFilter::DEBUG => Level::Debug,
        LevelFilter::INFO => Level::Info,
        LevelFilter::WARN => Level::Warn,
        _ => Level::Error,
    }
}
