//! The functions by which a standard component has the host keep more for it: what it
//! is to be counts before it is there ([`kept`](super::kept)).

use super::kept::{CONTENT, MAX_FIELDS};
use super::state::ProxyState;
use crate::component::ServedWorld;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::types as types_2;
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;
use wasmtime_wasi_http::p3::bindings::http::types as types_3;
use wasmtime_wasi_http::{FieldMap, WasiHttpView};

type Store<'a> = StoreContextMut<'a, ProxyState>;
type List = Vec<(String, Vec<u8>)>;

/// Replaces the functions that make fields, and those that begin a request's content,
/// by such as count them before.
pub(super) fn add_to_linker(
    linker: &mut Linker<ProxyState>,
    world: ServedWorld,
) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    types.func_wrap("[constructor]fields", new_2)?;
    types.func_wrap("[static]fields.from-list", from_list_2)?;
    types.func_wrap("[method]fields.clone", clone_2)?;
    types.func_wrap("[method]outgoing-request.body", request_body)?;
    if world == ServedWorld::Service {
        let mut types = linker.instance("wasi:http/types@0.3.0")?;
        types.func_wrap("[constructor]fields", new_3)?;
        types.func_wrap("[static]fields.from-list", from_list_3)?;
        types.func_wrap("[method]fields.clone", clone_3)?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

fn new_2(mut store: Store<'_>, (): ()) -> wasmtime::Result<(Resource<FieldMap>,)> {
    let state = store.data_mut();
    state.make_room(MAX_FIELDS)?;
    Ok((types_2::HostFields::new(&mut state.http())?,))
}

fn from_list_2(
    mut store: Store<'_>,
    (entries,): (List,),
) -> wasmtime::Result<(Result<Resource<FieldMap>, types_2::HeaderError>,)> {
    let state = store.data_mut();
    state.make_room(MAX_FIELDS)?;
    let mut http = state.http();
    Ok((match types_2::HostFields::from_list(&mut http, entries) {
        Ok(fields) => Ok(fields),
        Err(error) => Err(types_2::Host::convert_header_error(&mut http, error)?),
    },))
}

fn clone_2(
    mut store: Store<'_>,
    (fields,): (Resource<FieldMap>,),
) -> wasmtime::Result<(Resource<FieldMap>,)> {
    let state = store.data_mut();
    state.make_room(MAX_FIELDS)?;
    Ok((types_2::HostFields::clone(&mut state.http(), fields)?,))
}

fn request_body(
    mut store: Store<'_>,
    (request,): (Resource<HostOutgoingRequest>,),
) -> wasmtime::Result<(Result<Resource<HostOutgoingBody>, ()>,)> {
    let state = store.data_mut();
    state.make_room(CONTENT)?;
    Ok((types_2::HostOutgoingRequest::body(
        &mut state.http(),
        request,
    )?,))
}

fn new_3(mut store: Store<'_>, (): ()) -> wasmtime::Result<(Resource<FieldMap>,)> {
    let state = store.data_mut();
    state.make_room(MAX_FIELDS)?;
    Ok((types_3::HostFields::new(&mut state.http())?,))
}

fn from_list_3(
    mut store: Store<'_>,
    (entries,): (List,),
) -> wasmtime::Result<(Result<Resource<FieldMap>, types_3::HeaderError>,)> {
    let state = store.data_mut();
    state.make_room(MAX_FIELDS)?;
    let mut http = state.http();
    Ok((match types_3::HostFields::from_list(&mut http, entries) {
        Ok(fields) => Ok(fields),
        Err(error) => Err(types_3::Host::convert_header_error(&mut http, error)?),
    },))
}

fn clone_3(
    mut store: Store<'_>,
    (fields,): (Resource<FieldMap>,),
) -> wasmtime::Result<(Resource<FieldMap>,)> {
    let state = store.data_mut();
    state.make_room(MAX_FIELDS)?;
    Ok((types_3::HostFields::clone(&mut state.http(), fields)?,))
}
