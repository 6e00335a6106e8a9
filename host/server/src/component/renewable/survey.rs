//! Which module of a component has its state, and which function the host calls.

use super::module::{Companion, INITIALIZE};
use super::obstacle::Obstacle;
use super::parts::{InstanceExport, Parts, slice};
use std::ops::Range;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentFuncType, ComponentValType,
};
use wasmparser::types::Types;
use wasmparser::{ExternalKind, Instance, InstantiationArg, PrimitiveValType};

/// A component with one module that has a state, and one function.
pub(super) struct Survey<'a> {
    /// Where the module is.
    pub(super) module: Range<usize>,
    /// The export that the component's function is made of.
    pub(super) handle: &'a str,
    /// Whether the module's [`INITIALIZE`] is called when an instance is made.
    pub(super) initializes: bool,
}

impl<'a> Survey<'a> {
    /// `types`: those of the component, which is valid.
    pub(super) fn of(component: &'a [u8], types: &Types) -> Result<Self, Obstacle> {
        let parts = Parts::of(component)?;
        let handle = parts.handle(types)?;
        let main = parts.module_of(handle.0)?;
        if parts.instances_of(main).count() != 1 {
            return Err(Obstacle::OtherState {
                what: "it makes several instances of the module that the host calls",
            });
        }
        parts.check_uses(handle)?;
        let mut initializes = false;
        for (number, place) in (0..).zip(&parts.modules) {
            if number == main {
                continue;
            }
            let companion = Companion::of(slice(component, place)?)?;
            parts.check_given(number, handle, &companion)?;
            if let Some((module, name)) = companion.starts {
                if initializes {
                    return Err(Obstacle::AtStart {
                        what: "two of its modules call something when an instance is made",
                    });
                }
                parts.check_start(number, module, name, handle.0)?;
                initializes = true;
            }
        }
        let module = parts.modules.get(main as usize);
        Ok(Self {
            module: module.ok_or_else(|| Obstacle::missing("module"))?.clone(),
            handle: handle.1,
            initializes,
        })
    }

    /// The module's binary.
    pub(super) fn module<'b>(&self, component: &'b [u8]) -> Result<&'b [u8], Obstacle> {
        slice(component, &self.module)
    }
}

impl<'a> Parts<'a> {
    /// The export that the one function for the host is made of.
    fn handle(&self, types: &Types) -> Result<InstanceExport<'a>, Obstacle> {
        let [lifted] = self.lifted.as_slice() else {
            return Err(Obstacle::Function {
                met: format!("it makes {} functions for the host", self.lifted.len()),
            });
        };
        match types.component_any_type_at(lifted.of) {
            ComponentAnyTypeId::Func(of) => check_signature(types, &types[of])?,
            _ => return Err(Obstacle::missing("function type")),
        }
        let function = self.functions.get(lifted.function as usize);
        (*function.ok_or_else(|| Obstacle::missing("core function"))?).ok_or_else(|| {
            Obstacle::shape("what the host calls is its own", "an export of a module")
        })
    }

    /// Refuses a component that hands what the host calls to another module: that
    /// module's call would put everything back in the middle of another.
    fn check_uses(&self, handle: InstanceExport<'a>) -> Result<(), Obstacle> {
        let exports = self.instances.iter().filter_map(|instance| match instance {
            Instance::FromExports(exports) => Some(exports),
            Instance::Instantiate { .. } => None,
        });
        for export in exports.flatten() {
            let function = self.functions.get(export.index as usize);
            if export.kind == ExternalKind::Func && function == Some(&Some(handle)) {
                return Err(called_within());
            }
        }
        Ok(())
    }

    /// The same, for a module that is given the whole instance.
    fn check_given(
        &self,
        module: u32,
        handle: InstanceExport<'a>,
        companion: &Companion<'_>,
    ) -> Result<(), Obstacle> {
        let arguments = self
            .instances_of(module)
            .flat_map(|(_, arguments)| arguments);
        for argument in arguments.filter(|argument| argument.index == handle.0) {
            if companion.imports.contains(&(argument.name, handle.1)) {
                return Err(called_within());
            }
        }
        Ok(())
    }

    /// Refuses what a module calls when an instance is made, unless it is the main
    /// module's [`INITIALIZE`], and all tables are as they will stay. `main`: the
    /// main module's instance.
    fn check_start(
        &self,
        number: u32,
        module: &str,
        name: &str,
        main: u32,
    ) -> Result<(), Obstacle> {
        let mut instances = self.instances_of(number);
        let first = instances.next();
        let (Some((place, arguments)), None) = (first, instances.next()) else {
            return Err(Obstacle::AtStart {
                what: "a module that calls something when an instance is made isn't used once",
            });
        };
        let started = self.function_given(arguments, module, name);
        if started != Some((main, INITIALIZE)) {
            return Err(Obstacle::AtStart {
                what: "another function than `_initialize` is called when an instance is made",
            });
        }
        let later = self.instances.iter().skip(place + 1);
        let mut later = later.filter(|instance| matches!(instance, Instance::Instantiate { .. }));
        if later.next().is_some() {
            return Err(Obstacle::AtStart {
                what: "tables may be filled after `_initialize` was called",
            });
        }
        Ok(())
    }

    /// Which instance's export an import stands for that is a function.
    fn function_given(
        &self,
        arguments: &[InstantiationArg<'a>],
        module: &str,
        name: &str,
    ) -> Option<InstanceExport<'a>> {
        let argument = arguments.iter().find(|argument| argument.name == module)?;
        match self.instances.get(argument.index as usize)? {
            Instance::FromExports(exports) => {
                let export = exports.iter().find(|export| export.name == name)?;
                match export.kind {
                    ExternalKind::Func => *self.functions.get(export.index as usize)?,
                    _ => None,
                }
            }
            Instance::Instantiate { .. } => None,
        }
    }
}

fn called_within() -> Obstacle {
    Obstacle::shape(
        "what the host calls is given to another module",
        "that only the host calls it",
    )
}

/// Refuses a function with arguments, or with a result that lies in memory: the
/// host reads it when memory has been put back.
fn check_signature(types: &Types, function: &ComponentFuncType) -> Result<(), Obstacle> {
    let refuse = |met: &str| {
        let met = met.to_owned();
        Err(Obstacle::Function { met })
    };
    if function.async_ {
        return refuse("its function is asynchronous");
    }
    if !function.params.is_empty() {
        return refuse("its function has arguments");
    }
    let plain = match function.result {
        Some(ComponentValType::Primitive(result)) => is_number(result),
        Some(ComponentValType::Type(result)) => match &types[result] {
            ComponentDefinedType::Primitive(result) => is_number(*result),
            ComponentDefinedType::Enum(_)
            | ComponentDefinedType::Result {
                ok: None,
                err: None,
                ..
            } => true,
            _ => false,
        },
        None => false,
    };
    if plain {
        Ok(())
    } else {
        refuse("its function returns nothing, or what lies in memory")
    }
}

/// What is an `i32` in the module.
fn is_number(result: PrimitiveValType) -> bool {
    matches!(
        result,
        PrimitiveValType::Bool
            | PrimitiveValType::S8
            | PrimitiveValType::U8
            | PrimitiveValType::S16
            | PrimitiveValType::U16
            | PrimitiveValType::S32
            | PrimitiveValType::U32
            | PrimitiveValType::Char
    )
}
