//! A core module in a component, as `wasm-component-ld` makes one of it.

use crate::{HANDLE, INITIALIZE, INNER};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentSectionId, ComponentTypeSection, EntityType, ExportKind,
    ExportSection, ImportSection, InstanceSection, Module, ModuleArg, ModuleSection,
    PrimitiveValType, RawSection, StartSection, TypeSection,
};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// The module with every global of its own as an export, by its number; and its
/// function as [`INNER`], too.
///
/// # Panics
///
/// It isn't a module, or has no function [`HANDLE`].
pub fn exporting_all(module: &[u8]) -> Vec<u8> {
    let mut rewritten = Module::new();
    let mut globals = 0;
    let mut exports = ExportSection::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.expect("a module");
        match &payload {
            Payload::ImportSection(imports) => {
                let imports = imports.clone().into_imports();
                let types = imports.map(|import| import.expect("an import").ty);
                globals += types.filter(|ty| matches!(ty, TypeRef::Global(_))).count();
            }
            Payload::GlobalSection(section) => globals += section.count() as usize,
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export.expect("an export");
                    exports.export(export.name, kind(export.kind), export.index);
                    if export.name == HANDLE {
                        exports.export(INNER, ExportKind::Func, export.index);
                    }
                }
                for number in 0..u32::try_from(globals).expect("few globals") {
                    exports.export(&format!("global {number}"), ExportKind::Global, number);
                }
                rewritten.section(&exports);
                continue;
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            let data = &module[range];
            rewritten.section(&RawSection { id, data });
        }
    }
    rewritten.finish()
}

fn kind(kind: ExternalKind) -> ExportKind {
    match kind {
        ExternalKind::Func => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag | ExternalKind::FuncExact => panic!("no export of these modules"),
    }
}

/// A component of a module without imports that makes its [`HANDLE`] a function for
/// the host, and calls its [`INITIALIZE`], if it has one, when an instance is made.
///
/// # Panics
///
/// It isn't a module.
pub fn component(module: &[u8]) -> Vec<u8> {
    let mut component = Component::new();
    let data = module;
    component.section(&RawSection {
        id: ComponentSectionId::CoreModule.into(),
        data,
    });
    let mut instances = InstanceSection::new();
    instances.instantiate(0, Vec::<(&str, ModuleArg)>::new());
    component.section(&instances);
    let initializes = exports(module, INITIALIZE);
    let mut aliases = ComponentAliasSection::new();
    for name in [HANDLE, INITIALIZE] {
        if name == HANDLE || initializes {
            aliases.alias(Alias::CoreInstanceExport {
                instance: 0,
                kind: ExportKind::Func,
                name,
            });
        }
    }
    component.section(&aliases);
    if initializes {
        add_start(&mut component);
    }
    let mut types = ComponentTypeSection::new();
    let result = Some(PrimitiveValType::S32.into());
    types
        .function()
        .params(Vec::<(&str, PrimitiveValType)>::new())
        .result(result);
    component.section(&types);
    let mut functions = CanonicalFunctionSection::new();
    functions.lift(0, 0, []);
    component.section(&functions);
    let mut exports = ComponentExportSection::new();
    exports.export(HANDLE, ComponentExportKind::Func, 0, None);
    component.section(&exports);
    component.finish()
}

fn exports(module: &[u8], name: &str) -> bool {
    Parser::new(0).parse_all(module).any(|payload| {
        let Ok(Payload::ExportSection(exports)) = payload else {
            return false;
        };
        let mut exports = exports.into_iter();
        exports.any(|export| export.is_ok_and(|export| export.name == name))
    })
}

/// A module whose start function is the first one's [`INITIALIZE`].
fn add_start(component: &mut Component) {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    imports.import("", "", EntityType::Function(0));
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&StartSection { function_index: 0 });
    component.section(&ModuleSection(&module));
    let mut instances = InstanceSection::new();
    instances.export_items([("", ExportKind::Func, 1)]);
    instances.instantiate(1, [("", ModuleArg::Instance(1))]);
    component.section(&instances);
}
