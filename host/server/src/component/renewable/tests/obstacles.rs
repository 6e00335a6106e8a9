//! One component for each kind of obstacle, and what its author reads.

use super::super::{Obstacle, renewable};
use super::plan::{DATA, Plan, component};
use wasm_encoder::{
    CanonicalOption, Component, ComponentTypeSection, ConstExpr, HeapType, MemoryType, Module,
    ModuleSection, PrimitiveValType, ValType,
};

fn refused(plan: &Plan) -> Obstacle {
    renewable(&component(plan)).unwrap_err()
}

/// `says` is a part of the text.
#[track_caller]
fn assert_says(plan: &Plan, says: &str) {
    let text = refused(plan).to_string();
    assert!(text.contains(says), "{text}");
}

fn with_memory(pages: u64) -> Plan {
    Plan {
        memory: MemoryType {
            minimum: pages,
            ..Plan::default().memory
        },
        ..Plan::default()
    }
}

#[test]
fn a_large_memory_is_told_what_to_do() {
    assert!(renewable(&component(&with_memory(4))).is_ok());
    let obstacle = refused(&with_memory(17));
    assert_eq!(obstacle, Obstacle::LargeMemory { pages: 17, most: 4 });
    assert_eq!(
        obstacle.to_string(),
        "its memory begins with 1088 KiB, and 256 KiB is the most that is put back; link it with a smaller stack, as by `-C link-arg=-zstack-size=65536`, and with less static data"
    );
}

#[test]
fn there_is_a_memory() {
    let plan = Plan {
        place: ConstExpr::i32_const(0),
        ..with_memory(0)
    };
    assert_eq!(refused(&plan), Obstacle::NoMemory);
    assert_says(
        &plan,
        "its module has no memory, or begins with an empty one",
    );
}

#[test]
fn nothing_else_has_a_state() {
    let twice = Plan {
        instances: 2,
        ..Plan::default()
    };
    assert!(matches!(refused(&twice), Obstacle::OtherState { .. }));
    assert_says(&twice, "it makes several instances of the module");
    let second = Plan {
        adds: |component| {
            let mut memories = wasm_encoder::MemorySection::new();
            memories.memory(Plan::default().memory);
            let mut module = Module::new();
            module.section(&memories);
            component.section(&ModuleSection(&module));
        },
        ..Plan::default()
    };
    assert!(matches!(refused(&second), Obstacle::OtherState { .. }));
    assert_says(&second, "a second module of it has a memory");
}

#[test]
fn nothing_else_is_done_when_an_instance_is_made() {
    let starts = Plan {
        starts: true,
        ..Plan::default()
    };
    assert_says(&starts, "its module has a start function");
    let uncalled = Plan {
        initializes: true,
        ..Plan::default()
    };
    assert_says(&uncalled, "`_initialize` isn't called when an instance");
    let other = Plan {
        started: Some("setup"),
        initializes: true,
        ..Plan::default()
    };
    assert_says(&other, "another function than `_initialize` is called");
    let written = Plan {
        written: true,
        ..Plan::default()
    };
    assert_says(&written, "a second module of it has data to write");
    for plan in [starts, uncalled, other, written] {
        assert!(matches!(refused(&plan), Obstacle::AtStart { .. }));
    }
}

#[test]
fn there_is_one_function_without_arguments() {
    let arguments = Plan {
        parameters: vec![ValType::I32],
        ..Plan::default()
    };
    assert_says(
        &arguments,
        "its function has arguments, and what is replaced",
    );
    // The host reads it when memory has been put back.
    let text = Plan {
        result: PrimitiveValType::String,
        options: vec![CanonicalOption::UTF8, CanonicalOption::Memory(0)],
        ..Plan::default()
    };
    assert_says(&text, "returns nothing, or what lies in memory");
    let after = Plan {
        post_return: true,
        ..Plan::default()
    };
    assert_says(&after, "(`post-return`)");
    let two = Plan {
        adds: |component| {
            let mut functions = wasm_encoder::CanonicalFunctionSection::new();
            functions.lift(0, 0, []);
            component.section(&functions);
        },
        ..Plan::default()
    };
    assert_says(&two, "it makes 2 functions for the host");
    for plan in [arguments, text, after, two] {
        assert!(matches!(refused(&plan), Obstacle::Function { .. }));
    }
}

#[test]
fn what_is_unknown_is_named() {
    let exported = Plan {
        exported: true,
        ..Plan::default()
    };
    assert_says(&exported, "it has an export that is a module, which isn't");
    let resource = Plan {
        adds: |component| {
            let mut types = ComponentTypeSection::new();
            types.resource(ValType::I32, None);
            component.section(&types);
        },
        ..Plan::default()
    };
    assert_says(&resource, "a resource type of its own");
    let inner = Plan {
        adds: |component| {
            let mut inner = Component::new();
            inner.section(&ModuleSection(&Module::new()));
            component.section(&wasm_encoder::NestedComponentSection(&inner));
        },
        ..Plan::default()
    };
    assert_says(&inner, "a section with a module in a component within it");
    let reference = Plan {
        global: Some((ValType::FUNCREF, ConstExpr::ref_null(HeapType::FUNC))),
        ..Plan::default()
    };
    assert_says(&reference, "a global with a reference");
    for plan in [exported, resource, inner, reference] {
        assert!(matches!(refused(&plan), Obstacle::Unknown { .. }));
    }
}

#[test]
fn another_shape_is_told_what_is_expected() {
    let plan = Plan {
        place: ConstExpr::i32_const(DATA.0 - 1)
            .with_i32_const(1)
            .with_i32_add(),
        ..Plan::default()
    };
    assert!(matches!(refused(&plan), Obstacle::Shape { .. }));
    assert_says(&plan, "the place of its data depends on something, where");
    let module = Module::new().finish();
    let text = renewable(&module).unwrap_err().to_string();
    assert!(
        text.contains("it is a core module, where a component"),
        "{text}"
    );
}

/// It may export its own global, and name what it has.
#[test]
fn an_exported_global_is_no_obstacle() {
    let plan = Plan {
        exports_global: Some(1),
        ..Plan::default()
    };
    assert!(renewable(&component(&plan)).is_ok());
}

/// Whoever calls the function for the host puts everything back when it has returned:
/// that must not be the component itself, in the middle of another call.
#[test]
fn a_component_that_may_call_itself_is_told() {
    let calls_itself = Plan {
        adds: |component| {
            let mut functions = wasm_encoder::CanonicalFunctionSection::new();
            functions.lower(0, []);
            component.section(&functions);
        },
        ..Plan::default()
    };
    assert!(matches!(refused(&calls_itself), Obstacle::Shape { .. }));
    assert_says(&calls_itself, "after the one for the host is made");
}
