//! Loading a component: reading it, compiling it, and linking it to what its
//! world may import.

use super::instance::Handler;
use super::recognise::{Format, damage};
use super::renewable::renewable;
use super::unknown_import::explained;
use super::world::World;
use super::{file, linker, new_engine, precompiled};
use crate::Error;
use crate::bindings::HandlerPre;
use crate::proxy::{self, ProxyState};
use crate::server::Limits;
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime_wasi_http::handler::ProxyPre;

/// The component in this binary: `http.server`'s static handler. `build.rs` has
/// made it one whose instances can be used again.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm"));

/// How wasmtime words that a memory is larger than a slot of the pool.
const POOL_LIMIT: &str = "does not fit in pooling allocator";

/// Where a server's handler comes from.
#[derive(Debug, Clone, Default)]
pub enum ComponentSource {
    /// The component in this binary, which serves files.
    #[default]
    Embedded,
    /// A component's file: binary, of the world `wasm-host:http/handler`,
    /// `wasi:http/proxy` or `wasi:http/service`.
    File(PathBuf),
    /// The same, or what `wasm-host compile` made of one: machine code, which
    /// no sandbox holds if it was tampered with. Its instances are used once.
    Trusted(PathBuf),
}

impl ComponentSource {
    /// Where it is, if it is a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Embedded => None,
            Self::File(path) | Self::Trusted(path) => Some(path),
        }
    }

    /// The name that a handler finds before its arguments, as a program does:
    /// its file's, without the directory, which is none of its business.
    pub(crate) fn program(&self) -> String {
        let name = self.file().and_then(Path::file_name);
        name.map_or("wasm-host".into(), |name| name.to_string_lossy())
            .into_owned()
    }
}

/// As messages name it.
impl fmt::Display for ComponentSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file() {
            None => formatter.write_str("the embedded component"),
            Some(path) => write!(formatter, "{}", path.display()),
        }
    }
}

/// A component that was read, and not yet compiled.
pub(crate) struct Binary {
    name: String,
    bytes: Cow<'static, [u8]>,
    form: Form,
    /// The same component, with instances that can be used again.
    renewable: Option<Cow<'static, [u8]>>,
}

/// What the bytes are.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A component of a world.
    Component(World),
    /// Machine code, whose world only shows once it is loaded.
    Precompiled,
}

/// A component that is ready to be instantiated.
pub(crate) enum Loaded {
    /// It handles connections.
    Handler(Arc<Handler>),
    /// It handles requests.
    Proxy(Arc<ProxyPre<ProxyState>>),
}

impl Binary {
    /// Reads a component, and recognises what it is.
    ///
    /// # Errors
    ///
    /// The file can't be read, isn't a component, exports no handler, or is
    /// machine code that may not be trusted.
    pub(crate) fn read(source: &ComponentSource) -> Result<Self, Error> {
        let name = source.to_string();
        let bytes = match source.file() {
            None => Cow::Borrowed(EMBEDDED),
            Some(path) => Cow::Owned(file::read(path)?),
        };
        let form = match Format::of(&bytes) {
            Format::Component => Form::Component(World::recognise(&name, &bytes)?),
            Format::Precompiled if matches!(source, ComponentSource::Trusted(_)) => {
                Form::Precompiled
            }
            Format::Precompiled => return Err(Error::UntrustedCode { component: name }),
            Format::Other(reason) => {
                return Err(Error::NotAComponent {
                    component: name,
                    reason: reason.to_owned(),
                });
            }
        };
        Ok(Self {
            name,
            bytes,
            form,
            renewable: None,
        })
    }

    /// Has instances of the component be used again, if that is possible.
    pub(crate) fn renewable(mut self) -> Self {
        self.renewable = match (&self.form, &self.bytes) {
            (Form::Component(World::Handler), Cow::Borrowed(embedded)) => {
                Some(Cow::Borrowed(embedded))
            }
            (Form::Component(World::Handler), Cow::Owned(bytes)) => {
                renewable(bytes).map(Cow::Owned)
            }
            _ => None,
        };
        self
    }

