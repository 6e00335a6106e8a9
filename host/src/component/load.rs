//! Loading a component, and telling by its exports what it is.

use super::instance::Handler;
use super::linker;
use super::world::World;
use crate::Error;
use crate::bindings::HandlerPre;
use crate::proxy::{self, ProxyState};
use crate::state::InstanceState;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre};
use wasmtime_wasi_http::handler::ProxyPre;

/// The component in this binary: `http.server`'s static handler.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm"));

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
    /// A component's file: binary, of the world `wasm-host:http/handler`,
    /// `wasi:http/proxy` or `wasi:http/service`.
    File(PathBuf),
}

impl ComponentSource {
    /// The name that a handler finds before its arguments, as a program does:
    /// its file's, without the directory, which is none of its business.
    pub(crate) fn program(&self) -> String {
        let name = match self {
            Self::Embedded => None,
            Self::File(path) => path.file_name(),
        };
        name.map_or("wasm-host".into(), |name| name.to_string_lossy())
            .into_owned()
    }

    fn name(&self) -> String {
        match self {
            Self::Embedded => "the embedded component".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// A component's binary, whose world is known.
pub(crate) struct Binary {
    name: String,
    bytes: Cow<'static, [u8]>,
    pub(crate) world: World,
}

/// A component that is ready to be instantiated.
#[derive(Clone)]
pub(crate) enum Loaded {
    /// It handles connections.
    Handler(Handler),
    /// It handles requests.
    Proxy(std::sync::Arc<ProxyPre<ProxyState>>),
}

impl Binary {
    /// Reads a component, and recognises its world.
    ///
    /// # Errors
    ///
    /// The file can't be read, isn't a component, or exports no handler.
    pub(crate) fn read(source: &ComponentSource) -> Result<Self, Error> {
        let name = source.name();
        let bytes = match source {
            ComponentSource::Embedded => Cow::Borrowed(EMBEDDED),
            ComponentSource::File(path) => Cow::Owned(read(path)?),
        };
        check_form(&name, &bytes)?;
        let world = World::recognise(&name, &bytes)?;
        Ok(Self { name, bytes, world })
    }

    /// Compiles the component, and makes it ready to be instantiated.
    ///
    /// # Errors
    ///
    /// It is damaged, too large, or imports what it isn't given.
    pub(crate) fn load(&self, engine: &Engine) -> Result<Loaded, Error> {
        let component = self.compile(engine)?;
        match self.world {
            World::Handler => {
                let pre = link(engine, &component).map_err(|error| self.unknown_import(&error))?;
                let pre = HandlerPre::new(pre).map_err(|error| self.bad_handler(&error))?;
                Ok(Loaded::Handler(Handler::new(pre)))
            }
            World::Http(world) => {
                let linked = proxy::load(engine, &component, world);
                let pre = linked.map_err(|error| self.unknown_import(&error))?;
                Ok(Loaded::Proxy(pre.into()))
            }
        }
    }

    fn compile(&self, engine: &Engine) -> Result<Component, Error> {
        Component::new(engine, &self.bytes).map_err(|error| {
            let component = self.name.clone();
            let detail = first_line(&error);
            if detail.contains(POOL_LIMIT) {
                return Error::TooLarge { component, detail };
            }
            let reason = format!("{detail}; build it anew for wasm32-wasip2");
            Error::NotAComponent { component, reason }
        })
    }

    fn unknown_import(&self, error: &wasmtime::Error) -> Error {
        Error::UnknownImport {
            component: self.name.clone(),
            detail: first_line(error),
            world: self.world.to_string(),
        }
    }

    fn bad_handler(&self, error: &wasmtime::Error) -> Error {
        Error::BadHandler {
            component: self.name.clone(),
            detail: first_line(error),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::ReadComponent {
        path: path.to_owned(),
        source,
    })
}

/// Whether this can be a component at all.
fn check_form(name: &str, bytes: &[u8]) -> Result<(), Error> {
    let reason = if !bytes.starts_with(WASM_MAGIC) {
        "it isn't a WebAssembly binary; build one for wasm32-wasip2"
    } else if is_core_module(bytes) {
        "it is a core module; build it for wasm32-wasip2, or wrap it with `wasm-tools component new`"
    } else {
        return Ok(());
    };
    Err(Error::NotAComponent {
        component: name.to_owned(),
        reason: reason.to_owned(),
    })
}

/// By the layer field of a binary's header: 0 is a core module, 1 a component.
pub(crate) fn is_core_module(bytes: &[u8]) -> bool {
    bytes.starts_with(WASM_MAGIC) && bytes.get(6..8) == Some(&[0, 0])
}

fn link(engine: &Engine, component: &Component) -> wasmtime::Result<InstancePre<InstanceState>> {
    linker::new(engine)?.instantiate_pre(component)
}

/// An error's whole chain in one line.
fn first_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    text.lines().next().unwrap_or_default().to_owned()
}
