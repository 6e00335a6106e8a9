//! What a component is made of, as far as its state goes, as it is read.
//!
//! The numbers that its sections go by are the places in these lists. So whatever
//! would have a number in one of them is noted, or the component is refused.

use super::listed;
use super::obstacle::Obstacle;
use std::ops::Range;
use wasmparser::{
    CanonicalFunction, Chunk, ComponentAlias, Encoding, ExternalKind, Instance, InstantiationArg,
    Parser, Payload,
};

/// An instance of a core module by its number, and the name of one of its exports.
pub(super) type InstanceExport<'a> = (u32, &'a str);

/// What has been seen of a component so far.
#[derive(Default)]
pub(super) struct Parts<'a> {
    /// Where its core modules are.
    pub(super) modules: Vec<Range<usize>>,
    /// Its instances of core modules.
    pub(super) instances: Vec<Instance<'a>>,
    /// Of which instance's export each core function is; none if it is one of
    /// the host's, or the component model's.
    pub(super) functions: Vec<Option<InstanceExport<'a>>>,
    /// What the component makes for the host.
    pub(super) lifted: Vec<Lifted>,
}

/// A function that a component makes for the host.
pub(super) struct Lifted {
    /// The core function that it is made of.
    pub(super) function: u32,
    /// The number of its type.
    pub(super) of: u32,
}

impl<'a> Parts<'a> {
    /// Reads a component.
    pub(super) fn of(component: &'a [u8]) -> Result<Self, Obstacle> {
        let mut parts = Self::default();
        let mut parser = Parser::new(0);
        let mut rest = component;
        loop {
            let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else {
                return Err(Obstacle::missing("rest of the file"));
            };
            rest = rest.get(consumed..).unwrap_or_default();
            let skipped = match payload {
                Payload::End(_) => return Ok(parts),
                Payload::ModuleSection {
                    unchecked_range, ..
                } => {
                    parts.modules.push(unchecked_range.clone());
                    unchecked_range
                }
                Payload::ComponentSection {
                    unchecked_range, ..
                } => {
                    listed::check_inner(slice(component, &unchecked_range)?)?;
                    unchecked_range
                }
                payload => {
                    parts.note(payload)?;
                    continue;
                }
            };
            rest = rest
                .get(skipped.len()..)
                .ok_or_else(|| Obstacle::missing("rest of the file"))?;
        }
    }

    fn note(&mut self, payload: Payload<'a>) -> Result<(), Obstacle> {
        match payload {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            }
            | Payload::CustomSection(_) => {}
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    listed::check_instance(&instance?);
                }
            }
            Payload::Version { .. } => {
                return Err(Obstacle::shape("it is a core module", "a component"));
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    listed::check_import(import?.ty)?;
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    listed::check_kind(export?.kind, "an export")?;
                }
            }
            Payload::ComponentTypeSection(types) => {
                for defined in types {
                    listed::check_type(&defined?)?;
                }
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.instances.push(instance?);
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    self.note_alias(&alias?)?;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    self.note_function(&function?)?;
                }
            }
            other => return Err(listed::unknown_section(&other, "the component")),
        }
        Ok(())
    }

    fn note_alias(&mut self, alias: &ComponentAlias<'a>) -> Result<(), Obstacle> {
        match *alias {
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } => match kind {
                ExternalKind::Func => self.functions.push(Some((instance_index, name))),
                ExternalKind::Table | ExternalKind::Memory | ExternalKind::Global => {}
                ExternalKind::Tag | ExternalKind::FuncExact => {
                    return Err(Obstacle::unknown(format!("an alias of a {kind:?}")));
                }
            },
            ComponentAlias::InstanceExport { kind, .. } => listed::check_kind(kind, "an alias")?,
            ComponentAlias::Outer { kind, .. } => {
                return Err(Obstacle::unknown(format!("an outer alias of a {kind:?}")));
            }
        }
        Ok(())
    }

    fn note_function(&mut self, function: &CanonicalFunction) -> Result<(), Obstacle> {
        match function {
            CanonicalFunction::Lift {
                core_func_index,
                type_index,
                options,
            } => {
                listed::check_options(options)?;
                self.lifted.push(Lifted {
                    function: *core_func_index,
                    of: *type_index,
                });
            }
            // It could be what is made for the host: a call of the component's own
            // would put everything back in the middle of another.
            CanonicalFunction::Lower { .. } if !self.lifted.is_empty() => {
                return Err(Obstacle::shape(
                    "it imports a function after the one for the host is made",
                    "that it calls nothing but what it is given",
                ));
            }
            CanonicalFunction::Lower { options, .. } => {
                listed::check_options(options)?;
                self.functions.push(None);
            }
            CanonicalFunction::ResourceDrop { .. } => self.functions.push(None),
            other => {
                let text = format!("{other:?}");
                let name = text.split([' ', '{']).next().unwrap_or_default();
                return Err(Obstacle::unknown(format!("the built-in function {name}")));
            }
        }
        Ok(())
    }

    /// The module that a core instance is of.
    pub(super) fn module_of(&self, instance: u32) -> Result<u32, Obstacle> {
        match self.instances.get(instance as usize) {
            Some(Instance::Instantiate { module_index, .. }) => Ok(*module_index),
            Some(Instance::FromExports(_)) => Err(Obstacle::shape(
                "what the host calls is of a bundle of exports",
                "an instance of a module",
            )),
            None => Err(Obstacle::missing("core instance")),
        }
    }

    /// Each of a module's instances: its number, and its arguments.
    pub(super) fn instances_of(
        &self,
        module: u32,
    ) -> impl Iterator<Item = (usize, &[InstantiationArg<'a>])> {
        let instances = self.instances.iter().enumerate();
        instances.filter_map(move |(number, instance)| match instance {
            Instance::Instantiate { module_index, args } if *module_index == module => {
                Some((number, &**args))
            }
            _ => None,
        })
    }
}

/// A part of a binary.
pub(super) fn slice<'a>(binary: &'a [u8], place: &Range<usize>) -> Result<&'a [u8], Obstacle> {
    binary
        .get(place.clone())
        .ok_or_else(|| Obstacle::missing("part of the file"))
}
