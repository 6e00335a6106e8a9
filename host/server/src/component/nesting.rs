//! How deep a binary's components and types are nested in each other, found without
//! recursion.
//!
//! wasmparser, wit-parser and wasmtime read a type within a type by calling
//! themselves. So a small file with a few hundred levels would use up the stack of
//! whoever reads it, and the whole process would end. This reads such types itself,
//! a level at a time, and leaves to wasmparser what can't have others inside.

use super::recognise::is_core_module;
use std::ops::Range;
use wasmparser::{
    BinaryReader, BinaryReaderError, ComponentImport, ComponentType, InstanceTypeDeclaration,
    Parser, Payload,
};

/// The most levels of components in components, of types in types, and of both
/// together. A usual component has 3 to 6.
pub(super) const MAX_LEVELS: usize = 100;

/// The first byte of a type that may have others inside, and of what may be in it
/// (the component model's `Binary.md`).
const COMPONENT_TYPE: u8 = 0x41;
const INSTANCE_TYPE: u8 = 0x42;
const DECLARED_TYPE: u8 = 0x01;
const DECLARED_IMPORT: u8 = 0x03;

/// How the names of the custom sections begin that say what a module's component is
/// to be like, as a component.
const OWN_TYPE: &str = "component-type";

/// How such a section began formerly: the string encoding and a name are next.
const FORMER_OWN_TYPE: u8 = 0x03;

/// Why a binary isn't read further.
#[derive(Debug)]
pub(super) enum Refused {
    /// It has more than [`MAX_LEVELS`].
    TooDeep,
    /// It ends, or goes wrong, within itself.
    Damaged(BinaryReaderError),
}

impl From<BinaryReaderError> for Refused {
    fn from(error: BinaryReaderError) -> Self {
        Self::Damaged(error)
    }
}

/// Looks at all levels of a component, or of a module that is to become one.
///
/// # Errors
///
/// They are too many, or not well-formed.
pub(super) fn check(binary: &[u8]) -> Result<(), Refused> {
    let mut waiting = vec![binary];
    while let Some(binary) = waiting.pop() {
        check_one(binary, &mut waiting)?;
    }
    Ok(())
}

