//! Which modules can be used again: the one that has the state of its component,
//! and those beside it.

use super::core_parts::Parts;
use super::obstacle::Obstacle;
use super::renewal::{Initial, Renewal};
use super::sections::{self, Sections};
use wasm_encoder::{ExportKind, ExportSection, SectionId};
use wasmparser::{ExternalKind, FuncType, Global, ValType};

/// The function that a module's constructors are called by, as WASI has it: once,
/// when an instance is made.
pub(super) const INITIALIZE: &str = "_initialize";

/// A module that has all the state of its component.
pub(super) struct Main<'a> {
    bytes: &'a [u8],
    parts: Parts<'a>,
    /// The pages of its one memory.
    pages: u32,
    /// The function that the host calls, and its export.
    function: u32,
    handle: &'a str,
    initialize: Option<u32>,
}

/// Another module of the component. It has nothing that outlasts a call, and does
/// nothing when an instance is made but to fill its tables, and to call a function
/// that it imports.
pub(super) struct Companion<'a> {
    /// Module and name of each import.
    pub(super) imports: Vec<(&'a str, &'a str)>,
    /// The import that it calls when an instance is made.
    pub(super) starts: Option<(&'a str, &'a str)>,
}

impl<'a> Companion<'a> {
    pub(super) fn of(module: &'a [u8]) -> Result<Self, Obstacle> {
        let parts = Parts::of(module)?;
        let changes = |global: &Global<'_>| global.ty.mutable;
        if !parts.memories.is_empty() || parts.globals.iter().any(changes) {
            return Err(Obstacle::OtherState {
                what: "a second module of it has a memory, or a global that changes (as the adapter for WASI 0.1 has, which a component that is built for wasm32-wasip2 does without)",
            });
        }
        if !parts.data.is_empty() {
            return Err(Obstacle::AtStart {
                what: "a second module of it has data to write when an instance is made",
            });
        }
        let functions = parts.functions.as_slice();
        let starts = match (parts.start, functions, parts.imports.as_slice()) {
            (None, _, _) => None,
            (Some(0), [_], &[import]) => Some(import),
            (Some(_), _, _) => {
                return Err(Obstacle::AtStart {
                    what: "a second module of it has code that runs when an instance is made",
                });
            }
        };
        let imports = parts.imports;
        Ok(Self { imports, starts })
    }
}

impl<'a> Main<'a> {
    /// Refuses a module with something that a call could leave behind. `handle`:
    /// the export that the host calls.
    pub(super) fn of(bytes: &'a [u8], handle: &'a str) -> Result<Self, Obstacle> {
        let parts = Parts::of(bytes)?;
        let pages = parts.pages()?;
        if parts.start.is_some() {
            return Err(Obstacle::AtStart {
                what: "its module has a start function",
            });
        }
        if parts.imports_state {
            return Err(Obstacle::OtherState {
                what: "its module imports a memory, or a global that changes",
            });
        }
        let missing = || Obstacle::missing("function of the module");
        let function = parts.exported_function(handle).ok_or_else(missing)?;
        if *parts.signature(function)? != FuncType::new([], [ValType::I32]) {
            return Err(Obstacle::Function {
                met: "its module's function has arguments, or another result than one `i32`"
                    .to_owned(),
            });
        }
        let initialize = parts.exported_function(INITIALIZE);
        if let Some(function) = initialize
            && *parts.signature(function)? != FuncType::new([], [])
        {
            return Err(Obstacle::AtStart {
                what: "its module's `_initialize` has arguments or results",
            });
        }
        Ok(Self {
            bytes,
            parts,
            pages,
            function,
            handle,
            initialize,
        })
    }

    /// Whether there is something to be called when an instance is made.
    pub(super) fn initializes(&self) -> bool {
        self.initialize.is_some()
    }

    /// The module with a function in place of the one that the host calls, which
    /// puts all back when that has returned.
    pub(super) fn renewable(&self) -> Result<Vec<u8>, Obstacle> {
        let parts = &self.parts;
        let segments = sections::count(parts.data.len())?;
        let renewal = Renewal {
            handle: self.function,
            initialize: self.initialize,
            used: parts.global_count()?,
            pages: self.pages,
            globals: &parts.globals,
            first_global: parts.imported_globals,
            data: Initial::of(&parts.data, segments)?,
        };
        let mut sections = Sections::of(self.bytes)?;
        let signature = parts.functions.get(self.function as usize);
        let signature = signature.ok_or_else(|| Obstacle::missing("function of the module"))?;
        sections.add(SectionId::Function, 1, &sections::encoded(signature))?;
        sections.add(SectionId::Global, 1, &renewal.used_global())?;
        sections.replace(SectionId::Export, self.exports()?);
        sections.add(SectionId::Code, 1, &sections::encoded(&renewal.function()?))?;
        let passive = renewal.data.passive_segments();
        let count = segments + renewal.data.len();
        sections.replace(SectionId::DataCount, sections::encoded(&count));
        sections.add(SectionId::Data, renewal.data.len(), &passive)?;
        Ok(sections.bytes())
    }

    /// The exports, with the new function, which comes last, for the old one.
    fn exports(&self) -> Result<Vec<u8>, Obstacle> {
        let new = sections::count(self.parts.functions.len())?;
        let mut exports = ExportSection::new();
        for export in &self.parts.exports {
            let index = if export.name == self.handle {
                new
            } else {
                export.index
            };
            exports.export(export.name, kind(export.kind)?, index);
        }
        sections::contents(&exports)
    }
}

fn kind(kind: ExternalKind) -> Result<ExportKind, Obstacle> {
    Ok(match kind {
        ExternalKind::Func => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag | ExternalKind::FuncExact => {
            return Err(Obstacle::unknown(format!("an export that is a {kind:?}")));
        }
    })
}
