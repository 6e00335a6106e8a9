//! The `logging` interface: lines and access entries for the log.

use crate::handler::bindings::wasm_host::http::logging::{AccessEntry, Host, Level};
use crate::handler::state::InstanceState;
use crate::logging::Answered;
use crate::sites::SiteEvent;

impl Host for InstanceState {
    fn log(&mut self, level: Level, line: String) -> wasmtime::Result<()> {
        let client = self.connection.client().ip();
        let level = level.into();
        self.log.line(client, level, &line);
        self.note(SiteEvent::Line { level, text: &line });
        Ok(())
    }

    fn log_access(&mut self, entry: AccessEntry) -> wasmtime::Result<()> {
        let client = self.connection.client().ip();
        let age = self.connection.request_age();
        self.note(SiteEvent::Answered {
            client,
            request_line: &entry.request_line,
            status: entry.status,
            size: entry.size,
            age,
        });
        self.log.entry(&Answered {
            client,
            request_line: &entry.request_line,
            status: entry.status,
            size: entry.size,
            age,
            user: entry.user.as_deref(),
            referer: entry.referer.as_deref(),
            user_agent: entry.user_agent.as_deref(),
        });
        Ok(())
    }
}

impl InstanceState {
    /// Has the site at hand know what happened.
    fn note(&self, event: SiteEvent<'_>) {
        if let (Some(sites), Some(site)) = (&self.sites, &self.site) {
            sites.note(site, event);
        }
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