/// `within`: what is found in a binary that is read by itself.
fn check_one<'a>(binary: &'a [u8], within: &mut Vec<&'a [u8]>) -> Result<(), Refused> {
    let mut levels = 0;
    for payload in Parser::new(0).parse_all(binary) {
        match payload? {
            Payload::Version { .. } => {
                levels += 1;
                if levels > MAX_LEVELS {
                    return Err(Refused::TooDeep);
                }
            }
            Payload::End(_) => levels = levels.saturating_sub(1),
            Payload::ComponentTypeSection(types) => {
                check_types(binary, types.range(), MAX_LEVELS - levels)?;
            }
            Payload::CustomSection(section)
                if is_core_module(binary) && section.name().starts_with(OWN_TYPE) =>
            {
                within.push(own_type(section.data())?);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The component in a section that says what a module's is to be like.
fn own_type(section: &[u8]) -> Result<&[u8], Refused> {
    if section.first() != Some(&FORMER_OWN_TYPE) {
        return Ok(section);
    }
    let mut reader = BinaryReader::new(section, 0);
    reader.read_bytes(2)?;
    reader.read_string()?;
    Ok(reader.read_bytes(reader.bytes_remaining())?)
}

/// Reads a section of types. `room`: how many levels there may be.
fn check_types(binary: &[u8], section: Range<usize>, room: usize) -> Result<(), Refused> {
    let start = section.start;
    let mut reader = BinaryReader::new(binary.get(section).unwrap_or_default(), start);
    // How many are left to be read of the section, and of each type that is open.
    let mut left = vec![reader.read_var_u32()?];
    while let Some(here) = left.last_mut() {
        if *here == 0 {
            left.pop();
            continue;
        }
        *here -= 1;
        if left.len() > 1 && !declares_type(&mut reader)? {
            continue;
        }
        if let COMPONENT_TYPE | INSTANCE_TYPE = next(&reader)? {
            reader.read_u8()?;
            if left.len() > room {
                return Err(Refused::TooDeep);
            }
            left.push(reader.read_var_u32()?);
        } else {
            reader.read::<ComponentType<'_>>()?;
        }
    }
    Ok(())
}

/// Whether a type is next, as a declaration within another. Any other declaration is
/// read.
fn declares_type(reader: &mut BinaryReader<'_>) -> Result<bool, Refused> {
    match next(reader)? {
        DECLARED_TYPE => {
            reader.read_u8()?;
            return Ok(true);
        }
        DECLARED_IMPORT => {
            reader.read_u8()?;
            reader.read::<ComponentImport<'_>>()?;
        }
        _ => {
            reader.read::<InstanceTypeDeclaration<'_>>()?;
        }
    }
    Ok(false)
}

/// The next byte, which stays there.
fn next(reader: &BinaryReader<'_>) -> Result<u8, Refused> {
    Ok(reader.clone().read_u8()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{Component, CustomSection, Module, NestedComponentSection, RawSection};

    /// Types in each other, each an instance's, with nothing else in them.
    fn types(levels: usize) -> Vec<u8> {
        let mut types = vec![1];
        types.extend([INSTANCE_TYPE, 1, DECLARED_TYPE].repeat(levels - 1));
        types.extend([INSTANCE_TYPE, 0]);
        types
    }

    fn with_types(levels: usize) -> Component {
        let mut component = Component::new();
        component.section(&RawSection {
            id: 7,
            data: &types(levels),
        });
        component
    }

    fn nested(levels: usize, mut innermost: Component) -> Vec<u8> {
        for _ in 1..levels {
            let mut outer = Component::new();
            outer.section(&NestedComponentSection(&innermost));
            innermost = outer;
        }
        innermost.finish()
    }

    #[track_caller]
    fn assert_too_deep(binary: &[u8]) {
        assert!(matches!(check(binary), Err(Refused::TooDeep)));
    }

    #[test]
    fn types_count_with_the_components_around_them() {
        check(&with_types(99).finish()).unwrap();
        assert_too_deep(&with_types(100).finish());
        assert_too_deep(&with_types(1_000_000).finish());
        check(&nested(100, Component::new())).unwrap();
        assert_too_deep(&nested(101, Component::new()));
        check(&nested(60, with_types(40))).unwrap();
        assert_too_deep(&nested(60, with_types(41)));
    }

    /// Whatever else is in a type is read as wasmparser reads it, and types beside
    /// each other aren't levels.
    #[test]
    fn what_tools_make_is_read_to_its_end() {
        check(include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm"))).unwrap();
        let mut types = wasm_encoder::ComponentTypeSection::new();
        for _ in 0..1000 {
            types.component(&everything());
        }
        let mut component = Component::new();
        component.section(&types);
        check(&component.finish()).unwrap();
    }

    /// One of each declaration.
    fn everything() -> wasm_encoder::ComponentType {
        use wasm_encoder::{ComponentTypeRef, InstanceType, PrimitiveValType, TypeBounds};
        let mut instance = InstanceType::new();
        instance.ty().defined_type().primitive(PrimitiveValType::U8);
        instance.export("t", ComponentTypeRef::Type(TypeBounds::Eq(0)));
        instance.core_type().core().function([], []);
        instance.alias(wasm_encoder::Alias::Outer {
            kind: wasm_encoder::ComponentOuterAliasKind::Type,
            count: 1,
            index: 0,
        });
        let function = instance.ty();
        let mut function = function.function();
        function.params([("a", PrimitiveValType::String)]);
        function.result(Some(PrimitiveValType::Bool.into()));
        let mut component = wasm_encoder::ComponentType::new();
        component.ty().instance(&instance);
        component.import("i", ComponentTypeRef::Instance(0));
        component.export("e", ComponentTypeRef::Instance(0));
        component
    }

    #[test]
    fn what_a_module_says_of_its_component_is_looked_at() {
        for before in [&b""[..], b"\x03\x00\x01w"] {
            let module = |levels| {
                let data = [before, &with_types(levels).finish()].concat();
                let mut module = Module::new();
                module.section(&CustomSection {
                    name: "component-type:of-it".into(),
                    data: data.into(),
                });
                module.finish()
            };
            check(&module(50)).unwrap();
            assert_too_deep(&module(100));
        }
    }

    #[test]
    fn what_ends_within_a_type_is_damaged() {
        let whole = nested(3, with_types(3));
        for missing in 1..10 {
            let refused = check(&whole[..whole.len() - missing]);
            assert!(matches!(refused, Err(Refused::Damaged(_))), "{missing}");
        }
    }
}
