//! A component's bytes: read, recognised, and compiled.

use super::compiled::CompiledComponent;
use super::compiler::{CompileFailure, Compiler, Instances, Made, Product, Purpose};
use super::compiling::{compile, compile_renewed, first_line, here, refused, refused_code};
use super::recognise::Format;
use super::renewable::renewable;
use super::served_world::ServedWorld;
use super::source::ComponentSource;
use super::vetted::{Unreadable, Vetted};
use super::{cache, embedded, engine, file, precompiled};
use crate::error::Error;
use crate::limits::Limits;
use crate::logging::escape_controls;
use std::borrow::Cow;
use wasm_host_process::Workshop;
use wasmtime::Engine;
use wasmtime::component::Component;

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
pub(super) enum Form {
    /// A component of a world.
    Component(Vetted, ServedWorld),
    /// One of a stranger's, and what another process has made of it.
    Elsewhere {
        bytes: Vec<u8>,
        product: Product,
        world: ServedWorld,
        again: bool,
    },
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
    /// Reads a component, and recognises what it is; one of a stranger's by the
    /// compiler's workers, if it has any. For [`Purpose::Renewed`] its instances are used
    /// again, if that is possible; if it isn't, the log says why.
    ///
    /// # Errors
    ///
    /// The file can't be read, isn't a component, exports no handler, or is
    /// machine code that may not be trusted.
    pub(crate) fn read(
        source: &ComponentSource,
        purpose: Purpose,
        compiler: &Compiler,
    ) -> Result<Self, Error> {
        let name = source.to_string();
        let form = match source {
            ComponentSource::Embedded => component(&name, embedded::COMPONENT)?,
            ComponentSource::Compiled(compiled) => compiled_form(&name, compiled)?,
            ComponentSource::File(path) | ComponentSource::Trusted(path) => {
                let bytes = file::read(path)?;
                match Format::of(&bytes) {
                    Format::Component => match compiler.workshop() {
                        Some(workshop) => elsewhere(&name, bytes, purpose, compiler, workshop)?,
                        None => component(&name, bytes)?,
                    },
                    Format::Precompiled if matches!(source, ComponentSource::Trusted(_)) => {
                        Form::Precompiled(bytes)
                    }
                    Format::Precompiled => return Err(Error::UntrustedCode { component: name }),
                    Format::Other(reason) => return Err(refused(&name, reason)),
                }
            }
        };
        let renewable = match purpose {
            Purpose::Renewed => renewed(&name, &form),
            Purpose::Once | Purpose::Script => None,
        };
        Ok(Self {
            name,
            form,
            renewable,
        })
    }

    /// Reads a component that has no file, and has a worker compile it.
    ///
    /// # Errors
    ///
    /// It isn't a component that can be served, or it can't be compiled within the limits.
    pub(crate) fn compiled_elsewhere(
        name: &str,
        bytes: Vec<u8>,
        compiler: &Compiler,
        workshop: &Workshop,
    ) -> Result<(Self, CompiledComponent), Error> {
        match Format::of(&bytes) {
            Format::Component => {}
            Format::Precompiled => {
                let component = name.to_owned();
                return Err(Error::UntrustedCode { component });
            }
            Format::Other(reason) => return Err(refused(name, reason)),
        }
        let form = elsewhere(name, bytes, Purpose::Renewed, compiler, workshop)?;
        let Form::Elsewhere { product, .. } = &form else {
            return Err(refused(name, "it wasn't compiled"));
        };
        let compiled = CompiledComponent::new(name, product);
        let binary = Self {
            name: name.to_owned(),
            form,
            renewable: None,
        };
        Ok((binary, compiled))
    }

    /// The engine for this component; see [`engine::new`]. `besides`: how many
    /// instances there may be beside those that handle requests.
    ///
    /// # Errors
    ///
    /// It can't be made, or the machine code is of none of our engines.
    pub(crate) fn engine(
        &self,
        limits: &Limits,
        besides: u32,
        compiler: &Compiler,
    ) -> Result<Engine, Error> {
        let world = match &self.form {
            Form::Component(_, world) | Form::Elsewhere { world, .. } => *world,
            Form::Precompiled(code) => {
                let (engine, memories) = engine::new(limits, besides, ServedWorld::Handler, None)?;
                if self.load(code, &engine).is_ok() {
                    compiler.note_engine(memories);
                    return Ok(engine);
                }
                ServedWorld::Proxy
            }
        };
        // Nothing else is compiled in this process.
        let cache = match &self.form {
            Form::Component(..) => cache::open(),
            Form::Elsewhere { .. } | Form::Precompiled(_) => None,
        };
        let (engine, memories) = engine::new(limits, besides, world, cache)?;
        compiler.note_engine(memories);
        Ok(engine)
    }

    /// Whether it is a component of `wasi:http`. None: that isn't known yet.
    pub(crate) fn is_http(&self) -> Option<bool> {
        match &self.form {
            Form::Component(_, world) | Form::Elsewhere { world, .. } => Some(world.is_http()),
            Form::Precompiled(_) => None,
        }
    }

    /// Why it can't take the place of a component that is served.
    pub(crate) fn other_world(&self) -> Error {
        Error::OtherWorld {
            component: self.name.clone(),
        }
    }

