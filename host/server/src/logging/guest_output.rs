//! A guest's standard output and error: lines in the log.

use super::LogBudget;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tracing::Level;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// A line longer than this is logged in pieces.
const MAX_LINE: usize = 8 * 1024;

/// Whose request a guest answers, where that can change: its clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source(Arc<Mutex<Option<IpAddr>>>);

impl Source {
    pub(crate) fn set(&self, client: IpAddr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
    }

    fn client(&self) -> Option<IpAddr> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<IpAddr> for Source {
    fn from(client: IpAddr) -> Self {
        let source = Self::default();
        source.set(client);
        source
    }
}

/// One of a guest's output streams. Its clones share the line begun.
#[derive(Clone)]
pub(crate) struct GuestOutput {
    source: Source,
    level: Level,
    budget: Arc<LogBudget>,
    line: Arc<Mutex<Vec<u8>>>,
}

impl GuestOutput {
    pub(crate) fn new(source: impl Into<Source>, level: Level, budget: &Arc<LogBudget>) -> Self {
        Self {
            source: source.into(),
            level,
            budget: Arc::clone(budget),
            line: Arc::default(),
        }
    }

    fn accept(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for &byte in bytes {
            if byte != b'\n' {
                line.push(byte);
            }
            if byte == b'\n' || line.len() >= MAX_LINE {
                self.log(&mut line);
            }
        }
    }

    fn log(&self, line: &mut Vec<u8>) {
        if !line.is_empty() {
            let text = String::from_utf8_lossy(line);
            self.budget.line(self.source.client(), self.level, &text);
            line.clear();
        }
    }
}

impl Drop for GuestOutput {
    fn drop(&mut self) {
        if Arc::strong_count(&self.line) == 1 {
            let line = Arc::clone(&self.line);
            self.log(&mut line.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl IsTerminal for GuestOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestOutput {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

/// Logging never waits, so a write is done when it is made.
impl AsyncWrite for GuestOutput {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.accept(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
