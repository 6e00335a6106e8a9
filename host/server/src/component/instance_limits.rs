//! What an instance may use: memory, tables, and time to compute.

use super::memory::{HeldMemory, MemoryExceeded};
use super::turns::{self, Share};
use crate::connection::flush_outbox;
use std::time::Duration;
use wasmtime::error::Context as _;
use wasmtime::{ResourceLimiter, UpdateDeadline};

/// How often the epoch advances: the longest that a handler can compute before
/// other connections of its worker have their turn.
pub(crate) const EPOCH_TICK: Duration = Duration::from_millis(10);

/// The most elements in one of an instance's tables.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;

/// What an element takes, in bytes.
const TABLE_ELEMENT: usize = size_of::<usize>();

/// The most memories and tables in one instance: a component made of several
/// modules has one of each a module.
pub(crate) const MAX_MEMORIES: usize = 4;
pub(crate) const MAX_TABLES: usize = 64;

/// The most core instances that one component is made of.
pub(crate) const MAX_CORE_INSTANCES: usize = 64;

/// One instance's limits, and how far it is towards that of time.
#[derive(Debug)]
pub(crate) struct InstanceLimits {
    memory: HeldMemory,
    /// Whether a memory or a table is larger than it was at first.
    pub(crate) has_grown: bool,
    /// How often the epoch has passed while this instance computed, since it
    /// last did something with its connection.
    pub(crate) cpu_ticks: u32,
    max_cpu_ticks: u32,
    share: Share,
}

/// The trap of a handler that computes for too long.
#[derive(Debug, thiserror::Error)]
#[error("the handler computed for more than {0:?} without reading or writing")]
pub(crate) struct CpuTimeExceeded(Duration);

impl InstanceLimits {
    /// `cpu_time`: between two uses of the connection.
    pub(crate) fn new(memory: HeldMemory, cpu_time: Duration) -> Self {
        let ticks = cpu_time.as_millis() / EPOCH_TICK.as_millis();
        Self {
            memory,
            has_grown: false,
            cpu_ticks: 0,
            share: Share::default(),
            max_cpu_ticks: u32::try_from(ticks).unwrap_or(u32::MAX).max(1),
        }
    }

    /// Takes over what an instance holds that is used again, from its limits before.
    pub(crate) fn inherit(&mut self, before: &mut Self) {
        std::mem::swap(&mut self.memory, &mut before.memory);
    }

    /// Holds so much memory for what the host keeps for the instance.
    ///
    /// # Errors
    ///
    /// There isn't as much.
    pub(crate) fn hold_beside(&mut self, bytes: usize) -> Result<(), MemoryExceeded> {
        self.memory.set_beside(bytes)
    }
}

impl ResourceLimiter for InstanceLimits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.has_grown |= current > 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let grown = self.memory.grow(desired.saturating_sub(current));
        grown.context(format!("when growing memory to {desired} bytes"))?;
        Ok(true)
    }

    /// It traps, rather than going on without: few programs are prepared for that.
    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.has_grown |= current > 0;
        if desired > MAX_TABLE_ELEMENTS {
            return Err(wasmtime::format_err!(
                "when growing a table to {desired} elements, where {MAX_TABLE_ELEMENTS} are allowed"
            ));
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current) * TABLE_ELEMENT;
        let grown = self.memory.grow(more);
        grown.context(format!("when growing a table to {desired} elements"))?;
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }

    fn instances(&self) -> usize {
        MAX_CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        MAX_TABLES
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }
}

/// Called when the epoch has passed while an instance computed: it goes on when
/// it has its turn. Others' responses don't wait for that.
pub(crate) fn on_epoch(limits: &mut InstanceLimits) -> wasmtime::Result<UpdateDeadline> {
    flush_outbox();
    limits.cpu_ticks += 1;
    if limits.cpu_ticks > limits.max_cpu_ticks {
        return Err(CpuTimeExceeded(EPOCH_TICK * limits.max_cpu_ticks).into());
    }
    limits.share.count();
    Ok(UpdateDeadline::YieldCustom(
        1,
        Box::pin(turns::wait(limits.share)),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::memory::MemoryShares;
    use super::*;
    use wasm_encoder::{
        CodeSection, Component, Function, FunctionSection, InstanceSection, MemorySection,
        MemoryType, Module, ModuleArg, ModuleSection, StartSection, TableSection, TableType,
        TypeSection,
    };
    use wasmtime::component::Linker;
    use wasmtime::{Engine, Store};

    const MEBIBYTE: usize = 1024 * 1024;

    /// A module that has its memory grow by 8 MiB at once, and has a large table.
    fn greedy() -> Module {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: wasm_encoder::RefType::FUNCREF,
            minimum: 100_000,
            maximum: None,
            table64: false,
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 0,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut grow = Function::new([]);
        grow.instructions()
            .i32_const(128)
            .memory_grow(0)
            .drop()
            .end();
        let mut code = CodeSection::new();
        code.function(&grow);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&tables)
            .section(&memories)
            .section(&StartSection { function_index: 0 })
            .section(&code);
        module
    }

    /// Makes an instance of so many of them.
    fn instantiate(modules: usize, shares: &MemoryShares) -> wasmtime::Result<()> {
        let mut instances = InstanceSection::new();
        for _ in 0..modules {
            instances.instantiate(0, [] as [(&str, ModuleArg); 0]);
        }
        let mut component = Component::new();
        component.section(&ModuleSection(&greedy()));
        component.section(&instances);
        let engine = Engine::default();
        let component = wasmtime::component::Component::new(&engine, component.finish())?;
        let limits = InstanceLimits::new(shares.hold(), Duration::MAX);
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        Linker::new(&engine).instantiate(&mut store, &component)?;
        Ok(())
    }

    #[test]
    fn all_memories_and_tables_of_an_instance_count_together() {
        let shares = MemoryShares::new(18 * MEBIBYTE, 100 * MEBIBYTE);
        for _ in 0..10 {
            // What each holds is given back.
            instantiate(2, &shares).unwrap();
            let error = instantiate(3, &shares).unwrap_err();
            let exceeded = error.downcast_ref();
            assert!(
                matches!(exceeded, Some(MemoryExceeded::Each { .. })),
                "{error:?}"
            );
        }
        let shares = MemoryShares::new(100 * MEBIBYTE, 18 * MEBIBYTE);
        instantiate(2, &shares).unwrap();
        let error = instantiate(3, &shares).unwrap_err();
        let exceeded = error.downcast_ref();
        assert!(
            matches!(exceeded, Some(MemoryExceeded::All { .. })),
            "{error:?}"
        );
        // The tables take 1.5 MiB of it.
        let shares = MemoryShares::new(16 * MEBIBYTE, 100 * MEBIBYTE);
        instantiate(2, &shares).unwrap_err();
    }
}
