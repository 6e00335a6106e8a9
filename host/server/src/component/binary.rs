//! A component's bytes: read, recognised, and compiled.

use super::recognise::{Format, damage};
use super::renewable::renewable;
use super::served_world::ServedWorld;
use super::source::ComponentSource;
use super::vetted::{Unreadable, Vetted};
use super::{engine, file, precompiled};
use crate::error::Error;
use crate::limits::Limits;
use crate::logging::escape_controls;
use std::borrow::Cow;
use wasmtime::Engine;
use wasmtime::component::Component;

/// The component in this library: `http.server`'s static handler. `build.rs` has
/// made it one whose instances can be used again.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm"));

/// How wasmtime words that a memory is larger than a slot of the pool.
const POOL_LIMIT: &str = "does not fit in pooling allocator";

/// A component that was read, and not yet compiled.
pub(crate) struct Binary {
    name: String,
    form: Form,
    /// The same component, with instances that can be used again.
    renewable: Option<Vetted>,
}

/// What becomes of an instance of `wasm-host:http/handler` when its call has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstanceUse {
    /// Its memory and globals are put back as they were when it was made, and it is
    /// used again.
    Again,
    /// Each instance is used once: why, in words for the handler's author.
    Once(String),
}

impl InstanceUse {
    /// Of a component's binary.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub(crate) fn of(component: &Vetted) -> Result<Self, Unreadable> {
        Ok(match component.examine(renewable)? {
            Ok(_) => Self::Again,
            Err(obstacle) => Self::Once(obstacle.to_string()),
        })
    }
}

/// What the bytes are.
enum Form {
    /// A component of a world.
    Component(Vetted, ServedWorld),
    /// Machine code, whose world only shows once it is loaded.
    Precompiled(Vec<u8>),
}

