//! What a component is, and what it wants, by its bytes alone: nothing of it is
//! compiled or run.

mod need;

pub use need::Need;

use crate::component::{
    self, Compiler, Format, InstanceUse, Unreadable, Vetted, WIT_PACKAGE, World, damage,
    is_wit_package,
};
use crate::error::Error;
use crate::limits::Limits;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use wasmparser::{BinaryReaderError, KnownCustom, Parser, Payload, Validator, WasmFeatures};

/// What is known of a component without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The file's size in bytes.
    pub size: u64,
    /// Its world, if it is one that wasm-host knows.
    pub world: Option<World>,
    /// The names of its exports.
    pub exports: Vec<String>,
    /// The names of its imports.
    pub imports: Vec<String>,
    /// What becomes of an instance when its call has ended. None: it isn't a component
    /// of `wasm-host:http/handler`.
    pub instance_use: Option<InstanceUse>,
    /// The names of functions are in it, so that a trap's backtrace can be read.
    pub debug_names: bool,
}

/// Looks into a component's file, within the limits of compiling.
///
/// `compiler`: the command of the process that does it, as for
/// [`HttpServerBuilder::compiler`](crate::HttpServerBuilder::compiler). Empty: this one
/// does, and no limit holds it.
///
/// # Errors
///
/// It can't be read, or isn't a component.
pub fn inspect(path: &Path, limits: &Limits, compiler: &[OsString]) -> Result<Inspection, Error> {
    let bytes = component::read_file(path)?;
    let compiler = Compiler::starting_workers(compiler, limits);
    let Some(workshop) = compiler.workshop() else {
        return inspect_bytes(bytes).map_err(|refusal| refusal.of(path));
    };
    let not_read = |reason: String| Error::NotCompiled {
        component: path.display().to_string(),
        reason,
    };
    let found = compiler.ask(workshop, INSPECTION, &bytes);
    let found = found.map_err(|failure| not_read(failure.to_string()))?;
    let found: Result<Found, Refusal> =
        serde_json::from_slice(&found).map_err(|error| not_read(error.to_string()))?;
    let inspection = found.map_err(|refusal| refusal.of(path))?;
    Ok(inspection.into_inspection(bytes.len() as u64))
}

/// The job of looking into a component, as a worker is told.
pub(crate) const INSPECTION: &str = "inspect";

/// What a worker does: looks into a component, and writes what it found.
///
/// # Errors
///
/// It can't be written.
pub(crate) fn make_inspection(bytes: Vec<u8>, answer: impl Write) -> io::Result<()> {
    let found = inspect_bytes(bytes).map(Found::of);
    Ok(serde_json::to_writer(answer, &found)?)
}

/// What a worker says of a component.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    exports: Vec<String>,
    imports: Vec<String>,
    /// Whether its instances are used again, and why not. None: it isn't a handler.
    again: Option<Result<(), String>>,
    debug_names: bool,
}

impl Found {
    fn of(inspection: Inspection) -> Self {
        let again = |instances| match instances {
            InstanceUse::Again => Ok(()),
            InstanceUse::Once(reason) => Err(reason),
        };
        Self {
            exports: inspection.exports,
            imports: inspection.imports,
            again: inspection.instance_use.map(again),
            debug_names: inspection.debug_names,
        }
    }

    fn into_inspection(self, size: u64) -> Inspection {
        let instance_use = |again| match again {
            Ok(()) => InstanceUse::Again,
            Err(reason) => InstanceUse::Once(reason),
        };
        Inspection {
            size,
            world: World::of(&self.exports),
            exports: self.exports,
            imports: self.imports,
            instance_use: self.again.map(instance_use),
            debug_names: self.debug_names,
        }
    }
}

/// Why bytes aren't a component.
#[derive(Debug, Serialize, Deserialize)]
enum Refusal {
    Precompiled,
    Other(String),
}

