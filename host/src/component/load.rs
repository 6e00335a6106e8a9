//! Loading a component, and telling by its exports whether it is a handler.

use super::instance::Handler;
use super::linker;
use crate::Error;
use crate::bindings::HandlerPre;
use crate::state::InstanceState;
use std::fmt;
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

/// The first bytes of every WebAssembly binary.
const WASM_MAGIC: &[u8] = b"\0asm";

/// Where a server's handler comes from.
#[derive(Debug, Clone, Default)]
pub enum ComponentSource {
    /// The component in this binary, which serves files.
    #[default]
    Embedded,
    /// A component's file: binary, of the world `wasm-host:http/handler`.
    File(PathBuf),
}

impl ComponentSource {
    /// Where it is, if it is a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Embedded => None,
            Self::File(path) => Some(path),
        }
    }

    /// The name that a handler finds before its arguments, as a program does:
    /// its file's, without the directory, which is none of its business.
    pub(crate) fn program(&self) -> String {
        let name = self.file().and_then(Path::file_name);
        name.map_or("wasm-host".into(), |name| name.to_string_lossy())
            .into_owned()
    }

    fn name(&self) -> String {
        self.to_string()
    }
}

/// As messages name it.
impl fmt::Display for ComponentSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => formatter.write_str("the embedded component"),
            Self::File(path) => write!(formatter, "{}", path.display()),
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
    let component = match source {
        ComponentSource::Embedded => compile(engine, source, EMBEDDED)?,
        ComponentSource::File(path) => compile(engine, source, &read(path)?)?,
    };
    check_exports(engine, source, &component)?;
    let pre = link(engine, &component).map_err(|error| Error::UnknownImport {
        component: source.name(),
        detail: first_line(&error),
    })?;
    Ok(Handler::new(HandlerPre::new(pre).map_err(|error| {
        Error::BadHandler {
            component: source.name(),
            detail: first_line(&error),
        }
    })?))
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
    if !bytes.starts_with(WASM_MAGIC) {
        return Err(not_a_component(
            "it isn't a WebAssembly binary; build one for wasm32-wasip2",
        ));
    }
    if is_core_module(bytes) {
        return Err(not_a_component(
            "it is a core module; build it for wasm32-wasip2, or wrap it with `wasm-tools component new`",
        ));
    }
    Component::new(engine, bytes).map_err(|error| {
        let detail = first_line(&error);
        if detail.contains(POOL_LIMIT) {
            let component = source.name();
            return Error::TooLarge { component, detail };
        }
        not_a_component(&format!("{detail}; build it anew for wasm32-wasip2"))
    })
}

/// By the layer field of a binary's header: 0 is a core module, 1 a component.
pub(crate) fn is_core_module(bytes: &[u8]) -> bool {
    bytes.starts_with(WASM_MAGIC) && bytes.get(6..8) == Some(&[0, 0])
}

fn check_exports(
    engine: &Engine,
    source: &ComponentSource,
    component: &Component,
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
