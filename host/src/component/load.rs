//! Loading a component, and telling by its exports whether it is a handler.

use super::instance::Handler;
use super::recognise::{Format, WIT_PACKAGE, damage, is_wit_package};
use super::unknown_import::explained;
use super::{linker, precompiled};
use crate::Error;
use crate::bindings::HandlerPre;
use crate::state::InstanceState;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre};

/// The component in this binary: `http.server`'s static handler.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm"));

/// The interface by which a handler is known, in any version with which this
/// one is compatible.
const HANDLER_INTERFACE: &str = "wasm-host:http/connection-handler@0.1";

/// How wasmtime words that a memory is larger than a slot of the pool.
const POOL_LIMIT: &str = "does not fit in pooling allocator";

/// Where a server's handler comes from.
#[derive(Debug, Clone, Default)]
pub enum ComponentSource {
    /// The component in this binary, which serves files.
    #[default]
    Embedded,
    /// A component's file: binary, of the world `wasm-host:http/handler`.
    File(PathBuf),
    /// The same, or what `wasm-host compile` made of one: machine code, which
    /// no sandbox holds if it was tampered with.
    Trusted(PathBuf),
}

impl ComponentSource {
    fn name(&self) -> String {
        match self {
            Self::Embedded => "the embedded component".to_owned(),
            Self::File(path) | Self::Trusted(path) => path.display().to_string(),
        }
    }
}

/// Loads a component, and makes it ready to be instantiated.
///
/// # Errors
///
/// The file can't be read, isn't a component, doesn't export a handler, or
/// imports what a handler isn't given.
pub(crate) fn load(engine: &Engine, source: &ComponentSource) -> Result<Handler, Error> {
    let component = component(engine, source)?;
    handler(engine, source, &component)
}

/// Links a handler's component.
///
/// # Errors
///
/// It imports what a handler isn't given, or exports something else.
pub(super) fn handler(
    engine: &Engine,
    source: &ComponentSource,
    component: &Component,
) -> Result<Handler, Error> {
    let pre = link(engine, component).map_err(|error| Error::UnknownImport {
        component: source.name(),
        detail: explained(first_line(&error)),
    })?;
    Ok(Handler::new(HandlerPre::new(pre).map_err(|error| {
        Error::BadHandler {
            component: source.name(),
            detail: first_line(&error),
        }
    })?))
}

/// A handler's component, compiled and not yet linked.
///
/// # Errors
///
/// The file can't be read, isn't a component, or doesn't export a handler.
pub(super) fn component(engine: &Engine, source: &ComponentSource) -> Result<Component, Error> {
    let bytes = match source {
        ComponentSource::Embedded => Cow::Borrowed(EMBEDDED),
        ComponentSource::File(path) | ComponentSource::Trusted(path) => Cow::Owned(read(path)?),
    };
    let component = compile(engine, source, &bytes)?;
    check_exports(engine, source, &component, &bytes)?;
    Ok(component)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::ReadComponent {
        path: path.to_owned(),
        source,
    })
}

fn compile(engine: &Engine, source: &ComponentSource, bytes: &[u8]) -> Result<Component, Error> {
    let not_a_component = |reason: &str| Error::NotAComponent {
        component: source.name(),
        reason: reason.to_owned(),
    };
    match Format::of(bytes) {
        Format::Component => {}
        Format::Precompiled => return load_precompiled(engine, source, bytes),
        Format::Other(reason) => return Err(not_a_component(reason)),
    }
    Component::new(engine, bytes).map_err(|error| {
        let detail = first_line(&error);
        if detail.contains(POOL_LIMIT) {
            let component = source.name();
            return Error::TooLarge { component, detail };
        }
        not_a_component(&damage(&detail))
    })
}

fn load_precompiled(
    engine: &Engine,
    source: &ComponentSource,
    bytes: &[u8],
) -> Result<Component, Error> {
    let component = source.name();
    if !matches!(source, ComponentSource::Trusted(_)) {
        return Err(Error::UntrustedCode { component });
    }
    precompiled::load(engine, bytes).map_err(|error| Error::IncompatibleCode {
        component,
        detail: first_line(&error),
    })
}

fn check_exports(
    engine: &Engine,
    source: &ComponentSource,
    component: &Component,
    bytes: &[u8],
) -> Result<(), Error> {
    let exports: Vec<String> = component
        .component_type()
        .exports(engine)
        .map(|(name, _)| name.to_owned())
        .collect();
    if exports
        .iter()
        .any(|name| name.starts_with(HANDLER_INTERFACE))
    {
        return Ok(());
    }
    if is_wit_package(bytes) {
        return Err(Error::NotAComponent {
            component: source.name(),
            reason: WIT_PACKAGE.to_owned(),
        });
    }
    let found = if exports.is_empty() {
        "nothing".to_owned()
    } else {
        exports.join(", ")
    };
    Err(Error::WrongWorld {
        component: source.name(),
        found,
    })
}

fn link(engine: &Engine, component: &Component) -> wasmtime::Result<InstancePre<InstanceState>> {
    linker::new(engine)?.instantiate_pre(component)
}

/// An error's whole chain in one line.
fn first_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    text.lines().next().unwrap_or_default().to_owned()
}
