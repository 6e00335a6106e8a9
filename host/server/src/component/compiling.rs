//! Machine code of a component that was read, and what is said of one that has none.

use super::compiler::is_too_large;
use super::recognise::damage;
use super::vetted::Vetted;
use crate::error::Error;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Compiles in this process.
pub(super) fn here(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
    Component::new(engine, bytes)
}

/// How a component is compiled: to what.
type How<T> = fn(&Engine, &[u8]) -> wasmtime::Result<T>;

/// None: the component's instances can't be used again, or it is damaged in any case.
pub(super) fn compile_renewed<T: Send>(
    renewed: Option<&Vetted>,
    engine: &Engine,
    how: How<T>,
) -> Option<T> {
    let compiled = renewed?.examine(|bytes| how(engine, bytes));
    let compiled = compiled.map_err(wasmtime::Error::from).flatten();
    compiled
        .inspect_err(|error| tracing::debug!("instances are used once: {error:#}"))
        .ok()
}

pub(super) fn compile<T: Send>(
    name: &str,
    component: &Vetted,
    engine: &Engine,
    how: How<T>,
) -> Result<T, Error> {
    let compiled = component.examine(|bytes| how(engine, bytes));
    let compiled = compiled.map_err(|error| refused(name, &error.to_string()))?;
    compiled.map_err(|error| refused_code(name, &error))
}

pub(super) fn refused_code(name: &str, error: &wasmtime::Error) -> Error {
    let detail = first_line(error);
    if is_too_large(error) {
        let component = name.to_owned();
        return Error::TooLarge { component, detail };
    }
    refused(name, &damage(&detail))
}

pub(super) fn refused(name: &str, reason: &str) -> Error {
    Error::NotAComponent {
        component: name.to_owned(),
        reason: reason.to_owned(),
    }
}

/// An error's whole chain in one line.
pub(crate) fn first_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    text.lines().next().unwrap_or_default().to_owned()
}
