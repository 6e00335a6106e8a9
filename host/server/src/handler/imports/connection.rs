//! The `connection` interface, as a component imports it.
//!
//! `bindgen!` could register these functions too, but each would then copy the
//! bytes that it is given out of the guest's memory before it looks at them, and
//! make a future though there is mostly nothing to wait for. What types they
//! have is checked when a component is linked.

use crate::connection::{self, ConnectionError, Transfer, flush_outbox};
use crate::handler::bindings::wasm_host::http::connection::{
    ErrorCode, FileRange, MessagePart, Request, SocketAddress,
};
use crate::handler::state::InstanceState;
use std::fs::File;
use std::future::{poll_fn, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTableError, WasmList};
use wasmtime_wasi::filesystem::{Descriptor, OpenMode};

/// The most that a handler may leave to the host as a head or a response's end:
/// far more than any head, and little enough for the host to keep.
const MAX_HEAD: usize = 1024 * 1024;

type Store<'a> = StoreContextMut<'a, InstanceState>;

/// What a call that may have to wait returns.
type Reply<'a, T> = Box<dyn Future<Output = wasmtime::Result<(Result<T, ErrorCode>,)>> + Send + 'a>;

/// Adds the interface's functions.
pub(super) fn add_to_linker(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    let mut connection = linker.instance("wasm-host:http/connection@0.1.0")?;
    connection.func_wrap("client-address", |store: Store<'_>, ()| {
        Ok((SocketAddress::from(store.data().connection.client()),))
    })?;
    connection.func_wrap("server-address", |store: Store<'_>, ()| {
        Ok((SocketAddress::from(store.data().connection.server()?),))
    })?;
    connection.func_wrap("encrypted", |store: Store<'_>, ()| {
        Ok((store.data().connection.is_encrypted(),))
    })?;
    connection.func_wrap_async("next-request", next_request)?;
    connection.func_wrap_async("end-request", end_request)?;
    connection.func_wrap_async("fill", fill)?;
    connection.func_wrap_async("await-content", await_content)?;
    connection.func_wrap_async("receive", receive)?;
    connection.func_wrap("consume", consume)?;
    connection.func_wrap_async("delay", delay)?;
    connection.func_wrap_async("write", write)?;
    connection.func_wrap_async("send-file", send_file)
}

/// Waits. That is neither progress nor a wait for the client: a handler that does
/// nothing else runs out of time.
fn delay(
    store: Store<'_>,
    (milliseconds,): (u32,),
) -> Box<dyn Future<Output = wasmtime::Result<()>> + Send + '_> {
    let time = Duration::from_millis(milliseconds.into());
    Box::new(async move {
        store.data().connection.delay(time).await;
        Ok(())
    })
}

type Ending = (u64, WasmList<u8>, Option<FileRange>);

fn next_request(mut store: Store<'_>, ending: Ending) -> Reply<'_, Option<Request>> {
    store.data_mut().note_progress();
    match end(&mut store, ending) {
        Ok(Sending::Over(Ok(()))) => {
            Box::new(async move { Ok((wait_for_request(&mut store).await,)) })
        }
        Ok(Sending::Over(Err(error))) => Box::new(ready(Ok((Err(error),)))),
        Ok(Sending::Waits(transfer)) => Box::new(async move {
            let sent = store.data_mut().connection.send_next(transfer).await;
            Ok((match sent {
                Ok(()) => wait_for_request(&mut store).await,
                Err(error) => Err(error.into()),
            },))
        }),
        Err(error) => Box::new(ready(Err(error))),
    }
}

async fn wait_for_request(store: &mut Store<'_>) -> Result<Option<Request>, ErrorCode> {
    let state = store.data_mut();
    let bytes = state.connection.next_request().await?;
    if let Some(bytes) = &bytes {
        state.log.begin_request(bytes.len());
    }
    Ok(bytes.map(|bytes| Request {
        bytes,
        time: unix_time(),
    }))
}

/// Now, in seconds since 1970; before that, zero.
fn unix_time() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |since| since.as_secs())
}