impl From<Unreadable> for Refusal {
    fn from(error: Unreadable) -> Self {
        Self::Other(error.to_string())
    }
}

impl Refusal {
    fn of(self, path: &Path) -> Error {
        let component = path.display().to_string();
        match self {
            Self::Precompiled => Error::CompiledAlready { component },
            Self::Other(reason) => Error::NotAComponent { component, reason },
        }
    }
}

fn inspect_bytes(bytes: Vec<u8>) -> Result<Inspection, Refusal> {
    match Format::of(&bytes) {
        Format::Component => {}
        Format::Precompiled => return Err(Refusal::Precompiled),
        Format::Other(reason) => return Err(Refusal::Other(reason.to_owned())),
    }
    let component = Vetted::new(bytes)?;
    let inspection = component.examine(read)?;
    let mut inspection = inspection.map_err(|error| Refusal::Other(damage(&error.to_string())))?;
    if inspection.world.is_none() && is_wit_package(&component)? {
        return Err(Refusal::Other(WIT_PACKAGE.to_owned()));
    }
    if let Some(World::Handler(_)) = inspection.world {
        inspection.instance_use = Some(InstanceUse::of(&component)?);
    }
    Ok(inspection)
}

fn read(bytes: &[u8]) -> Result<Inspection, BinaryReaderError> {
    // Whatever a proposal adds, whether it can be served is for `serve` to say.
    Validator::new_with_features(WasmFeatures::all()).validate_all(bytes)?;
    let mut found = Inspection {
        size: bytes.len() as u64,
        world: None,
        exports: Vec::new(),
        imports: Vec::new(),
        instance_use: None,
        debug_names: false,
    };
    // Components and modules can be nested in it; 1 is the outermost.
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    found.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    found.exports.push(export?.name.name.to_owned());
                }
            }
            // The name section of a module.
            Payload::CustomSection(section) => {
                found.debug_names |= matches!(section.as_known(), KnownCustom::Name(_));
            }
            _ => {}
        }
    }
    found.world = World::of(&found.exports);
    Ok(found)
}

impl Inspection {
    /// What a server's owner has to grant for the component to reach what it
    /// imports, with the imports that each concerns. A component may import
    /// more than it uses: standard libraries do.
    #[must_use]
    pub fn needs(&self) -> Vec<(Need, Vec<&str>)> {
        let mut needs: Vec<(Need, Vec<&str>)> = Vec::new();
        for import in &self.imports {
            let Some(need) = Need::for_import(import) else {
                continue;
            };
            match needs.iter_mut().find(|(known, _)| *known == need) {
                Some((_, imports)) => imports.push(import),
                None => needs.push((need, vec![import])),
            }
        }
        needs
    }

    /// The imports that wasm-host grants to nobody, or doesn't know.
    #[must_use]
    pub fn not_granted(&self) -> Vec<&str> {
        let imports = self.imports.iter().map(String::as_str);
        imports
            .filter(|import| !need::is_given(import, self.world.as_ref()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_component_has_nothing() {
        let Ok(empty) = inspect_bytes(b"\0asm\x0d\0\x01\0".to_vec()) else {
            panic!("refused");
        };
        assert_eq!((empty.size, empty.world.as_ref()), (8, None));
        assert!(empty.imports.is_empty() && empty.exports.is_empty() && !empty.debug_names);
    }

    #[test]
    fn the_embedded_component_is_a_handler_without_wishes() {
        let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm"));
        let Ok(found) = inspect_bytes(bytes.to_vec()) else {
            panic!("refused");
        };
        assert_eq!(found.world, Some(World::Handler("0.1.0".to_owned())));
        assert_eq!(found.not_granted(), [""; 0]);
        assert!(found.debug_names);
        let needs = found.needs();
        assert!(needs.iter().any(|(need, _)| *need == Need::Scripts));
        assert!(!needs.iter().any(|(need, _)| *need == Need::Outbound));
    }
}
