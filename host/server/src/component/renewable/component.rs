//! What a component is made of, as far as its state goes.

use super::module::{Companion, INITIALIZE};
use std::ops::Range;
use wasmparser::{
    CanonicalFunction, CanonicalOption, Chunk, ComponentAlias, ComponentExternalKind,
    ComponentType, ComponentTypeRef, ExternalKind, Instance, InstantiationArg, Parser, Payload,
};

/// A component with one module that has a state, and one function.
pub(super) struct Survey<'a> {
    /// Where the module is.
    pub(super) module: Range<usize>,
    /// The export that the component's function is made of.
    pub(super) handle: &'a str,
    /// Whether the module's [`INITIALIZE`] is called when an instance is made.
    pub(super) initializes: bool,
}

/// What has been seen of a component so far. The numbers that its sections go by
/// are the places in these.
#[derive(Default)]
struct Parts<'a> {
    modules: Vec<Range<usize>>,
    instances: Vec<Instance<'a>>,
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
        let main = parts.module_of(instance)?;
        if parts.instances_of(main).count() != 1 {
            return None;
        }
        let mut initializes = false;
        for (number, place) in (0..).zip(&parts.modules) {
            if number == main {
                continue;
            }
            match Companion::of(component.get(place.clone())?)? {
                Companion::Stateless => {}
                Companion::Start { module, name } => {
                    let mut instances = parts.instances_of(number);
                    let arguments = instances.next()?;
                    let started = parts.function_given(arguments, module, name)?;
                    // The only thing that may run, and once.
                    let other = started != (instance, INITIALIZE) || initializes;
                    if other || instances.next().is_some() {
                        return None;
                    }
                    initializes = true;
                }
            }
        }
        Some(Self {
            module: parts.modules.get(main as usize)?.clone(),
            handle,
            initializes,
        })
    }
}

impl<'a> Parts<'a> {
    /// The module that a core instance is of.
    fn module_of(&self, instance: u32) -> Option<u32> {
        match self.instances.get(instance as usize)? {
            Instance::Instantiate { module_index, .. } => Some(*module_index),
            Instance::FromExports(_) => None,
        }
    }

    /// The arguments of each of a module's instances.
    fn instances_of(&self, module: u32) -> impl Iterator<Item = &[InstantiationArg<'a>]> {
        self.instances
            .iter()
            .filter_map(move |instance| match instance {
                Instance::Instantiate { module_index, args } if *module_index == module => {
                    Some(&**args)
                }
                _ => None,
            })
    }

    /// Which instance's export an import stands for that is a function.
    fn function_given(
        &self,
        arguments: &[InstantiationArg<'a>],
        module: &str,
        name: &str,
    ) -> Option<(u32, &'a str)> {
        let argument = arguments.iter().find(|argument| argument.name == module)?;
        let Instance::FromExports(exports) = self.instances.get(argument.index as usize)? else {
            return None;
        };
        let export = exports.iter().find(|export| export.name == name)?;
        match export.kind {
            ExternalKind::Func => *self.functions.get(export.index as usize)?,
            _ => None,
        }
    }

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
            | Payload::ComponentInstanceSection(_) => {}
            // A module that is imported or exported has a number more.
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    if let ComponentTypeRef::Module(_) = import.ok()?.ty {
                        return None;
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    if export.ok()?.kind == ComponentExternalKind::Module {
                        return None;
                    }
                }
            }
            Payload::ComponentTypeSection(types) => {
                for defined in types {
                    if let ComponentType::Resource { .. } = defined.ok()? {
                        return None;
                    }
                }
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.instances.push(instance.ok()?);
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
                kind,
                instance_index,
                name,
            } => match kind {
                ExternalKind::Func => self.functions.push(Some((instance_index, name))),
                ExternalKind::Table | ExternalKind::Memory | ExternalKind::Global => {}
                ExternalKind::Tag | ExternalKind::FuncExact => return None,
            },
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
