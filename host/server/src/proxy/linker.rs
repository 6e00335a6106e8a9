//! Making a standard component ready to be instantiated, and what it can
//! import. Sockets are there, as the standard libraries of some languages
//! import them, but none can be opened.

use super::counted;
use super::kept;
use super::state::ProxyState;
use crate::component::{Compiled, ServedWorld, first_line};
use crate::error::Error;
use crate::grants::{add_opening_2, add_opening_3};
use crate::keyvalue;
use wasmtime::component::{Linker, Resource};
use wasmtime::{Engine, StoreContextMut};
use wasmtime_wasi::filesystem::WasiFilesystem;
use wasmtime_wasi::{p2, p3};
use wasmtime_wasi_http::handler::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types as http_types;
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostIncomingRequest, HostOutgoingResponse};
use wasmtime_wasi_http::{FieldMap, WasiHttpView};

/// Links a component of one of the worlds.
///
/// # Errors
///
/// It imports what it isn't given, or its export isn't what it should be.
pub(crate) fn link(engine: &Engine, compiled: &Compiled) -> Result<ProxyPre<ProxyState>, Error> {
    instantiable(engine, compiled).map_err(|error| Error::UnknownImport {
        component: compiled.name.clone(),
        detail: first_line(&error),
        world: compiled.world.to_string(),
    })
}

fn instantiable(engine: &Engine, compiled: &Compiled) -> wasmtime::Result<ProxyPre<ProxyState>> {
    use wasmtime_wasi_http::{p2, p3};
    let linker = linker(engine, compiled.world)?;
    let pre = linker.instantiate_pre(&compiled.component)?;
    Ok(if compiled.world == ServedWorld::Service {
        ProxyPre::P3(p3::bindings::ServicePre::new(pre)?)
    } else {
        ProxyPre::P2(p2::bindings::ProxyPre::new(pre)?)
    })
}

fn linker(engine: &Engine, world: ServedWorld) -> wasmtime::Result<Linker<ProxyState>> {
    let mut linker = Linker::new(engine);
    let linker_mut = &mut linker;
    // Components of 0.3 that were made by adapting 0.2 import both.
    p2::add_to_linker_async(linker_mut)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker_mut)?;
    if world == ServedWorld::Service {
        p3::add_to_linker(linker_mut)?;
        wasmtime_wasi_http::p3::add_to_linker(linker_mut)?;
    }
    watch_exchange(linker_mut)?;
    counted::add_to_linker(linker_mut, world)?;
    add_granted_files(linker_mut, world)?;
    keyvalue::add_to_linker(linker_mut, ProxyState::key_values)?;
    Ok(linker)
}

type Store<'a> = StoreContextMut<'a, ProxyState>;

/// Tells a handler of 0.2 the scheme of its request, which wasmtime takes to be `http`;
/// and notes where it begins and ends the content of its answer, as wasmtime takes
/// content that the handler has forgotten for content that has ended.
fn watch_exchange(linker: &mut Linker<ProxyState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    types.func_wrap("[method]incoming-request.scheme", scheme)?;
    types.func_wrap("[method]outgoing-response.body", open_content)?;
    types.func_wrap("[static]outgoing-body.finish", finish_content)?;
    linker.allow_shadowing(false);
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "functions of a linker own the store"
)]
fn scheme(
    store: Store<'_>,
    (request,): (Resource<HostIncomingRequest>,),
) -> wasmtime::Result<(Option<http_types::Scheme>,)> {
    let scheme = store.data().scheme();
    // Fails where there is no such request.
    store.data().check_request(&request)?;
    Ok((Some(match scheme.as_str() {
        "http" => http_types::Scheme::Http,
        "https" => http_types::Scheme::Https,
        other => http_types::Scheme::Other(other.to_owned()),
    }),))
}

fn open_content(
    mut store: Store<'_>,
    (response,): (Resource<HostOutgoingResponse>,),
) -> wasmtime::Result<(Result<Resource<HostOutgoingBody>, ()>,)> {
    use http_types::HostOutgoingResponse as _;
    let state = store.data_mut();
    state.make_room(kept::CONTENT)?;
    let opened = state.http().body(response)?;
    if let Ok(body) = &opened {
        state.open_content(body.rep());
    }
    Ok((opened,))
}

fn finish_content(
    mut store: Store<'_>,
    (body, trailers): (Resource<HostOutgoingBody>, Option<Resource<FieldMap>>),
) -> wasmtime::Result<(Result<(), http_types::ErrorCode>,)> {
    use http_types::{Host as _, HostOutgoingBody as _};
    let state = store.data_mut();
    // What comes short of its announced length is noticed by wasmtime.
    state.finish_content(body.rep());
    let finished = state.http().finish(body, trailers);
    Ok((match finished {
        Ok(()) => Ok(()),
        Err(error) => Err(state.http().convert_error_code(error)?),
    },))
}

/// Replaces the file system of a context, which would be opened anew for each
/// instance, by the one that all share.
fn add_granted_files(linker: &mut Linker<ProxyState>, world: ServedWorld) -> wasmtime::Result<()> {
    type State = ProxyState;
    linker.allow_shadowing(true);
    {
        use p2::bindings::filesystem::{preopens, types};
        types::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
        preopens::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    }
    if world == ServedWorld::Service {
        use p3::bindings::filesystem::{preopens, types};
        types::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
        preopens::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)?;
    }
    add_opening_2(&mut linker.instance("wasi:filesystem/types@0.2.12")?)?;
    if world == ServedWorld::Service {
        add_opening_3(&mut linker.instance("wasi:filesystem/types@0.3.0")?)?;
    }
    linker.allow_shadowing(false);
    Ok(())
}