fn end_request(mut store: Store<'_>, ending: Ending) -> Reply<'_, ()> {
    let sent = end(&mut store, ending);
    reply(store, sent)
}

/// Ends the request at hand.
fn end(store: &mut Store<'_>, (consumed, rest, file): Ending) -> wasmtime::Result<Sending> {
    if consumed > 0 {
        store.data_mut().consume_rest(consumed);
    }
    let file = match file {
        None => None,
        Some(range) => match take_range(store, range)? {
            Some(range) => Some(range),
            None => return Ok(Sending::Over(Err(ErrorCode::BadDescriptor))),
        },
    };
    end_response(store, &rest, file)
}

fn fill(mut store: Store<'_>, (part,): (MessagePart,)) -> Reply<'_, Vec<u8>> {
    Box::new(async move {
        let state = store.data_mut();
        let filled = match part {
            MessagePart::Head => state.connection.fill_head().await,
            MessagePart::Content => state.connection.fill_content().await,
        };
        if filled.as_ref().is_ok_and(|bytes| !bytes.is_empty()) {
            state.note_progress();
        }
        Ok((filled.map_err(ErrorCode::from),))
    })
}

fn await_content(mut store: Store<'_>, (length,): (u64,)) -> Reply<'_, ()> {
    Box::new(async move {
        let gathered = store.data_mut().connection.gather(length).await;
        Ok((gathered.map_err(ErrorCode::from),))
    })
}

fn receive(mut store: Store<'_>, (milliseconds,): (u32,)) -> Reply<'_, Option<Vec<u8>>> {
    Box::new(async move {
        let state = store.data_mut();
        let wait = Duration::from_millis(milliseconds.into());
        let received = state.connection.receive_upgraded(wait).await;
        if matches!(&received, Ok(Some(bytes)) if !bytes.is_empty()) {
            state.note_progress();
        }
        Ok((received.map_err(ErrorCode::from),))
    })
}

fn consume(mut store: Store<'_>, (length,): (u64,)) -> wasmtime::Result<()> {
    store.data_mut().consume(length);
    Ok(())
}

fn write(mut store: Store<'_>, (bytes,): (WasmList<u8>,)) -> Reply<'_, ()> {
    let bytes = bytes.as_le_slice(&store);
    let written = store.data().connection.write_at_once(bytes);
    if written > 0 && written == bytes.len() {
        let state = store.data_mut();
        state.connection.note_written();
        state.note_progress();
        return done();
    }
    let rest = Transfer::of_bytes(&bytes[written..]);
    Box::new(async move {
        let state = store.data_mut();
        let sent = state.connection.write(rest).await;
        if sent.is_ok() {
            state.note_progress();
        }
        Ok((sent.map_err(ErrorCode::from),))
    })
}

fn send_file(
    mut store: Store<'_>,
    (head, file, offset, length): (WasmList<u8>, Resource<Descriptor>, u64, u64),
) -> Reply<'_, ()> {
    let file = match store.data().table.get(&file).map(readable) {
        Ok(Some(file)) => file,
        Ok(None) => return Box::new(ready(Ok((Err(ErrorCode::BadDescriptor),)))),
        Err(error) => return Box::new(ready(Err(error.into()))),
    };
    let range = connection::FileRange {
        file,
        offset,
        length,
    };
    let sent = send_range(&mut store, &head, range);
    reply(store, sent)
}

/// What a handler leaves to the host of a file. None: there is nothing to read.
fn take_range(
    store: &mut Store<'_>,
    range: FileRange,
) -> Result<Option<connection::FileRange>, ResourceTableError> {
    let state = store.data_mut();
    state.handles.take_back(range.file.rep());
    let descriptor = state.table.delete(range.file)?;
    Ok(readable(&descriptor).map(|file| connection::FileRange {
        file,
        offset: range.offset,
        length: range.length,
    }))
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

/// How far a response has come that a handler has given to the host.
enum Sending {
    /// As much was sent as the client takes now, or nothing can be.
    Over(Result<(), ErrorCode>),
    /// The client has to take some of it first.
    Waits(Transfer),
}

/// Sends a response's end, if there is one, or leaves it to the outbox.
fn end_response(
    store: &mut Store<'_>,
    rest: &WasmList<u8>,
    file: Option<connection::FileRange>,
) -> wasmtime::Result<Sending> {
    let bytes = rest.as_le_slice(&*store);
    if bytes.is_empty() && file.is_none() {
        return Ok(Sending::Over(Ok(())));
    }
    let connection = &store.data().connection;
    if connection.may_leave(bytes, file.as_ref()) {
        connection.leave(bytes, file);
        let state = store.data_mut();
        state.connection.note_written();
        state.note_progress();
        return Ok(Sending::Over(Ok(())));
    }
    // What is ready waits neither for a slow handler nor for a long response.
    flush_outbox();
    match file {
        Some(range) => send_range(store, rest, range),
        None => send_rest(store, rest),
    }
}

fn send_range(
    store: &mut Store<'_>,
    head: &WasmList<u8>,
    range: connection::FileRange,
) -> wasmtime::Result<Sending> {
    let head = head.as_le_slice(&*store);
    check_length("send-file: a head", head)?;
    let transfer = Transfer::of_file(head, range);
    Ok(send(store.data_mut(), transfer))
}

/// Sends the end of a response, from where it lies if the client takes it at
/// once.
fn send_rest(store: &mut Store<'_>, rest: &WasmList<u8>) -> wasmtime::Result<Sending> {
    let rest = rest.as_le_slice(&*store);
    check_length("a response's rest", rest)?;
    let written = store.data().connection.write_at_once(rest);
    if written == rest.len() {
        let state = store.data_mut();
        state.connection.note_written();
        state.note_progress();
        return Ok(Sending::Over(Ok(())));
    }
    let transfer = Transfer::of_bytes(&rest[written..]);
    Ok(send(store.data_mut(), Ok(transfer)))
}

/// Refuses what is more than the host keeps for a client who is slow to take it.
fn check_length(what: &str, bytes: &[u8]) -> wasmtime::Result<()> {
    if bytes.len() > MAX_HEAD {
        return Err(wasmtime::format_err!(
            "{what} of {} bytes, where {MAX_HEAD} are allowed",
            bytes.len()
        ));
    }
    Ok(())
}

fn send(state: &mut InstanceState, transfer: io::Result<Transfer>) -> Sending {
    match state.connection.send(transfer) {
        Ok(None) => {
            state.note_progress();
            Sending::Over(Ok(()))
        }
        Ok(Some(unsent)) => Sending::Waits(unsent),
        Err(error) => Sending::Over(Err(error.into())),
    }
}

/// Mostly there is nothing to wait for: then there is no future to make.
fn reply(mut store: Store<'_>, sent: wasmtime::Result<Sending>) -> Reply<'_, ()> {
    match sent {
        Ok(Sending::Over(Ok(()))) => done(),
        Ok(Sending::Over(Err(error))) => Box::new(ready(Ok((Err(error),)))),
        Ok(Sending::Waits(transfer)) => Box::new(async move {
            let state = store.data_mut();
            let sent = state.connection.send_next(transfer).await;
            if sent.is_ok() {
                state.note_progress();
            }
            Ok((sent.map_err(ErrorCode::from),))
        }),
        Err(error) => Box::new(ready(Err(error))),
    }
}

/// The reply of what is done. It has no value of its own, and a box of nothing
/// isn't allocated.
fn done<'a>() -> Reply<'a, ()> {
    Box::new(poll_fn(|_| Poll::Ready(Ok((Ok(()),)))))
}

impl From<ConnectionError> for ErrorCode {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Closed => Self::Closed,
            ConnectionError::TimedOut => Self::TimedOut,
            ConnectionError::Incomplete => Self::Incomplete,
            ConnectionError::BufferFull => Self::BufferFull,
            ConnectionError::FileUnreadable => Self::FileUnreadable,
        }
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
