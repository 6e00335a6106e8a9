//! What an instance may use: memory, tables, and time to compute.

use super::turns::{self, Share};
use crate::connection::flush_outbox;
use std::time::Duration;
use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder, UpdateDeadline};

/// How often the epoch advances: the longest that a handler can compute before
/// other connections of its worker have their turn.
pub(crate) const EPOCH_TICK: Duration = Duration::from_millis(10);

/// The most elements in one of an instance's tables.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;

/// The most memories and tables in one instance: a component made of several
/// modules has one of each a module.
pub(crate) const MAX_MEMORIES: usize = 4;
pub(crate) const MAX_TABLES: usize = 64;

/// The most core instances that one component is made of.
pub(crate) const MAX_CORE_INSTANCES: usize = 64;

/// One instance's limits, and how far it is towards that of time.
#[derive(Debug)]
pub(crate) struct InstanceLimits {
    store: StoreLimits,
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
    /// `memory` in bytes; `cpu_time` between two uses of the connection.
    pub(crate) fn new(memory: usize, cpu_time: Duration) -> Self {
        let ticks = cpu_time.as_millis() / EPOCH_TICK.as_millis();
        Self {
            store: StoreLimitsBuilder::new()
                .memory_size(memory)
                .table_elements(MAX_TABLE_ELEMENTS)
                .memories(MAX_MEMORIES)
                .tables(MAX_TABLES)
                .instances(MAX_CORE_INSTANCES)
                .trap_on_grow_failure(true)
                .build(),
            has_grown: false,
            cpu_ticks: 0,
            share: Share::default(),
            max_cpu_ticks: u32::try_from(ticks).unwrap_or(u32::MAX).max(1),
        }
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
        self.store.memory_growing(current, desired, maximum)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.store.memory_grow_failed(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.has_grown |= current > 0;
        self.store.table_growing(current, desired, maximum)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.store.table_grow_failed(error)
    }

    fn instances(&self) -> usize {
        self.store.instances()
    }

    fn tables(&self) -> usize {
        self.store.tables()
    }

    fn memories(&self) -> usize {
        self.store.memories()
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
