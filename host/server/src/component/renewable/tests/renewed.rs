//! What a component does that was made renewable, as wasmtime has it.

use super::super::renewable;
use super::plan::{Plan, component};
use wasm_encoder::{
    CodeSection, ComponentBuilder, ExportKind, ExportSection, Function, FunctionSection,
    Instruction, MemArg, MemorySection, Module, ModuleArg, PrimitiveValType, TypeSection, ValType,
};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

/// What calls of one instance return, one after the other.
fn calls(component: &[u8], count: usize) -> Vec<i32> {
    let engine = Engine::default();
    let component = Component::new(&engine, component).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine)
        .instantiate(&mut store, &component)
        .unwrap();
    let handle = instance
        .get_typed_func::<(), (i32,)>(&mut store, "handle")
        .unwrap();
    let mut call = || handle.call(&mut store, ()).unwrap().0;
    (0..count).map(|_| call()).collect()
}

#[test]
fn each_call_is_as_the_first() {
    let component = component(&Plan::default());
    assert_eq!(calls(&component, 3), [2005, 2001 + 3 * 77, 2002 + 3 * 77]);
    assert_eq!(calls(&renewable(&component).unwrap(), 3), [2005; 3]);
}

/// As the linker of components has it called: when the instance is made.
#[test]
fn what_was_initialized_is_initialized_again() {
    let plan = Plan {
        initializes: true,
        started: Some("_initialize"),
        ..Plan::default()
    };
    let component = component(&plan);
    assert_eq!(calls(&component, 2), [2035, 2001 + 3 * 77]);
    assert_eq!(calls(&renewable(&component).unwrap(), 3), [2035; 3]);
}

#[test]
fn the_function_is_the_one_that_wasmtime_calls() {
    let plan = Plan {
        other_alias: true,
        ..Plan::default()
    };
    let component = component(&plan);
    assert_eq!(calls(&component, 1), [4000]);
    assert_eq!(calls(&renewable(&component).unwrap(), 2), [4000; 2]);
}

/// The host drops it.
#[test]
fn a_memory_that_has_grown_stays_as_it_is() {
    let plan = Plan {
        first: vec![
            Instruction::I32Const(1),
            Instruction::MemoryGrow(0),
            Instruction::Drop,
        ],
        ..Plan::default()
    };
    let renewable = renewable(&component(&plan)).unwrap();
    assert_eq!(calls(&renewable, 2), [2005, 2001 + 3 * 77]);
}

/// Written by another module when the instance is made, and so not again.
#[test]
fn what_another_module_writes_would_be_lost() {
    let plan = Plan {
        written: true,
        ..Plan::default()
    };
    assert_eq!(calls(&component(&plan), 1), [2014]);
    assert!(renewable(&component(&plan)).is_err());
}

/// A module with a memory, and nothing else that a compiler's has: no global, no table
/// and no data. Its function returns a byte, and changes it.
fn bare_module() -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I32]);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut memories = MemorySection::new();
    memories.memory(Plan::default().memory);
    let mut exports = ExportSection::new();
    exports.export("handle", ExportKind::Func, 0);
    let byte = MemArg {
        offset: 0,
        align: 0,
        memory_index: 0,
    };
    let mut handle = Function::new([]);
    let mut instructions = handle.instructions();
    instructions.i32_const(7).i32_load8_u(byte);
    instructions
        .i32_const(7)
        .i32_const(77)
        .i32_store8(byte)
        .end();
    let mut code = CodeSection::new();
    code.function(&handle);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&exports)
        .section(&code);
    module
}

#[test]
fn a_module_without_globals_is_made_renewable_too() {
    let mut builder = ComponentBuilder::default();
    let module = builder.core_module(None, &bare_module());
    let instance = builder.core_instantiate(None, module, Vec::<(&str, ModuleArg)>::new());
    let handle = builder.core_alias_export(None, instance, "handle", ExportKind::Func);
    let (of, mut function) = builder.type_function(None);
    function
        .params([] as [(&str, PrimitiveValType); 0])
        .result(Some(PrimitiveValType::S32.into()));
    let lifted = builder.lift_func(None, handle, of, []);
    builder.export(
        "handle",
        wasm_encoder::ComponentExportKind::Func,
        lifted,
        None,
    );
    let component = builder.finish();
    assert_eq!(calls(&component, 2), [0, 77]);
    assert_eq!(calls(&renewable(&component).unwrap(), 3), [0; 3]);
}
