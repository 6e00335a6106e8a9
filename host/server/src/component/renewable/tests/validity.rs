//! What isn't valid, or only with features that aren't understood here.

use super::super::{Obstacle, renewable};
use super::plan::{Plan, component};
use wasm_encoder::{Component, ComponentTypeSection, InstanceType, MemoryType, PrimitiveValType};

#[test]
fn what_is_damaged_does_no_harm() {
    // Whatever comes of these, it comes without a panic.
    let whole = component(&Plan::default());
    for end in 0..whole.len() {
        let _ = renewable(&whole[..end]);
    }
    for at in 0..whole.len() {
        for change in [0x81, 0x01, 0x20, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            let _ = renewable(&bytes);
        }
    }
}

#[test]
fn what_is_damaged_is_told_wasmparsers_reason() {
    let mut bytes = component(&Plan::default());
    bytes.truncate(bytes.len() - 1);
    let obstacle = renewable(&bytes).unwrap_err();
    let text = obstacle.to_string();
    assert!(text.starts_with("it isn't valid: unexpected end"), "{text}");
}

/// The kind of alias is none that is known; and it would change the numbers of
/// those after it.
#[test]
fn numbers_are_those_that_wasmtime_has() {
    let plan = Plan {
        other_alias: true,
        ..Plan::default()
    };
    let mut bytes = component(&plan);
    let at = bytes
        .windows(5)
        .rposition(|bytes| bytes == b"other")
        .unwrap();
    // Kind of alias, instance, and the name's length are before it.
    assert_eq!(bytes[at - 4..at], [0x00, 0x01, 0x00, 0x05]);
    bytes[at - 4] = 0x20;
    assert!(renewable(&bytes).is_err());
}

#[test]
fn a_memory_is_an_ordinary_one() {
    let memory = Plan::default().memory;
    for memory in [
        MemoryType {
            shared: true,
            maximum: Some(1),
            ..memory
        },
        MemoryType {
            page_size_log2: Some(0),
            ..memory
        },
    ] {
        let plan = Plan {
            memory,
            ..Plan::default()
        };
        let obstacle = renewable(&component(&plan)).unwrap_err();
        assert!(matches!(obstacle, Obstacle::Feature { .. }), "{obstacle}");
        let text = obstacle.to_string();
        assert!(text.contains("isn't understood here"), "{text}");
    }
}

/// Types of instances in each other, the outermost first.
fn nested(levels: usize) -> Vec<u8> {
    const INSTANCE: u8 = 0x42;
    const TYPE: u8 = 0x01;
    let one = [INSTANCE, 1, TYPE];
    let mut types = vec![1];
    types.extend(one.repeat(levels));
    types.extend([INSTANCE, 0]);
    let mut component = Component::new();
    component.section(&wasm_encoder::RawSection {
        id: 7,
        data: &types,
    });
    component.finish()
}

/// A thread of a test has 2 MiB of stack.
#[test]
fn deep_types_are_refused_before_they_are_read() {
    let obstacle = renewable(&nested(99)).unwrap_err();
    assert!(matches!(obstacle, Obstacle::Function { .. }), "{obstacle}");
    let obstacle = renewable(&nested(100_000)).unwrap_err();
    let (levels, most) = (100_001, 100);
    assert_eq!(obstacle, Obstacle::Nested { levels, most });
    let text = obstacle.to_string();
    assert!(
        text.contains("nested 100001 deep, and 100 is the most"),
        "{text}"
    );
}

/// Few levels of instances, about many of values. wasmparser panics.
#[test]
fn what_wasmparser_gives_up_on_is_refused() {
    let mut types = ComponentTypeSection::new();
    types.defined_type().primitive(PrimitiveValType::U8);
    for before in 0..98 {
        let before = wasm_encoder::ComponentValType::Type(before);
        types.defined_type().option(before);
    }
    for before in 98..148 {
        let mut instance = InstanceType::new();
        instance.alias(wasm_encoder::Alias::Outer {
            kind: wasm_encoder::ComponentOuterAliasKind::Type,
            count: 1,
            index: before,
        });
        if before == 98 {
            let bounds = wasm_encoder::TypeBounds::Eq(0);
            instance.export("a", wasm_encoder::ComponentTypeRef::Type(bounds));
        } else {
            instance.export("a", wasm_encoder::ComponentTypeRef::Instance(0));
        }
        types.instance(&instance);
    }
    let mut component = Component::new();
    component.section(&types);
    let obstacle = renewable(&component.finish()).unwrap_err();
    assert!(
        obstacle.to_string().contains("nested too deep"),
        "{obstacle}"
    );
}

/// Each refers to the one before: a text that is flat, and a type that isn't.
#[test]
fn types_that_refer_to_each_other_count_as_well() {
    let chain = |levels: u32| {
        let mut types = ComponentTypeSection::new();
        types.instance(&InstanceType::new());
        for before in 0..levels {
            let mut instance = InstanceType::new();
            instance.alias(wasm_encoder::Alias::Outer {
                kind: wasm_encoder::ComponentOuterAliasKind::Type,
                count: 1,
                index: before,
            });
            instance.export("a", wasm_encoder::ComponentTypeRef::Instance(0));
            types.instance(&instance);
        }
        let mut component = Component::new();
        component.section(&types);
        let mut imports = wasm_encoder::ComponentImportSection::new();
        imports.import("a", wasm_encoder::ComponentTypeRef::Instance(levels));
        component.section(&imports);
        renewable(&component.finish()).unwrap_err()
    };
    let obstacle = chain(50);
    assert!(matches!(obstacle, Obstacle::Function { .. }), "{obstacle}");
    let obstacle = chain(500);
    assert!(matches!(obstacle, Obstacle::Nested { .. }), "{obstacle}");
}
