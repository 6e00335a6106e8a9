//! What a component may have, by list. Nothing on it outlasts a call, and nothing
//! on it runs but the modules' own code.

use super::obstacle::Obstacle;
use wasmparser::{
    CanonicalOption, ComponentExternalKind, ComponentInstance, ComponentType, ComponentTypeRef,
    Encoding, Parser, Payload,
};

/// What is imported, exported or an alias. A module or a component from elsewhere
/// would have a number among those here, and its own code.
pub(super) fn check_kind(kind: ComponentExternalKind, as_what: &str) -> Result<(), Obstacle> {
    match kind {
        ComponentExternalKind::Func
        | ComponentExternalKind::Type
        | ComponentExternalKind::Instance => Ok(()),
        ComponentExternalKind::Module
        | ComponentExternalKind::Value
        | ComponentExternalKind::Component => {
            let what = kind.desc();
            Err(Obstacle::unknown(format!("{as_what} that is a {what}")))
        }
    }
}

pub(super) fn check_import(import: ComponentTypeRef) -> Result<(), Obstacle> {
    check_kind(import.kind(), "an import")
}

/// A resource of the component's own has a destructor, which runs at any time.
pub(super) fn check_type(defined: &ComponentType<'_>) -> Result<(), Obstacle> {
    match defined {
        ComponentType::Defined(_)
        | ComponentType::Func(_)
        | ComponentType::Component(_)
        | ComponentType::Instance(_) => Ok(()),
        ComponentType::Resource { .. } => Err(Obstacle::unknown("a resource type of its own")),
    }
}

/// Options of a function that the component makes for the host, or the host for
/// it. `realloc` is only called during a call.
pub(super) fn check_options(options: &[CanonicalOption]) -> Result<(), Obstacle> {
    for option in options {
        match option {
            CanonicalOption::UTF8
            | CanonicalOption::UTF16
            | CanonicalOption::CompactUTF16
            | CanonicalOption::Memory(_)
            | CanonicalOption::Realloc(_) => {}
            CanonicalOption::PostReturn(_) => {
                return Err(Obstacle::Function {
                    met: "another function is called after the one for the host (`post-return`)"
                        .to_owned(),
                });
            }
            CanonicalOption::Async
            | CanonicalOption::Callback(_)
            | CanonicalOption::CoreType(_)
            | CanonicalOption::Gc => {
                return Err(Obstacle::unknown(format!(
                    "a function with the option {option:?}"
                )));
            }
        }
    }
    Ok(())
}

/// Refuses a component within the component that may have a state. Those that
/// tools make have none: they rename what is imported and exported.
pub(super) fn check_inner(component: &[u8]) -> Result<(), Obstacle> {
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            }
            | Payload::CustomSection(_)
            | Payload::ComponentSection { .. }
            | Payload::ComponentAliasSection(_)
            | Payload::End(_) => {}
            Payload::ComponentTypeSection(types) => {
                for defined in types {
                    check_type(&defined?)?;
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    check_import(import?.ty)?;
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    check_kind(export?.kind, "an export")?;
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    check_instance(&instance?);
                }
            }
            other => return Err(unknown_section(&other, "a component within it")),
        }
    }
    Ok(())
}

/// Either kind is made of what is there: a component without code, or exports.
pub(super) fn check_instance(instance: &ComponentInstance<'_>) {
    match instance {
        ComponentInstance::Instantiate { .. } | ComponentInstance::FromExports(_) => {}
    }
}

/// Of a section that isn't on the list.
pub(super) fn unknown_section(section: &Payload<'_>, of: &str) -> Obstacle {
    let with = match section {
        Payload::Version { .. } => "another format's header",
        Payload::CoreTypeSection(_) => "core types",
        Payload::ModuleSection { .. } => "a module",
        Payload::InstanceSection(_) => "instances of modules",
        Payload::ComponentCanonicalSection(_) => "functions",
        Payload::ComponentStartSection { .. } => "a start function",
        Payload::TagSection(_) => "tags",
        _ => "something of another kind",
    };
    Obstacle::unknown(format!("a section with {with} in {of}"))
}
