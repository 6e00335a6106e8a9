//! What a core module is made of, as far as its state goes, as it is read; and what
//! it may have, by list.

use super::listed::unknown_section;
use super::obstacle::Obstacle;
use super::{operators, sections};
use wasmparser::{
    CompositeInnerType, Data, Element, ElementKind, Encoding, Export, ExternalKind, FuncType,
    FunctionBody, Global, GlobalType, MemoryType, Parser, Payload, RefType, SubType, Table,
    TableInit, TableType, TypeRef, ValType,
};

/// The largest memory that is put back: 64 KiB each. Of a larger one little is
/// mostly touched, and another instance costs less.
const MAX_PAGES: u64 = 4;

/// What a module of a usual compiler has.
#[derive(Default)]
pub(super) struct Parts<'a> {
    types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    /// Module and name of each import.
    pub(super) imports: Vec<(&'a str, &'a str)>,
    pub(super) imported_globals: u32,
    /// Whether anything is imported that isn't its own, and may change.
    pub(super) imports_state: bool,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: Vec<Global<'a>>,
    pub(super) exports: Vec<Export<'a>>,
    pub(super) data: Vec<Data<'a>>,
    pub(super) start: Option<u32>,
}

impl<'a> Parts<'a> {
    /// Reads a module. Refuses one that has what isn't understood here, or that may
    /// change a table or its segments.
    pub(super) fn of(module: &'a [u8]) -> Result<Self, Obstacle> {
        let mut parts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            parts.note(payload?)?;
        }
        Ok(parts)
    }

    fn note(&mut self, payload: Payload<'a>) -> Result<(), Obstacle> {
        match payload {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            }
            | Payload::DataCountSection { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            Payload::TypeSection(groups) => {
                for group in groups {
                    for defined in group?.into_types() {
                        self.types.push(function_type(defined)?);
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    self.imports.push((import.module, import.name));
                    self.note_import(import.ty)?;
                }
            }
            Payload::FunctionSection(functions) => {
                self.functions.extend(all::<u32>(functions)?);
            }
            Payload::TableSection(tables) => all(tables)?.iter().try_for_each(check_table)?,
            Payload::MemorySection(memories) => {
                self.memories = all(memories)?;
                // Most are refused by this, before their code is read.
                self.memories.iter().try_for_each(check_memory)?;
            }
            Payload::GlobalSection(globals) => {
                self.globals = all(globals)?;
                let types = self.globals.iter().map(|global| &global.ty);
                types.into_iter().try_for_each(check_global)?;
            }
            Payload::ExportSection(exports) => self.exports = all(exports)?,
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(elements) => all(elements)?.iter().for_each(check_element),
            Payload::CodeSectionEntry(body) => check_body(&body)?,
            Payload::DataSection(data) => self.data = all(data)?,
            other => return Err(unknown_section(&other, "a module")),
        }
        Ok(())
    }

    fn note_import(&mut self, import: TypeRef) -> Result<(), Obstacle> {
        match import {
            TypeRef::Func(of) => self.functions.push(of),
            TypeRef::Table(table) => check_table_type(&table)?,
            TypeRef::Global(global) => {
                check_global(&global)?;
                self.imported_globals += 1;
                self.imports_state |= global.mutable;
            }
            TypeRef::Memory(_) => self.imports_state = true,
            TypeRef::Tag(_) | TypeRef::FuncExact(_) => {
                return Err(Obstacle::unknown(format!(
                    "an import of the kind {import:?}"
                )));
            }
        }
        Ok(())
    }

    /// How many pages the module's one memory begins with.
    pub(super) fn pages(&self) -> Result<u32, Obstacle> {
        match self.memories.as_slice() {
            [] => Err(Obstacle::NoMemory),
            [memory] => sections::count(memory.initial),
            _ => Err(Obstacle::unknown("a module with several memories")),
        }
    }

    pub(super) fn global_count(&self) -> Result<u32, Obstacle> {
        let own = sections::count(self.globals.len())?;
        let count = self.imported_globals.checked_add(own);
        count.ok_or_else(|| Obstacle::missing("global"))
    }

    pub(super) fn exported_function(&self, name: &str) -> Option<u32> {
        let is_it = |export: &&Export<'_>| export.name == name && export.kind == ExternalKind::Func;
        Some(self.exports.iter().find(is_it)?.index)
    }

    pub(super) fn signature(&self, function: u32) -> Result<&FuncType, Obstacle> {
        let of = self.functions.get(function as usize);
        of.and_then(|of| self.types.get(*of as usize))
            .ok_or_else(|| Obstacle::missing("function type"))
    }
}

/// All items of a section.
fn all<T>(section: impl IntoIterator<Item = wasmparser::Result<T>>) -> Result<Vec<T>, Obstacle> {
    Ok(section.into_iter().collect::<Result<_, _>>()?)
}

/// Refuses another type than a function's, as every one of the garbage collector's
/// is: what is of such a type could change where globals don't.
fn function_type(defined: SubType) -> Result<FuncType, Obstacle> {
    match defined.composite_type.inner {
        CompositeInnerType::Func(function) if !defined.composite_type.shared => Ok(function),
        _ => Err(Obstacle::unknown("a type that isn't a function's")),
    }
}

/// A table of functions, which is empty until segments fill it.
fn check_table(table: &Table<'_>) -> Result<(), Obstacle> {
    match table.init {
        TableInit::RefNull => check_table_type(&table.ty),
        TableInit::Expr(_) => Err(Obstacle::unknown(
            "a table that begins with something in it",
        )),
    }
}

fn check_table_type(table: &TableType) -> Result<(), Obstacle> {
    if table.element_type == RefType::FUNCREF && !table.table64 && !table.shared {
        return Ok(());
    }
    Err(Obstacle::unknown(
        "a table of something else than functions",
    ))
}

fn check_memory(memory: &MemoryType) -> Result<(), Obstacle> {
    if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
        return Err(Obstacle::unknown(
            "a memory that is shared, of 64 bits, or of other pages than 64 KiB",
        ));
    }
    match memory.initial {
        0 => Err(Obstacle::NoMemory),
        1..=MAX_PAGES => Ok(()),
        pages => Err(Obstacle::LargeMemory {
            pages,
            most: MAX_PAGES,
        }),
    }
}

/// Numbers and vectors; a reference in a global could outlast a call.
fn check_global(global: &GlobalType) -> Result<(), Obstacle> {
    match global.content_type {
        _ if global.shared => Err(Obstacle::unknown("a global that is shared")),
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::V128 => Ok(()),
        ValType::Ref(_) => Err(Obstacle::unknown("a global with a reference")),
    }
}

/// Whatever fills a table does so when an instance is made: later only an
/// instruction could that isn't allowed.
fn check_element(element: &Element<'_>) {
    match element.kind {
        ElementKind::Active { .. } | ElementKind::Declared | ElementKind::Passive => {}
    }
}

fn check_body(body: &FunctionBody<'_>) -> Result<(), Obstacle> {
    for operator in body.get_operators_reader()? {
        operators::check(&operator?)?;
    }
    Ok(())
}
