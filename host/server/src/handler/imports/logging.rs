//! The `logging` interface: lines and access entries for the log.

use crate::handler::bindings::wasm_host::http::logging::{AccessEntry, Host, Level};
use crate::handler::state::InstanceState;
use crate::logging::Answered;

impl Host for InstanceState {
    fn log(&mut self, level: Level, line: String) -> wasmtime::Result<()> {
        let client = self.connection.client().ip();
        self.log.line(client, level.into(), &line);
        Ok(())
    }

    fn log_access(&mut self, entry: AccessEntry) -> wasmtime::Result<()> {
        self.log.entry(&Answered {
            client: self.connection.client().ip(),
            request_line: &entry.request_line,
            status: entry.status,
            size: entry.size,
            age: self.connection.request_age(),
            user: entry.user.as_deref(),
            referer: entry.referer.as_deref(),
            user_agent: entry.user_agent.as_deref(),
        });
        Ok(())
    }
}

impl From<Level> for tracing::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::DEBUG,
            Level::Info => Self::INFO,
            Level::Warn => Self::WARN,
            Level::Error => Self::ERROR,
        }
    }
}