    /// Compiles the component, as one whose instances can be used again if it is one.
    ///
    /// # Errors
    ///
    /// It is damaged or too large, or compiled for another engine.
    pub(crate) fn compile(&self, engine: &Engine, compiler: &Compiler) -> Result<Compiled, Error> {
        let (component, renewable) = match &self.form {
            Form::Component(component, _) => self.compile_here(component, engine)?,
            Form::Elsewhere {
                bytes,
                product,
                again,
                ..
            } => {
                let loaded = compiler.load(engine, product, bytes);
                (loaded.map_err(|failure| self.not_loaded(failure))?, *again)
            }
            Form::Precompiled(code) => (self.load(code, engine)?, false),
        };
        let world = match &self.form {
            Form::Component(_, world) | Form::Elsewhere { world, .. } => *world,
            Form::Precompiled(_) => ServedWorld::of(&self.name, &exports(engine, &component))?,
        };
        Ok(Compiled {
            name: self.name.clone(),
            component,
            world,
            renewable,
        })
    }

    /// Compiles the component in this process, unless its machine code is embedded. Returns
    /// whether its instances can be used again, too.
    fn compile_here(&self, read: &Vetted, engine: &Engine) -> Result<(Component, bool), Error> {
        if read.embedded().is_some()
            && let Some(component) = embedded::load(engine)
        {
            return Ok((component, self.renewable.is_some()));
        }
        if let Some(component) = compile_renewed(self.renewable.as_ref(), engine, here) {
            return Ok((component, true));
        }
        Ok((compile(&self.name, read, engine, here)?, false))
    }

    fn not_loaded(&self, failure: CompileFailure) -> Error {
        match failure {
            CompileFailure::Unusable(error) => refused_code(&self.name, &error),
            failure => not_compiled(&self.name, &failure),
        }
    }

    fn load(&self, code: &[u8], engine: &Engine) -> Result<Component, Error> {
        precompiled::load(engine, code).map_err(|error| Error::IncompatibleCode {
            component: self.name.clone(),
            detail: first_line(&error),
        })
    }
}

/// Reads a component in this process.
pub(super) fn component(name: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Result<Form, Error> {
    let vetted = Vetted::new(bytes).map_err(|error| refused(name, &error.to_string()))?;
    let world = ServedWorld::recognise(name, &vetted)?;
    Ok(Form::Component(vetted, world))
}

/// Has a component read and compiled by a worker.
fn elsewhere(
    name: &str,
    bytes: Vec<u8>,
    purpose: Purpose,
    compiler: &Compiler,
    workshop: &Workshop,
) -> Result<Form, Error> {
    let product = compiler.obtain(workshop, purpose, &bytes);
    let product = product.map_err(|failure| not_compiled(name, &failure))?;
    form_of(name, bytes, product)
}

/// What was compiled elsewhere, and brought here without the component itself.
fn compiled_form(name: &str, compiled: &CompiledComponent) -> Result<Form, Error> {
    let product = compiled.product();
    let product = product.ok_or_else(|| refused(name, "what was compiled isn't whole"))?;
    form_of(name, Vec::new(), product)
}

fn form_of(name: &str, bytes: Vec<u8>, product: Product) -> Result<Form, Error> {
    match &product.made {
        Made::Component { world, instances } => {
            if let Instances::NeverAgain(obstacle) = instances {
                log_obstacle(name, obstacle);
            }
            Ok(Form::Elsewhere {
                bytes,
                world: *world,
                again: *instances == Instances::UsedAgain,
                product,
            })
        }
        Made::NotAComponent(reason) => Err(refused(name, reason)),
        Made::WrongWorld(found) => Err(Error::WrongWorld {
            component: name.to_owned(),
            found: found.clone(),
        }),
        Made::Script => Err(refused(name, "it was compiled as a script")),
    }
}

/// The same component with instances that can be used again. None: there is none, and
/// the log says why, or another process has made it already.
fn renewed(name: &str, form: &Form) -> Option<Vetted> {
    let Form::Component(component, ServedWorld::Handler) = form else {
        return None;
    };
    let renewed = match component.embedded() {
        Some(embedded) => Vetted::new(embedded).map_err(|error| error.to_string()),
        None => made_renewable(component),
    };
    let renewed = renewed.inspect_err(|obstacle| log_obstacle(name, obstacle));
    renewed.ok()
}

fn log_obstacle(name: &str, obstacle: &str) {
    tracing::debug!(
        "instances of {} are used again: no, {}",
        escape_controls(name),
        escape_controls(obstacle)
    );
}

pub(super) fn made_renewable(component: &Vetted) -> Result<Vetted, String> {
    let renewed = component.examine(renewable);
    let renewed = renewed.map_err(|error| error.to_string())?;
    let renewed = renewed.map_err(|obstacle| obstacle.to_string())?;
    Vetted::new(renewed).map_err(|error| error.to_string())
}

fn not_compiled(name: &str, failure: &CompileFailure) -> Error {
    Error::NotCompiled {
        component: name.to_owned(),
        reason: failure.to_string(),
    }
}

fn exports(engine: &Engine, component: &Component) -> Vec<String> {
    let exports = component.component_type();
    let names = exports.exports(engine);
    names.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_changed_is_loaded_as_it_is() {
        let engine = Engine::default();
        let alone = Compiler::new(None, &Limits::default());
        let read = Binary::read(&ComponentSource::Embedded, Purpose::Renewed, &alone);
        let mut binary = read.unwrap();
        assert!(compile_renewed(binary.renewable.as_ref(), &engine, here).is_some());
        // A section's beginning, with nothing that is wrong about levels: an import
        // of a component type that isn't there.
        let refers_to_nothing = b"\0asm\x0d\0\x01\0\x0a\x06\x01\0\x01i\x05\x07";
        binary.renewable = Some(Vetted::new(&refers_to_nothing[..]).unwrap());
        assert!(compile_renewed(binary.renewable.as_ref(), &engine, here).is_none());
        assert!(!binary.compile(&engine, &alone).unwrap().renewable);
    }
}
