//! The `connection` interface: what a handler can do with its connection.

use super::transfer::Transfer;
use super::{Connection, INSTANCE_LINGER};
use crate::bindings::wasm_host::http::connection::{
    ErrorCode, Host, MessagePart, Request, SocketAddress,
};
use crate::state::InstanceState;
use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, OpenMode};

/// The most that a handler may give to one `send-file` as a head: far more
/// than any response's head, and little enough for the host to keep.
const MAX_HEAD: usize = 1024 * 1024;

impl Host for InstanceState {
    fn client_address(&mut self) -> wasmtime::Result<SocketAddress> {
        Ok(self.connection.client.into())
    }

    fn server_address(&mut self) -> wasmtime::Result<SocketAddress> {
        Ok(self.connection.server()?.into())
    }

    fn encrypted(&mut self) -> wasmtime::Result<bool> {
        Ok(false)
    }

    async fn next_request(
        &mut self,
        consumed: u64,
    ) -> wasmtime::Result<Result<Option<Request>, ErrorCode>> {
        self.note_progress();
        if consumed > 0 {
            self.connection.consume(consumed);
        }
        Ok(self.connection.next_request().await)
    }

    async fn fill(&mut self, part: MessagePart) -> wasmtime::Result<Result<Vec<u8>, ErrorCode>> {
        let filled = self.connection.fill(part).await;
        if filled.as_ref().is_ok_and(|bytes| !bytes.is_empty()) {
            self.note_progress();
        }
        Ok(filled)
    }

    fn consume(&mut self, length: u64) -> wasmtime::Result<()> {
        self.connection.consume(length);
        Ok(())
    }

    async fn write(&mut self, bytes: Vec<u8>) -> wasmtime::Result<Result<(), ErrorCode>> {
        let written = self.connection.write_all(&bytes).await;
        if written.is_ok() {
            self.note_progress();
        }
        Ok(written.map_err(|error| error_code(&error)))
    }

    async fn send_file(
        &mut self,
        head: Vec<u8>,
        file: Resource<Descriptor>,
        offset: u64,
        length: u64,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let Some(file) = readable(self.table.get(&file)?) else {
            return Ok(Err(ErrorCode::BadDescriptor));
        };
        self.send_range(head, file, offset, length).await
    }

    async fn send_owned_file(
        &mut self,
        head: Vec<u8>,
        file: Resource<Descriptor>,
        offset: u64,
        length: u64,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let Some(file) = readable(&self.table.delete(file)?) else {
            return Ok(Err(ErrorCode::BadDescriptor));
        };
        self.send_range(head, file, offset, length).await
    }
}

/// What a descriptor stands for, if that is a file open for reading.
fn readable(descriptor: &Descriptor) -> Option<Arc<File>> {
    match descriptor {
        Descriptor::File(file) if file.open_mode.contains(OpenMode::READ) => {
            Some(Arc::clone(&file.file))
        }
        Descriptor::File(_) | Descriptor::Dir(_) => None,
    }
}

impl InstanceState {
    async fn send_range(
        &mut self,
        head: Vec<u8>,
        file: Arc<File>,
        offset: u64,
        length: u64,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        if head.len() > MAX_HEAD {
            return Err(wasmtime::format_err!(
                "send-file: a head of {} bytes, where {MAX_HEAD} are allowed",
                head.len()
            ));
        }
        let sent = self.connection.send_file(head, file, offset, length).await;
        if sent.is_ok() {
            self.note_progress();
        }
        Ok(sent)
    }
}

impl Connection {
    fn consume(&mut self, length: u64) {
        self.consumed = true;
        self.buffer.consume(length);
    }

    async fn next_request(&mut self) -> Result<Option<Request>, ErrorCode> {
        self.check_whole().map_err(|error| error_code(&error))?;
        if self.begun {
            if self.terms.instance_per_request || self.transfer.is_some() {
                return Ok(None);
            }
            if self.buffer.is_empty() && !self.wait_busy().await? {
                return Ok(None);
            }
            if self.terms.recall.renewals() != self.renewals {
                return Ok(None);
            }
        }
        self.begun = true;
        self.answered = false;
        self.consumed = false;
        self.over = false;
        self.buffer.hide();
        if !std::mem::take(&mut self.resumed) {
            self.head_deadline = Instant::now() + self.terms.timeouts.header;
        }
        Ok(Some(Request {
            bytes: self.buffer.show(),
            time: unix_time(),
        }))
    }