/// A component that is compiled, and not yet linked to what it imports.
pub(crate) struct Compiled {
    /// As messages name it.
    pub(crate) name: String,
    pub(crate) component: Component,
    pub(crate) world: ServedWorld,
    /// Whether its instances can be used again: a call's end puts back what the
    /// call has changed.
    pub(crate) renewable: bool,
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
        let form = match source.file() {
            None => component(&name, EMBEDDED)?,
            Some(path) => {
                let bytes = file::read(path)?;
                match Format::of(&bytes) {
                    Format::Component => component(&name, bytes)?,
                    Format::Precompiled if matches!(source, ComponentSource::Trusted(_)) => {
                        Form::Precompiled(bytes)
                    }
                    Format::Precompiled => return Err(Error::UntrustedCode { component: name }),
                    Format::Other(reason) => return Err(refused(&name, reason)),
                }
            }
        };
        Ok(Self {
            name,
            form,
            renewable: None,
        })
    }

    /// Has instances of the component be used again, if that is possible. If it
    /// isn't, the log says why.
    pub(crate) fn renewable(mut self) -> Self {
        self.renewable = match &self.form {
            Form::Component(component, ServedWorld::Handler) => {
                let renewed = match component.embedded() {
                    Some(embedded) => Vetted::new(embedded).map_err(|error| error.to_string()),
                    None => made_renewable(component),
                };
                let renewed = renewed.inspect_err(|obstacle| {
                    tracing::debug!(
                        "instances of {} are used again: no, {}",
                        escape_controls(&self.name),
                        escape_controls(obstacle)
                    );
                });
                renewed.ok()
            }
            Form::Component(..) | Form::Precompiled(_) => None,
        };
        self
    }

    /// The engine for this component; see [`engine::new`]. `besides`: how many
    /// instances there may be beside those that handle requests.
    ///
    /// # Errors
    ///
    /// It can't be made, or the machine code is of none of our engines.
    pub(crate) fn engine(&self, limits: &Limits, besides: u32) -> Result<Engine, Error> {
        let world = match &self.form {
            Form::Component(_, world) => *world,
            Form::Precompiled(code) => {
                let engine = engine::new(limits, besides, ServedWorld::Handler)?;
                if self.load(code, &engine).is_ok() {
                    return Ok(engine);
                }
                ServedWorld::Proxy
            }
        };
        engine::new(limits, besides, world)
    }

    /// Whether it is a component of `wasi:http`. None: that isn't known yet.
    pub(crate) fn is_http(&self) -> Option<bool> {
        match &self.form {
            Form::Component(_, world) => Some(world.is_http()),
            Form::Precompiled(_) => None,
        }
    }

    /// Why it can't take the place of a component that is served.
    pub(crate) fn other_world(&self) -> Error {
        Error::OtherWorld {
            component: self.name.clone(),
        }
    }

    /// Compiles the component, as one whose instances can be used again if it is
    /// [`renewable`](Binary::renewable).
    ///
    /// # Errors
    ///
    /// It is damaged or too large, or compiled for another engine.
    pub(crate) fn compile(&self, engine: &Engine) -> Result<Compiled, Error> {
        let (component, renewable) = match self.compile_renewable(engine) {
            Some(component) => (component, true),
            None => (self.compile_as_it_is(engine)?, false),
        };
        let world = match &self.form {
            Form::Component(_, world) => *world,
            Form::Precompiled(_) => ServedWorld::of(&self.name, &exports(engine, &component))?,
        };
        Ok(Compiled {
            name: self.name.clone(),
            component,
            world,
            renewable,
        })
    }

    /// None: the component's instances can't be used again, or it is damaged in
    /// any case.
    fn compile_renewable(&self, engine: &Engine) -> Option<Component> {
        let component = self.renewable.as_ref()?;
        let compiled = component.examine(|bytes| Component::new(engine, bytes));
        let compiled = compiled.map_err(wasmtime::Error::from).flatten();
        compiled
            .inspect_err(|error| tracing::debug!("instances are used once: {error:#}"))
            .ok()
    }

    /// Machine code is only loaded.
    fn compile_as_it_is(&self, engine: &Engine) -> Result<Component, Error> {
        let component = match &self.form {
            Form::Component(component, _) => component,
            Form::Precompiled(code) => return self.load(code, engine),
        };
        let compiled = component.examine(|bytes| Component::new(engine, bytes));
        let compiled = compiled.map_err(|error| refused(&self.name, &error.to_string()))?;
        compiled.map_err(|error| {
            let detail = first_line(&error);
            if detail.contains(POOL_LIMIT) {
                let component = self.name.clone();
                return Error::TooLarge { component, detail };
            }
            refused(&self.name, &damage(&detail))
        })
    }

    fn load(&self, code: &[u8], engine: &Engine) -> Result<Component, Error> {
        precompiled::load(engine, code).map_err(|error| Error::IncompatibleCode {
            component: self.name.clone(),
            detail: first_line(&error),
        })
    }
}

fn component(name: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Result<Form, Error> {
    let vetted = Vetted::new(bytes).map_err(|error| refused(name, &error.to_string()))?;
    let world = ServedWorld::recognise(name, &vetted)?;
    Ok(Form::Component(vetted, world))
}

fn made_renewable(component: &Vetted) -> Result<Vetted, String> {
    let renewed = component.examine(renewable);
    let renewed = renewed.map_err(|error| error.to_string())?;
    let renewed = renewed.map_err(|obstacle| obstacle.to_string())?;
    Vetted::new(renewed).map_err(|error| error.to_string())
}

fn refused(name: &str, reason: &str) -> Error {
    Error::NotAComponent {
        component: name.to_owned(),
        reason: reason.to_owned(),
    }
}

fn exports(engine: &Engine, component: &Component) -> Vec<String> {
    let exports = component.component_type();
    let names = exports.exports(engine);
    names.map(|(name, _)| name.to_owned()).collect()
}

/// An error's whole chain in one line.
pub(crate) fn first_line(error: &wasmtime::Error) -> String {
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
        // A section's beginning, with nothing that is wrong about levels: an import
        // of a component type that isn't there.
        let refers_to_nothing = b"\0asm\x0d\0\x01\0\x0a\x06\x01\0\x01i\x05\x07";
        binary.renewable = Some(Vetted::new(&refers_to_nothing[..]).unwrap());
        assert!(binary.compile_renewable(&engine).is_none());
        assert!(!binary.compile(&engine).unwrap().renewable);
    }
}
