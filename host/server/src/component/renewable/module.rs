//! What a core module is made of, as far as its state goes.

use super::renewal::{Initial, Renewal};
use super::sections::{self, Sections};
use wasm_encoder::{ExportKind, ExportSection, SectionId};
use wasmparser::{
    CompositeInnerType, Data, Export, ExternalKind, FuncType, FunctionBody, Global, MemoryType,
    Operator, Parser, Payload, SubType, TypeRef, ValType,
};

/// The largest memory that is put back: 64 KiB each. Of a larger one little is
/// mostly touched, and another instance costs less.
const MAX_PAGES: u64 = 4;

/// The function that a module's constructors are called by, as WASI has it: once,
/// when an instance is made.
pub(super) const INITIALIZE: &str = "_initialize";

/// What a module of a usual compiler has, as it is read.
#[derive(Default)]
struct Parts<'a> {
    types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    /// Module and name of each import.
    imports: Vec<(&'a str, &'a str)>,
    imported_globals: u32,
    /// Whether anything is imported that isn't its own, and may change.
    imports_state: bool,
    memories: Vec<MemoryType>,
    globals: Vec<Global<'a>>,
    exports: Vec<Export<'a>>,
    data: Vec<Data<'a>>,
    start: Option<u32>,
    /// The highest number of a global that is used or exported.
    highest_global: u32,
}

/// A module that has all the state of its component.
pub(super) struct Main<'a> {
    bytes: &'a [u8],
    parts: Parts<'a>,
    /// The function that the host calls, and its export.
    function: u32,
    handle: &'a str,
    initialize: Option<u32>,
}

/// What another module of the component does.
pub(super) enum Companion<'a> {
    /// Nothing that outlasts a call, and nothing when an instance is made but to
    /// fill its tables.
    Stateless,
    /// Nothing but to call, when an instance is made, a function that it imports.
    Start { module: &'a str, name: &'a str },
}

impl<'a> Companion<'a> {
    /// None if it does more.
    pub(super) fn of(module: &'a [u8]) -> Option<Self> {
        let parts = Parts::of(module)?;
        let changes = |global: &Global<'_>| global.ty.mutable;
        let has_state = !parts.memories.is_empty() || parts.globals.iter().any(changes);
        if has_state || !parts.data.is_empty() {
            return None;
        }
        match (
            parts.start,
            parts.functions.as_slice(),
            parts.imports.as_slice(),
        ) {
            (None, _, _) => Some(Self::Stateless),
            (Some(0), [_], &[(module, name)]) => Some(Self::Start { module, name }),
            (Some(_), _, _) => None,
        }
    }
}

