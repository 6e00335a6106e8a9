//! The `connection` interface, as a component imports it.
//!
//! `bindgen!` could register these functions too, but each would then copy the
//! bytes that it is given out of the guest's memory before it looks at them, and
//! make a future though there is mostly nothing to wait for. What types they
//! have is checked when a component is linked.

use super::transfer::Transfer;
use crate::bindings::wasm_host::http::connection::{
    ErrorCode, MessagePart, Request, SocketAddress,
};
use crate::state::InstanceState;
use std::fs::File;
use std::future::{poll_fn, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTableError, WasmList};
use wasmtime_wasi::filesystem::{Descriptor, OpenMode};

/// The most that a handler may give to one `send-file` as a head: far more
/// than any response's head, and little enough for the host to keep.
const MAX_HEAD: usize = 1024 * 1024;

type Store<'a> = StoreContextMut<'a, InstanceState>;

/// What a call that may have to wait returns.
type Reply<'a, T> = Box<dyn Future<Output = wasmtime::Result<(Result<T, ErrorCode>,)>> + Send + 'a>;

/// Adds the interface's functions.
pub(crate) fn add_to_linker(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    let mut connection = linker.instance("wasm-host:http/connection@0.1.0")?;
    connection.func_wrap("client-address", |store: Store<'_>, ()| {
        Ok((SocketAddress::from(store.data().connection.client),))
    })?;
    connection.func_wrap("server-address", |store: Store<'_>, ()| {
        Ok((SocketAddress::from(store.data().connection.server()?),))
    })?;
    connection.func_wrap("encrypted", |_: Store<'_>, ()| Ok((false,)))?;
    connection.func_wrap_async("next-request", next_request)?;
    connection.func_wrap_async("fill", fill)?;
    connection.func_wrap("consume", consume)?;
    connection.func_wrap_async("write", write)?;
    connection.func_wrap_async("send-file", send_file)?;
    connection.func_wrap_async("send-owned-file", send_owned_file)
}

fn next_request(mut store: Store<'_>, (consumed,): (u64,)) -> Reply<'_, Option<Request>> {
    let state = store.data_mut();
    state.note_progress();
    if consumed > 0 {
        state.connection.consume(consumed);
    }
    Box::new(async move { Ok((store.data_mut().connection.next_request().await,)) })
}

fn fill(mut store: Store<'_>, (part,): (MessagePart,)) -> Reply<'_, Vec<u8>> {
    Box::new(async move {
        let state = store.data_mut();
        let filled = state.connection.fill(part).await;
        if filled.as_ref().is_ok_and(|bytes| !bytes.is_empty()) {
            state.note_progress();
        }
        Ok((filled,))
    })
}

fn consume(mut store: Store<'_>, (length,): (u64,)) -> wasmtime::Result<()> {
    store.data_mut().connection.consume(length);
    Ok(())
}

fn write(mut store: Store<'_>, (bytes,): (WasmList<u8>,)) -> Reply<'_, ()> {
    let bytes = bytes.as_le_slice(&store);
    let written = store.data().connection.write_at_once(bytes);
    let rest = bytes[written..].to_vec();
    if written > 0 && rest.is_empty() {
        let state = store.data_mut();
        state.connection.answered = true;
        state.note_progress();
        return done();
    }
    Box::new(async move {
        let state = store.data_mut();
        let written = state.connection.write(&rest).await;
        if written.is_ok() {
            state.note_progress();
        }
        Ok((written,))
    })
}

type Sent = (WasmList<u8>, Resource<Descriptor>, u64, u64);

fn send_file(store: Store<'_>, (head, file, offset, length): Sent) -> Reply<'_, ()> {
    let file = store.data().table.get(&file).map(readable);
    send_range(store, &head, file, offset, length)
}

fn send_owned_file(mut store: Store<'_>, (head, file, offset, length): Sent) -> Reply<'_, ()> {
    let file = store.data_mut().table.delete(file);
    let file = file.map(|descriptor| readable(&descriptor));
    send_range(store, &head, file, offset, length)
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

/// Sends at once what the client takes at once, which is mostly all: then there
/// is no future to make.
fn send_range<'a>(
    mut store: Store<'a>,
    head: &WasmList<u8>,
    file: Result<Option<Arc<File>>, ResourceTableError>,
    offset: u64,
    length: u64,
) -> Reply<'a, ()> {
    let file = match file {
        Ok(Some(file)) => file,
        Ok(None) => return Box::new(ready(Ok((Err(ErrorCode::BadDescriptor),)))),
        Err(error) => return Box::new(ready(Err(error.into()))),
    };
    let head = head.as_le_slice(&store);
    if head.len() > MAX_HEAD {
        return Box::new(ready(Err(wasmtime::format_err!(
            "send-file: a head of {} bytes, where {MAX_HEAD} are allowed",
            head.len()
        ))));
    }
    let transfer = Transfer::of_file(head, file, offset, length);
    let state = store.data_mut();
    if state.connection.is_sending() {
        return Box::new(async move {
            let state = store.data_mut();
            let sent = state.connection.send_next(transfer).await;
            if sent.is_ok() {
                state.note_progress();
            }
            Ok((sent,))
        });
    }
    match state.connection.send(transfer) {
        Ok(()) => {
            state.note_progress();
            done()
        }
        Err(error) => Box::new(ready(Ok((Err(error),)))),
    }
}

/// The reply of what is done. It has no value of its own, and a box of nothing
/// isn't allocated.
fn done<'a>() -> Reply<'a, ()> {
    Box::new(poll_fn(|_| Poll::Ready(Ok((Ok(()),)))))
}

impl From<SocketAddr> for SocketAddress {
    fn from(address: SocketAddr) -> Self {
        Self {
            ip: address.ip().to_string(),
            port: address.port(),
        }
    }
}
