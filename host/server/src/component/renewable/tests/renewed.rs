//! What a component does that was made renewable, as wasmtime has it.

use super::super::renewable;
use super::plan::{Plan, component};
use wasm_encoder::Instruction;
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
