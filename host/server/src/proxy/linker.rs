//! Making a standard component ready to be instantiated, and what it can
//! import. Sockets are there, as the standard libraries of some languages
//! import them, but none can be opened.

use super::state::ProxyState;
use crate::component::{Compiled, ServedWorld, first_line};
use crate::error::Error;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::filesystem::WasiFilesystem;
use wasmtime_wasi::{p2, p3};
use wasmtime_wasi_http::handler::ProxyPre;

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
    add_granted_files(linker_mut, world)?;
    Ok(linker)
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
    linker.allow_shadowing(false);
    Ok(())
}
