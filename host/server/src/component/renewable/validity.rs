//! Whether a component is valid, with the features of WebAssembly that are
//! understood here and no other.
//!
//! Only of a valid one can be said what it does: none refers to what the rewriting
//! adds to it, as that isn't there yet.

use super::obstacle::Obstacle;
use std::ops::Range;
use wasmparser::types::Types;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// The most levels that a component's types, instances and components may have.
/// wasmparser reads and compares them by recursion: 300 levels are too many for the
/// 2 MiB of a thread's stack. A usual component has 10 to 30.
const MAX_LEVELS: usize = 100;

/// What is understood. wasmtime has all of it, with its configuration of
/// `component/engine.rs`.
const UNDERSTOOD: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::TAIL_CALL)
    // For several tables; the only references are to functions.
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::COMPONENT_MODEL);

/// The types of a component, if it is valid.
pub(super) fn types(component: &[u8]) -> Result<Types, Obstacle> {
    let levels = levels(component)?;
    if levels > MAX_LEVELS {
        return Err(Obstacle::Nested {
            levels,
            most: MAX_LEVELS,
        });
    }
    validated(component, UNDERSTOOD)?.map_err(|error| {
        match validated(component, WasmFeatures::all()) {
            Ok(Ok(_)) => Obstacle::Feature {
                detail: error.to_string(),
            },
            Ok(Err(error)) => error.into(),
            Err(obstacle) => obstacle,
        }
    })
}

/// wasmparser's verdict. Of some types that are nested more than a hundred deep it
/// has none, and panics (`TypeInfo::MAX_DEPTH`).
fn validated(
    component: &[u8],
    features: WasmFeatures,
) -> Result<wasmparser::Result<Types>, Obstacle> {
    let validate = || Validator::new_with_features(features).validate_all(component);
    std::panic::catch_unwind(validate).map_err(|_panic| Obstacle::Damaged {
        detail: "its types are nested too deep to be read".to_owned(),
    })
}

/// No fewer levels than the types of a component, its instances and the components
/// within it are nested, and mostly more: all of them are counted, wherever they
/// are, as one may have any that comes before it inside. That needs no recursion.
fn levels(component: &[u8]) -> Result<usize, Obstacle> {
    let mut levels = 0;
    for payload in Parser::new(0).parse_all(component) {
        levels += match payload? {
            Payload::ComponentSection { .. } => 1,
            Payload::ComponentInstanceSection(instances) => instances.count() as usize,
            Payload::ComponentTypeSection(types) => nesting_types(component, types.range()),
            _ => 0,
        };
    }
    Ok(levels)
}

/// How many types in a section may have others inside: an instance's and a
/// component's each begin with a byte of their own (the component model's
/// `Binary.md`). It may be part of a name or a number as well.
fn nesting_types(component: &[u8], section: Range<usize>) -> usize {
    const COMPONENT: u8 = 0x41;
    const INSTANCE: u8 = 0x42;
    let bytes = component.get(section).unwrap_or_default();
    let nests = |byte: &&u8| matches!(**byte, COMPONENT | INSTANCE);
    bytes.iter().filter(nests).count()
}
