//! An instance in an interpreter, and what can be seen of its state.

use crate::INITIALIZE;
use std::sync::LazyLock;
use wasmi::{Engine, F32, F64, Linker, Module, Mutability, Store, V128, Val};

/// An instance of a module without imports.
pub struct Instance {
    store: Store<()>,
    instance: wasmi::Instance,
}

/// All that can change of an instance: its memory, and its globals as bits.
#[derive(PartialEq, Eq)]
pub struct State {
    memory: Vec<u8>,
    globals: Vec<(String, u128)>,
}

impl Instance {
    /// None if none can be made, as its segments don't fit.
    ///
    /// # Panics
    ///
    /// The module isn't valid.
    pub fn new(module: &[u8]) -> Option<Self> {
        static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::default);
        let module = Module::new(&ENGINE, module).expect("a valid module");
        let mut store = Store::new(&ENGINE, ());
        let linker = Linker::new(&ENGINE);
        let instance = linker.instantiate_and_start(&mut store, &module).ok()?;
        Some(Self { store, instance })
    }

    /// Calls what is called when an instance is made, if there is anything. False:
    /// it trapped.
    pub fn initialize(&mut self) -> bool {
        match self.instance.get_func(&self.store, INITIALIZE) {
            None => true,
            Some(function) => function.call(&mut self.store, &[], &mut []).is_ok(),
        }
    }

    /// What a function returns. None: it trapped.
    ///
    /// # Panics
    ///
    /// There is no such function.
    pub fn call(&mut self, name: &str) -> Option<i32> {
        let function = self.instance.get_typed_func::<(), i32>(&self.store, name);
        let function = function.expect("a function that returns a number");
        function.call(&mut self.store, ()).ok()
    }

    /// Overwrites all of its memory and its globals, as no call could do it better.
    ///
    /// # Panics
    ///
    /// A global has a reference.
    pub fn scribble(&mut self) {
        if let Some(memory) = self.instance.get_memory(&self.store, "memory") {
            memory.data_mut(&mut self.store).fill(0xa5);
        }
        let exports = self.instance.exports(&self.store);
        let globals: Vec<_> = exports.filter_map(|export| export.into_global()).collect();
        for global in globals {
            if global.ty(&self.store).mutability() == Mutability::Var {
                let other = other(&global.get(&self.store));
                let set = global.set(&mut self.store, other);
                set.expect("a global that changes, and its type");
            }
        }
    }

    /// What there is to see.
    pub fn state(&self) -> State {
        let memory = self.instance.get_memory(&self.store, "memory");
        let exports = self.instance.exports(&self.store);
        let globals = exports.filter_map(|export| {
            let name = export.name().to_owned();
            Some((name, bits(&export.into_global()?.get(&self.store))))
        });
        State {
            memory: memory.map_or_else(Vec::new, |memory| memory.data(&self.store).to_vec()),
            globals: globals.collect(),
        }
    }
}

impl State {
    /// Whether the memory is larger than it was.
    pub fn has_grown_from(&self, first: &Self) -> bool {
        self.memory.len() != first.memory.len()
    }
}

/// What differs, not the whole memory.
impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let set = self
            .memory
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte != 0);
        let first: Vec<_> = set.take(32).collect();
        write!(
            formatter,
            "{} bytes, the first that aren't zero {first:?}; globals {:?}",
            self.memory.len(),
            self.globals
        )
    }
}

fn bits(value: &Val) -> u128 {
    match value {
        Val::I32(value) => u128::from(value.cast_unsigned()),
        Val::I64(value) => u128::from(value.cast_unsigned()),
        Val::F32(value) => u128::from(value.to_bits()),
        Val::F64(value) => u128::from(value.to_bits()),
        Val::V128(value) => value.as_u128(),
        Val::FuncRef(_) | Val::ExternRef(_) => panic!("a global with a reference was let through"),
    }
}

/// Another value. It isn't a large one, as a global counts how long a random module
/// runs.
fn other(value: &Val) -> Val {
    match value {
        Val::I32(value) => Val::I32(if *value == 300 { 301 } else { 300 }),
        Val::I64(value) => Val::I64(!value),
        Val::F32(value) => Val::F32(F32::from_bits(!value.to_bits())),
        Val::F64(value) => Val::F64(F64::from_bits(!value.to_bits())),
        Val::V128(value) => Val::V128(V128::from(!value.as_u128())),
        Val::FuncRef(_) | Val::ExternRef(_) => panic!("a global with a reference was let through"),
    }
}
