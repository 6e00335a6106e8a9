//! A connection whose two directions are bytes in memory.

use super::script::{self, FakeScript, ScriptRun};
use crate::file::File;
use crate::process::{Child, EntryKind, Input, ProcessError, Spool, SpoolError};
use crate::transport::{
    AccessEntry, Level, Part, Request, Rest, SocketAddress, Transport, TransportError,
};
use crate::upload::{Finished, MemoryUpload, Upload, UploadError};
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An address of one end.
pub(super) fn address(ip: &str, port: u16) -> SocketAddress {
    let ip = ip.to_owned();
    SocketAddress { ip, port }
}

#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) sent: Vec<u8>,
    pub(super) writes: usize,
    /// How much of it left with the end of its request.
    pub(super) with_end: usize,
    pub(super) log: Vec<String>,
    pub(super) runs: Vec<ScriptRun>,
}

/// A connection whose client has sent all it will send.
pub(crate) struct MemoryTransport {
    pub(super) received: Rc<RefCell<Vec<u8>>>,
    pub(super) time: Option<i64>,
    pub(super) shown: bool,
    pub(super) client: SocketAddress,
    pub(super) server: SocketAddress,
    pub(super) encrypted: bool,
    pub(super) scripts: Vec<(Vec<u8>, FakeScript)>,
    pub(super) rules: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) record: Rc<RefCell<Record>>,
    /// Files that were left, if any may be.
    pub(super) uploads: Option<Finished>,
}

impl MemoryTransport {
    pub(crate) fn new(received: &[u8]) -> Self {
        Self {
            received: Rc::new(RefCell::new(received.to_vec())),
            time: None,
            shown: false,
            client: address("127.0.0.1", 54_321),
            server: address("127.0.0.1", 8000),
            encrypted: false,
            scripts: Vec::new(),
            rules: BTreeMap::new(),
            record: Rc::default(),
            uploads: None,
        }
    }

    fn script(&self, path: &[u8]) -> Result<&FakeScript, ProcessError> {
        let mut scripts = self.scripts.iter();
        let found = scripts.find(|(at, _)| at == path);
        found
            .map(|(_, script)| script)
            .ok_or(ProcessError::NotFound)
    }
}

impl Transport for MemoryTransport {
    fn next_request(
        &mut self,
        consumed: u64,
        rest: Rest<'_>,
    ) -> Result<Option<Request>, TransportError> {
        self.end_request(consumed, rest)?;
        self.shown = true;
        let bytes = Some(self.received.borrow().clone()).filter(|left| !left.is_empty());
        let time = self.time;
        Ok(bytes.map(|bytes| Request { bytes, time }))
    }

    fn end_request(&mut self, consumed: u64, rest: Rest<'_>) -> Result<(), TransportError> {
        let before = self.record.borrow().sent.len();
        rest.send(self)?;
        let mut record = self.record.borrow_mut();
        record.with_end += record.sent.len() - before;
        drop(record);
        self.consume(consumed);
        Ok(())
    }

    fn fill(&mut self, _: Part) -> Result<Vec<u8>, TransportError> {
        let unseen = !std::mem::replace(&mut self.shown, true);
        Ok(if unseen {
            self.received.borrow().clone()
        } else {
            Vec::new()
        })
    }

    /// All that the client will send is there.
    fn receive(&mut self, _: u32) -> Result<Option<Vec<u8>>, TransportError> {
        Ok(Some(self.received.take()))
    }

    fn consume(&mut self, length: u64) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut received = self.received.borrow_mut();
        let length = length.min(received.len());
        received.drain(..length);
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut record = self.record.borrow_mut();
        record.sent.extend_from_slice(bytes);
        record.writes += 1;
        Ok(())
    }

    fn send_file(
        &mut self,
        head: &[u8],
        file: &File,
        offset: u64,
        length: u64,
    ) -> Result<(), TransportError> {
        let content = read_range(file, offset, length).ok_or(TransportError::File)?;
        let sent = &mut self.record.borrow_mut().sent;
        sent.extend_from_slice(head);
        sent.extend_from_slice(&content);
        Ok(())
    }

    fn look_up(&self, path: &[u8]) -> Result<EntryKind, ProcessError> {
        self.script(path)?.kind
    }

    fn rule_part(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.rules.get(key).cloned()
    }

    fn spool(&mut self) -> Result<Spool, SpoolError> {
        Ok(Spool::in_memory())
    }

    fn spawn(
        &mut self,
        path: &[u8],
        environment: &[(Vec<u8>, Vec<u8>)],
        input: Input,
    ) -> Result<Child, ProcessError> {
        let script = self.script(path)?.clone();
        let (child, input) = script::start(&script, input, &mut self.received.borrow_mut())?;
        self.record.borrow_mut().runs.push(ScriptRun {
            path: path.to_vec(),
            environment: environment.to_vec(),
            input,
        });
        Ok(child)
    }

    fn take_place(&mut self) -> Option<Box<dyn Any>> {
        Some(Box::new(()))
    }

    fn begin_upload(
        &mut self,
        path: &[u8],
        _: Option<u64>,
        replaces: bool,
    ) -> Result<Upload, UploadError> {
        let finished = self.uploads.clone().ok_or(UploadError::Off)?;
        Ok(Upload::new(MemoryUpload {
            path: path.to_vec(),
            replaces,
            bytes: Vec::new(),
            received: Rc::clone(&self.received),
            left: 0,
            finished,
        }))
    }

    fn client_address(&self) -> SocketAddress {
        self.client.clone()
    }

    fn server_address(&self) -> SocketAddress {
        self.server.clone()
    }

    fn encrypted(&self) -> bool {
        self.encrypted
    }

    fn log(&self, _: Level, line: &str) {
        self.record.borrow_mut().log.push(line.to_owned());
    }

    fn log_access(&self, entry: AccessEntry<'_>) {
        self.log(Level::Info, &format!("{entry:?}"));
    }
}

#[cfg(not(target_family = "wasm"))]
fn read_range(file: &File, offset: u64, length: u64) -> Option<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    let mut content = vec![0; usize::try_from(length).ok()?];
    file.0.read_exact_at(&mut content, offset).ok()?;
    Some(content)
}

#[cfg(target_family = "wasm")]
fn read_range(_: &File, _: u64, _: u64) -> Option<Vec<u8>> {
    None
}
