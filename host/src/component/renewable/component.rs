//! What a component is made of, as far as its state goes.

use super::module::has_state;
use std::ops::Range;
use wasmparser::{
    CanonicalFunction, CanonicalOption, Chunk, ComponentAlias, ComponentExternalKind,
    ComponentType, ExternalKind, Instance, Parser, Payload,
};

/// A component with one module that has a state, and one function.
pub(super) struct Survey<'a> {
    /// Where the module is.
    pub(super) module: Range<usize>,
    /// The export that the component's function is made of.
    pub(super) handle: &'a str,
}

/// What has been seen of a component so far.
#[derive(Default)]
struct Parts<'a> {
    modules: Vec<Range<usize>>,
    /// Of which module each core instance is; none if it was made of exports.
    instances: Vec<Option<u32>>,
    /// Of which instance's export each core function is; none if it is one of
    /// the host's, or the component model's.
    functions: Vec<Option<(u32, &'a str)>>,
    /// What the component's functions are made of.
    lifted: Vec<u32>,
}

impl<'a> Survey<'a> {
    /// None if it isn't such a component.
    pub(super) fn of(component: &'a [u8]) -> Option<Self> {
        let parts = Parts::of(component)?;
        let &[lifted] = parts.lifted.as_slice() else {
            return None;
        };
        let (instance, handle) = (*parts.functions.get(lifted as usize)?)?;
        let main = (*parts.instances.get(instance as usize)?)?;
        let once = parts.instances.iter().filter(|&&of| of == Some(main));
        if once.count() != 1 {
            return None;
        }
        for (number, module) in parts.modules.iter().enumerate() {
            if number != main as usize && has_state(component.get(module.clone())?) {
                return None;
            }
        }
        let module = parts.modules.get(main as usize)?.clone();
        Some(Self { module, handle })
    }
}

impl<'a> Parts<'a> {
    fn of(component: &'a [u8]) -> Option<Self> {
        let mut parts = Self::default();
        let mut parser = Parser::new(0);
        let mut rest = component;
        loop {
            let Chunk::Parsed { consumed, payload } = parser.parse(rest, true).ok()? else {
                return None;
            };
            rest = &rest[consumed..];
            let skipped = match payload {
                Payload::End(_) => return Some(parts),
                Payload::ModuleSection {
                    unchecked_range, ..
                } => {
                    parts.modules.push(unchecked_range.clone());
                    unchecked_range
                }
                Payload::ComponentSection {
                    unchecked_range, ..
                } => {
                    is_stateless(component.get(unchecked_range.clone())?)?;
                    unchecked_range
                }
                payload => {
                    parts.note(payload)?;
                    continue;
                }
            };
            rest = rest.get(skipped.len()..)?;
        }
    }

    /// None if what this says isn't understood.
    fn note(&mut self, payload: Payload<'a>) -> Option<()> {
        match payload {
            Payload::Version { .. }
            | Payload::CustomSection(_)
            | Payload::ComponentImportSection(_)
            | Payload::ComponentExportSection(_)
            | Payload::ComponentInstanceSection(_) => {}
            Payload::ComponentTypeSection(types) => {
                for defined in types {
                    if let ComponentType::Resource { .. } = defined.ok()? {
                        return None;
                    }
                }
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.instances.push(match instance.ok()? {
                        Instance::Instantiate { module_index, .. } => Some(module_index),
                        Instance::FromExports(_) => None,
                    });
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    self.note_alias(&alias.ok()?)?;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    self.note_function(&function.ok()?)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn note_alias(&mut self, alias: &ComponentAlias<'a>) -> Option<()> {
        match *alias {
            ComponentAlias::CoreInstanceExport {
                kind: ExternalKind::Func,
                instance_index,
                name,
            } => self.functions.push(Some((instance_index, name))),
            ComponentAlias::CoreInstanceExport { .. } => {}
            // A module from elsewhere would have a number among these here.
            ComponentAlias::InstanceExport { kind, .. } => {
                if kind == ComponentExternalKind::Module {
                    return None;
                }
            }
            ComponentAlias::Outer { .. } => return None,
        }
        Some(())
    }

    fn note_function(&mut self, function: &CanonicalFunction) -> Option<()> {
        match function {
            CanonicalFunction::Lift {
                core_func_index,
                options,
                ..
            } => {
                let calls = |option: &CanonicalOption| match option {
                    CanonicalOption::UTF8 | CanonicalOption::Memory(_) => false,
                    // Called for the arguments, of which there are none.
                    CanonicalOption::Realloc(_) => false,
                    _ => true,
                };
                if options.iter().any(calls) {
                    return None;
                }
                self.lifted.push(*core_func_index);
            }
            CanonicalFunction::Lower { .. } | CanonicalFunction::ResourceDrop { .. } => {
                self.functions.push(None);
            }
            _ => return None,
        }
        Some(())
    }
}

/// None if a component within the component may have a state. Those that tools
/// make have none: they rename what is imported and exported.
fn is_stateless(component: &[u8]) -> Option<()> {
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::Version { .. }
            | Payload::CustomSection(_)
            | Payload::ComponentSection { .. }
            | Payload::ComponentTypeSection(_)
            | Payload::ComponentImportSection(_)
            | Payload::ComponentExportSection(_)
            | Payload::ComponentAliasSection(_)
            | Payload::ComponentInstanceSection(_)
            | Payload::End(_) => {}
            _ => return None,
        }
    }
    Some(())
}