    /// Waits a moment for another request, as a busy connection has one.
    /// Returns whether bytes have arrived.
    async fn wait_busy(&mut self) -> Result<bool, ErrorCode> {
        let mut read = self.buffer.read_from(&self.stream);
        if is_blocked(&read) {
            let mut recalled = pin!(self.terms.recall.waiting_instance());
            let Some(_stay) = self.terms.recall.linger() else {
                return Ok(false);
            };
            let mut patience = self.patience.begin(INSTANCE_LINGER);
            let _waiting = self.activity.wait_for_client();
            while is_blocked(&read) {
                tokio::select! {
                    biased;
                    _ = poll_fn(|context| self.stream.poll_read_ready(context)) => {}
                    () = recalled.as_mut() => return Ok(false),
                    () = patience.as_mut() => return Ok(false),
                }
                read = self.buffer.read_from(&self.stream);
            }
        }
        match read {
            Ok(0) => {
                self.over = true;
                Err(ErrorCode::Closed)
            }
            Ok(_) => {
                self.activity.progress();
                Ok(true)
            }
            Err(error) => Err(error_code(&error)),
        }
    }

    async fn fill(&mut self, part: MessagePart) -> Result<Vec<u8>, ErrorCode> {
        self.check_whole().map_err(|error| error_code(&error))?;
        self.drain().await.map_err(|error| error_code(&error))?;
        if !self.buffer.has_unshown() {
            if self.buffer.is_full() {
                return Err(ErrorCode::BufferFull);
            }
            match part {
                MessagePart::Head => self.receive_head().await?,
                MessagePart::Content => self.receive_content().await?,
            }
        }
        Ok(self.buffer.show())
    }

    /// Waits for more of a head: a moment, if another instance can read it as
    /// well as this one.
    async fn receive_head(&mut self) -> Result<(), ErrorCode> {
        let untouched = !self.consumed && !self.answered;
        let patience = Instant::now() + INSTANCE_LINGER;
        let deadline = if untouched {
            patience.min(self.head_deadline)
        } else {
            self.head_deadline
        };
        match self.receive_before(deadline).await {
            Ok(_) => Ok(()),
            Err(error)
                if error.kind() == io::ErrorKind::TimedOut && deadline < self.head_deadline =>
            {
                self.partial = true;
                Err(ErrorCode::Incomplete)
            }
            Err(error) => {
                self.over = true;
                Err(error_code(&error))
            }
        }
    }

    /// Waits for more of a request's content: once for as long as a client may
    /// take, and then no more.
    async fn receive_content(&mut self) -> Result<(), ErrorCode> {
        let patience = if self.over {
            Duration::ZERO
        } else {
            self.terms.timeouts.progress
        };
        let received = self.receive_before(Instant::now() + patience).await;
        self.over |= received.is_err();
        received.map(drop).map_err(|error| error_code(&error))
    }

    async fn send_file(
        &mut self,
        head: Vec<u8>,
        file: Arc<File>,
        offset: u64,
        length: u64,
    ) -> Result<(), ErrorCode> {
        self.check_whole().map_err(|error| error_code(&error))?;
        self.drain().await.map_err(|error| error_code(&error))?;
        let mut transfer =
            Transfer::of_file(head, file, offset, length).map_err(|_| ErrorCode::FileUnreadable)?;
        self.answered = true;
        match transfer.advance(&self.stream) {
            Ok(true) => {}
            Ok(false) => self.transfer = Some(transfer),
            Err(error) => {
                self.fail(&error);
                return Err(ErrorCode::Closed);
            }
        }
        Ok(())
    }
}

/// Now, in seconds since 1970; before that, zero.
fn unix_time() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |since| since.as_secs())
}

fn is_blocked(read: &io::Result<usize>) -> bool {
    matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn error_code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::TimedOut => ErrorCode::TimedOut,
        _ => ErrorCode::Closed,
    }
}

impl From<SocketAddr> for SocketAddress {
    fn from(address: SocketAddr) -> Self {
        Self {
            ip: address.ip().to_string(),
            port: address.port(),
        }
    }
}
