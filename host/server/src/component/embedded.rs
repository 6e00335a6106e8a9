//! The component in this library: `http.server`'s static handler, and machine code of it
//! if this library was built with some.
//!
//! A release is built twice. The first build writes the component and its machine code
//! into a folder (`wasm-host write-embedded DIR`), and `build.rs` embeds both in the second one,
//! which finds the folder in `WASM_HOST_EMBEDDED`. Its first start compiles nothing, then.

use super::compiler::Memories;
use super::engine::portable;
use super::precompiled;
use super::served_world::ServedWorld;
use crate::error::{Error, engine_error};
use std::fs;
use std::path::Path;
use wasmtime::Engine;
use wasmtime::component::Component;

/// `build.rs` has made it a component whose instances can be used again.
pub(super) const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm"));

/// Empty: there is none, and the component is compiled at a start.
const CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/default.cwasm"));

/// The component of the machine code that is embedded. None: there is none, or it isn't
/// for this machine or this engine, and the log says why.
pub(super) fn load(engine: &Engine) -> Option<Component> {
    if CODE.is_empty() {
        return None;
    }
    let loaded = precompiled::load(engine, CODE);
    let loaded = loaded.inspect_err(|error| {
        tracing::debug!("the embedded component is compiled anew: {error:#}");
    });
    loaded.ok()
}

/// Writes the component that serves files as `default.wasm` into a folder, and beside it
/// `default.cwasm`, its machine code: for the next build of this library, which embeds both
/// if `WASM_HOST_EMBEDDED` names the folder.
///
/// The machine code is for all usual machines of this architecture. One that it isn't for
/// finds that out, and compiles the component.
///
/// # Errors
///
/// There is no compiler for this machine, or the folder can't be written to.
pub fn write_embedded(folder: &Path) -> Result<(), Error> {
    let engine = portable(ServedWorld::Handler, Memories::Pooled);
    let engine = engine.map_err(|error| engine_error(&error))?;
    let code = engine.precompile_component(COMPONENT);
    let code = code.map_err(|error| engine_error(&error))?;
    for (name, contents) in [("default.wasm", COMPONENT), ("default.cwasm", &code)] {
        let path = folder.join(name);
        fs::write(&path, contents).map_err(|source| Error::WriteCompiled { path, source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::engine;
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn what_is_written_for_the_next_build_is_for_the_engine_that_serves() {
        let folder = tempfile::tempdir().unwrap();
        write_embedded(folder.path()).unwrap();
        let component = fs::read(folder.path().join("default.wasm")).unwrap();
        assert_eq!(component, COMPONENT);
        let code = fs::read(folder.path().join("default.cwasm")).unwrap();
        let serving = engine::new(&Limits::default(), 0, ServedWorld::Handler, None);
        let (serving, memories) = serving.unwrap();
        assert_eq!(memories, Memories::Pooled);
        precompiled::load(&serving, &code).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_its_path() {
        let error = write_embedded(Path::new("/nowhere")).unwrap_err();
        assert!(
            error.to_string().contains("/nowhere/default.wasm"),
            "{error}"
        );
    }
}
