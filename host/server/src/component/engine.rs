//! The engine: how components are compiled, and where their instances live.

use super::instance_limits::{
    EPOCH_TICK, MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES,
};
use super::served_world::ServedWorld;
use crate::error::{Error, engine_error};
use crate::limits::Limits;
use crate::logging::escape_controls;
use rustix::fs::{Access, access};
use std::path::PathBuf;
use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
};

/// How much of an instance's memory is cleared by writing zeros, rather than
/// given back and faulted in again, when its slot is used anew. A handler that
/// serves files touches less than this.
const KEEP_RESIDENT: usize = 256 * 1024;

/// The level, of zstd, of compiled components in the cache; both that they are
/// written with and the "optimized" one. By its defaults, wasmtime compresses
/// what was used 256 times anew at level 20, in the server that happens to load
/// it then: more than 160 MiB of memory for a second, to save a part of a file.
const CACHE_COMPRESSION: i32 = 3;

/// Makes the engine for components of a world, and the thread that advances its
/// epoch. `besides`: how many instances there may be beside those that handle
/// requests.
pub(crate) fn new(limits: &Limits, besides: u32, world: ServedWorld) -> Result<Engine, Error> {
    let mut config = config(world);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits, besides)));
    let engine = Engine::new(&config).or_else(|error| {
        // The pool reserves address space for all instances at once, which a
        // limit on that (`ulimit -v`) may not allow.
        tracing::debug!("no pool of instances: {error:#}");
        config
            .allocation_strategy(InstanceAllocationStrategy::OnDemand)
            .memory_reservation(limits.memory as u64)
            .memory_guard_size(0);
        Engine::new(&config)
    });
    let engine = engine.map_err(|error| engine_error(&error))?;
    advance_epoch(&engine).map_err(Error::Thread)?;
    Ok(engine)
}

fn config(world: ServedWorld) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // A call costs more with it, and only `wasi:http` components make use
        // of it: those of 0.3 in their imports, all in how they are called.
        .concurrency_support(world.is_http())
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16))
        .cache(cache());
    config
}

/// Compiled components are kept in the user's cache folder, so that a second
/// start compiles nothing. Without such a folder they are compiled each time.
fn cache() -> Option<Cache> {
    let Some(directory) = cache_directory() else {
        report_unkept("neither XDG_CACHE_HOME nor HOME is set to an absolute path");
        return None;
    };
    let mut config = CacheConfig::new();
    config
        .with_directory(&directory)
        .with_baseline_compression_level(CACHE_COMPRESSION)
        .with_optimized_compression_level(CACHE_COMPRESSION);
    let cache = Cache::new(config);
    match &cache {
        Err(error) => report_unkept(&format!("{error:#}")),
        // What is there already is of use nevertheless.
        Ok(_) => {
            if let Err(error) = access(&directory, Access::WRITE_OK | Access::EXEC_OK) {
                report_unkept(&format!("cannot write to {}: {error}", directory.display()));
            }
        }
    }
    cache.ok()
}

fn report_unkept(reason: &str) {
    tracing::info!(
        "what is compiled isn't kept for the next start, which takes as long: {}; set XDG_CACHE_HOME to a directory that can be written to",
        escape_controls(reason)
    );
}

/// Where compiled components are kept. What is there is run as it is.
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base =
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("wasm-host"))
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