    /// The engine for this component; see [`new_engine`]. `besides`: how many
    /// instances there may be beside those that handle requests.
    ///
    /// # Errors
    ///
    /// It can't be made, or the machine code is of none of our engines.
    pub(crate) fn engine(&self, limits: &Limits, besides: u32) -> Result<Engine, Error> {
        let world = match self.form {
            Form::Component(world) => world,
            Form::Precompiled => {
                let engine = new_engine(limits, besides, World::Handler)?;
                if self.compile(&engine).is_ok() {
                    return Ok(engine);
                }
                World::Http(proxy::World::Proxy)
            }
        };
        new_engine(limits, besides, world)
    }

    /// Whether it is a component of `wasi:http`. None: that isn't known yet.
    pub(super) fn is_http(&self) -> Option<bool> {
        match self.form {
            Form::Component(world) => Some(world != World::Handler),
            Form::Precompiled => None,
        }
    }

    /// Why it can't take the place of a component that is served.
    pub(super) fn other_world(&self) -> Error {
        Error::OtherWorld {
            component: self.name.clone(),
        }
    }

    /// Compiles the component, and makes it ready to be instantiated.
    ///
    /// # Errors
    ///
    /// It is damaged, too large, or imports what it isn't given.
    pub(crate) fn load(&self, engine: &Engine) -> Result<Loaded, Error> {
        let (component, renewable) = match self.compile_renewable(engine) {
            Some(component) => (component, true),
            None => (self.compile(engine)?, false),
        };
        let world = match self.form {
            Form::Component(world) => world,
            Form::Precompiled => World::of(&self.name, &exports(engine, &component))?,
        };
        match world {
            World::Handler => self.handler(engine, &component, renewable),
            World::Http(world) => proxy::load(engine, &component, world)
                .map(|pre| Loaded::Proxy(Arc::new(pre)))
                .map_err(|error| self.unknown_import(&error, World::Http(world))),
        }
    }

    /// None: the component's instances can't be used again, or it is damaged in
    /// any case.
    fn compile_renewable(&self, engine: &Engine) -> Option<Component> {
        let bytes = self.renewable.as_deref()?;
        let compiled = Component::new(engine, bytes);
        compiled
            .inspect_err(|error| tracing::debug!("instances are used once: {error:#}"))
            .ok()
    }

    fn handler(
        &self,
        engine: &Engine,
        component: &Component,
        renewable: bool,
    ) -> Result<Loaded, Error> {
        let pre = linker::new(engine)
            .and_then(|linker| linker.instantiate_pre(component))
            .map_err(|error| self.unknown_import(&error, World::Handler))?;
        let pre = HandlerPre::new(pre).map_err(|error| Error::BadHandler {
            component: self.name.clone(),
            detail: first_line(&error),
        })?;
        Ok(Loaded::Handler(Arc::new(Handler::new(pre, renewable))))
    }

    /// Compiles the component; machine code is only loaded.
    ///
    /// # Errors
    ///
    /// It is damaged or too large, or compiled for another engine.
    pub(super) fn compile(&self, engine: &Engine) -> Result<Component, Error> {
        let component = self.name.clone();
        if let Form::Precompiled = self.form {
            return precompiled::load(engine, &self.bytes).map_err(|error| {
                let detail = first_line(&error);
                Error::IncompatibleCode { component, detail }
            });
        }
        Component::new(engine, &self.bytes).map_err(|error| {
            let detail = first_line(&error);
            if detail.contains(POOL_LIMIT) {
                return Error::TooLarge { component, detail };
            }
            let reason = damage(&detail);
            Error::NotAComponent { component, reason }
        })
    }

    fn unknown_import(&self, error: &wasmtime::Error, world: World) -> Error {
        let detail = first_line(error);
        Error::UnknownImport {
            component: self.name.clone(),
            detail: match world {
                World::Handler => explained(detail),
                World::Http(_) => detail,
            },
            world: world.to_string(),
        }
    }
}

fn exports(engine: &Engine, component: &Component) -> Vec<String> {
    let exports = component.component_type();
    let names = exports.exports(engine);
    names.map(|(name, _)| name.to_owned()).collect()
}

/// An error's whole chain in one line.
fn first_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_changed_is_loaded_as_it_is() {
        let engine = Engine::default();
        let mut binary = Binary::read(&ComponentSource::Embedded)
            .unwrap()
            .renewable();
        assert!(binary.compile_renewable(&engine).is_some());
        binary.renewable = Some(Cow::Borrowed(b"\0asm\x0d\0\x01\0\xff"));
        assert!(binary.compile_renewable(&engine).is_none());
        assert!(binary.load(&engine).is_ok());
    }
}
