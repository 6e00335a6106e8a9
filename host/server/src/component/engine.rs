//! The engine: how components are compiled, and where their instances live.

use super::compiler::Memories;
use super::instance_limits::{
    EPOCH_TICK, MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES,
};
use super::precompiled;
use super::served_world::ServedWorld;
use crate::error::{Error, engine_error};
use crate::limits::Limits;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How much of an instance's memory is cleared by writing zeros, rather than
/// given back and faulted in again, when its slot is used anew. A handler that
/// serves files touches less than this.
const KEEP_RESIDENT: usize = 256 * 1024;

/// Makes the engine for components of a world, and the thread that advances its
/// epoch. `besides`: how many instances there may be beside those that handle
/// requests; `cache`: where what it compiles is kept.
pub(super) fn new(
    limits: &Limits,
    besides: u32,
    world: ServedWorld,
    cache: Option<wasmtime::Cache>,
) -> Result<(Engine, Memories), Error> {
    let mut config = config(world);
    config.cache(cache);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits, besides)));
    let mut memories = Memories::Pooled;
    let engine = Engine::new(&config).or_else(|error| {
        // The pool reserves address space for all instances at once, which a
        // limit on that (`ulimit -v`) may not allow.
        tracing::debug!("no pool of instances: {error:#}");
        memories = Memories::OnDemand(limits.memory);
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        adapt(&mut config, memories);
        Engine::new(&config)
    });
    let engine = engine.map_err(|error| engine_error(&error))?;
    advance_epoch(&engine).map_err(Error::Thread)?;
    Ok((engine, memories))
}

/// Makes an engine that compiles for engines like that, and does nothing else.
///
/// # Errors
///
/// There is no compiler for this machine.
pub(crate) fn for_compiling(world: ServedWorld, memories: Memories) -> wasmtime::Result<Engine> {
    let mut config = config(world);
    adapt(&mut config, memories);
    Engine::new(&config)
}

/// Makes an engine that compiles for engines like that on all usual machines of this
/// architecture, and does nothing else.
///
/// # Errors
///
/// There is no compiler for this architecture.
pub(super) fn portable(world: ServedWorld, memories: Memories) -> wasmtime::Result<Engine> {
    let mut config = config(world);
    adapt(&mut config, memories);
    precompiled::compile_for_usual_machines(&mut config)?;
    Engine::new(&config)
}

fn adapt(config: &mut Config, memories: Memories) {
    if let Memories::OnDemand(bytes) = memories {
        config.memory_reservation(bytes as u64).memory_guard_size(0);
    }
}

fn config(world: ServedWorld) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // A call costs more with it, and only `wasi:http` components make use
        // of it: those of 0.3 in their imports, all in how they are called.
        .concurrency_support(world.is_http())
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16));
    config
}

fn pool(limits: &Limits, besides: u32) -> PoolingAllocationConfig {
    let instances = limits.max_instances.saturating_add(besides);
    let many = |each: usize| instances.saturating_mul(u32::try_from(each).unwrap_or(u32::MAX));
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_stacks(instances)
        .total_core_instances(many(MAX_CORE_INSTANCES))
        .max_core_instances_per_component(MAX_CORE_INSTANCES as u32)
        // One memory an instance is what every toolchain makes; the few
        // instances that have more take another's place.
        .total_memories(instances)
        .max_memories_per_component(MAX_MEMORIES as u32)
        .max_memory_size(limits.memory)
        .total_tables(many(4))
        .max_tables_per_component(MAX_TABLES as u32)
        .table_elements(MAX_TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    pool
}

fn advance_epoch(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH_TICK);
        }
    };
    std::thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(tick)?;
    Ok(())
}