impl<'a> Main<'a> {
    /// None if there is something about the module that a call could leave behind.
    /// `handle`: the export that the host calls.
    pub(super) fn of(bytes: &'a [u8], handle: &'a str) -> Option<Self> {
        let parts = Parts::of(bytes)?;
        let &[memory] = parts.memories.as_slice() else {
            return None;
        };
        let plain = !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
        if !plain || parts.start.is_some() || parts.imports_state {
            return None;
        }
        if parts.highest_global >= parts.global_count()? {
            return None;
        }
        let function = parts.exported_function(handle)?;
        if *parts.signature(function)? != FuncType::new([], [ValType::I32]) {
            return None;
        }
        let initialize = parts.exported_function(INITIALIZE);
        if let Some(function) = initialize
            && *parts.signature(function)? != FuncType::new([], [])
        {
            return None;
        }
        Some(Self {
            bytes,
            parts,
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
    pub(super) fn renewable(&self) -> Option<Vec<u8>> {
        let parts = &self.parts;
        let segments = u32::try_from(parts.data.len()).ok()?;
        let renewal = Renewal {
            handle: self.function,
            initialize: self.initialize,
            used: parts.global_count()?,
            pages: u32::try_from(parts.memories.first()?.initial).ok()?,
            globals: &parts.globals,
            first_global: parts.imported_globals,
            data: Initial::of(&parts.data, segments)?,
        };
        let mut sections = Sections::of(self.bytes)?;
        let signature = *parts.functions.get(self.function as usize)?;
        sections.add(SectionId::Function, 1, &sections::encoded(&signature))?;
        sections.add(SectionId::Global, 1, &renewal.used_global())?;
        sections.replace(SectionId::Export, self.exports()?);
        sections.add(SectionId::Code, 1, &sections::encoded(&renewal.function()?))?;
        let passive = renewal.data.passive_segments();
        let count = segments + renewal.data.len();
        sections.replace(SectionId::DataCount, sections::encoded(&count));
        sections.add(SectionId::Data, renewal.data.len(), &passive)?;
        Some(sections.bytes())
    }

    /// The exports, with the new function, which comes last, for the old one.
    fn exports(&self) -> Option<Vec<u8>> {
        let new = u32::try_from(self.parts.functions.len()).ok()?;
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

fn kind(kind: ExternalKind) -> Option<ExportKind> {
    Some(match kind {
        ExternalKind::Func => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag | ExternalKind::FuncExact => return None,
    })
}

impl<'a> Parts<'a> {
    /// None if the module has what isn't understood here, or may change a table
    /// or its segments.
    fn of(module: &'a [u8]) -> Option<Self> {
        let mut parts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            parts.note(payload.ok()?)?;
        }
        Some(parts)
    }

    fn note(&mut self, payload: Payload<'a>) -> Option<()> {
        match payload {
            Payload::TypeSection(groups) => {
                for group in groups {
                    for defined in group.ok()?.into_types() {
                        self.types.push(function_type(defined)?);
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.ok()?;
                    self.imports.push((import.module, import.name));
                    self.note_import(import.ty)?;
                }
            }
            Payload::FunctionSection(functions) => {
                for function in functions {
                    self.functions.push(function.ok()?);
                }
            }
            Payload::MemorySection(memories) => {
                self.memories = memories.into_iter().collect::<Result<_, _>>().ok()?;
                // Most are refused by this, before their code is read.
                let fits = |memory: &MemoryType| (1..=MAX_PAGES).contains(&memory.initial);
                if !self.memories.iter().all(fits) {
                    return None;
                }
            }
            Payload::GlobalSection(globals) => {
                self.globals = globals.into_iter().collect::<Result<_, _>>().ok()?;
            }
            Payload::ExportSection(exports) => {
                self.exports = exports.into_iter().collect::<Result<_, _>>().ok()?;
                let globals = self.exports.iter();
                let globals = globals.filter(|export| export.kind == ExternalKind::Global);
                let highest = globals.map(|export| export.index).max();
                self.highest_global = self.highest_global.max(highest.unwrap_or(0));
            }
            Payload::DataSection(data) => {
                self.data = data.into_iter().collect::<Result<_, _>>().ok()?;
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::CodeSectionEntry(body) => self.note_body(&body)?,
            Payload::Version { .. }
            | Payload::TableSection(_)
            | Payload::ElementSection(_)
            | Payload::DataCountSection { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            // Tags, and what is newer than this.
            _ => return None,
        }
        Some(())
    }

    fn note_import(&mut self, import: TypeRef) -> Option<()> {
        match import {
            TypeRef::Func(of) => self.functions.push(of),
            TypeRef::Table(_) => {}
            TypeRef::Global(global) => {
                self.imported_globals += 1;
                self.imports_state |= global.mutable;
            }
            TypeRef::Memory(_) => self.imports_state = true,
            TypeRef::Tag(_) | TypeRef::FuncExact(_) => return None,
        }
        Some(())
    }

    /// None if a function may change a table or its module's segments.
    fn note_body(&mut self, body: &FunctionBody<'_>) -> Option<()> {
        for operator in body.get_operators_reader().ok()? {
            match operator.ok()? {
                Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                    self.highest_global = self.highest_global.max(global_index);
                }
                Operator::TableSet { .. }
                | Operator::TableGrow { .. }
                | Operator::TableFill { .. }
                | Operator::TableCopy { .. }
                | Operator::TableInit { .. }
                | Operator::TableAtomicSet { .. }
                | Operator::TableAtomicRmwXchg { .. }
                | Operator::TableAtomicRmwCmpxchg { .. }
                | Operator::ElemDrop { .. }
                | Operator::DataDrop { .. } => return None,
                _ => {}
            }
        }
        Some(())
    }

    fn global_count(&self) -> Option<u32> {
        let own = u32::try_from(self.globals.len()).ok()?;
        self.imported_globals.checked_add(own)
    }

    fn exported_function(&self, name: &str) -> Option<u32> {
        let is_it = |export: &&Export<'_>| export.name == name && export.kind == ExternalKind::Func;
        Some(self.exports.iter().find(is_it)?.index)
    }

    fn signature(&self, function: u32) -> Option<&FuncType> {
        let of = *self.functions.get(function as usize)?;
        self.types.get(of as usize)
    }
}

/// None if it is another type than a function's, as every one of the garbage
/// collector's is: what is of such a type could change where globals don't.
fn function_type(defined: SubType) -> Option<FuncType> {
    match defined.composite_type.inner {
        CompositeInnerType::Func(function) if !defined.composite_type.shared => Some(function),
        _ => None,
    }
}
