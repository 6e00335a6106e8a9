//! Components of strangers, read and compiled in processes of their own, within limits:
//! a component that the compiler takes minutes or gigabytes for ends one of these, and
//! is an error like others.
//!
//! 1. A [`Job`] says what is to be made of a component's bytes.
//! 2. What was made before is in the cache ([`store`]), and no process is needed. Only
//!    the server reads and writes it: what a worker makes of one component never
//!    becomes another's.
//! 3. Otherwise a worker makes it (`wasm_host_process::Workshop`), and answers with a
//!    [`Product`].
//! 4. The server loads the machine code, once wasmtime has found that it is for this
//!    engine.
//!
//! Nothing of the bytes is read in this process but the first few, which tell a
//! component from other files.
//!
//! # What isn't promised
//!
//! A worker's machine code runs in the server, where nothing holds it but the lock-down.
//! A component that makes the compiler *wrong*, by a fault of its, has got what it wanted
//! by that, whichever process the compiler runs in. What it can't do is to hurt the
//! server by how much time or memory the compiler takes, by making it crash, or by
//! anything that only the process can do that compiles.

mod failure;
mod job;
mod product;
mod store;

pub(crate) use failure::CompileFailure;
pub(crate) use job::{Job, Memories, Purpose};
pub(crate) use product::{Instances, Made, Product};

use super::precompiled;
use crate::limits::Limits;
use std::ffi::OsString;
use std::sync::OnceLock;
use wasm_host_process::{WorkLimits, Workshop};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The most machine code that is made of a component, in bytes.
const MAX_CODE: u64 = 512 * 1024 * 1024;

/// Has components of strangers read and compiled.
#[derive(Debug)]
pub(crate) struct Compiler {
    workshop: Option<Workshop>,
    limits: WorkLimits,
    /// Those of the engine, once there is one.
    memories: OnceLock<Memories>,
}

/// Where a product is from.
enum Origin {
    Cache,
    Worker,
}

impl Compiler {
    /// None as the workshop: all is compiled in this process.
    pub(crate) fn new(workshop: Option<Workshop>, limits: &Limits) -> Self {
        Self {
            workshop,
            limits: WorkLimits {
                memory: limits.compile_memory as u64,
                time: limits.compile_time,
                result: MAX_CODE,
            },
            memories: OnceLock::new(),
        }
    }

    /// Has them read and compiled by processes that this one starts, when it is asked to.
    pub(crate) fn starting_workers(command: &[OsString], limits: &Limits) -> Self {
        Self::new(Workshop::new(command.to_vec()).ok(), limits)
    }

    /// Where components of strangers are read and compiled. None: in this process.
    pub(crate) fn workshop(&self) -> Option<&Workshop> {
        self.workshop.as_ref()
    }

    /// Notes what the engine is like that loads what is made.
    pub(crate) fn note_engine(&self, memories: Memories) {
        // It has one engine.
        let _ = self.memories.set(memories);
    }

    /// What is made of a component's bytes, made now or kept from before.
    ///
    /// # Errors
    ///
    /// It can't be made within the limits, or not at all.
    pub(crate) fn obtain(
        &self,
        workshop: &Workshop,
        purpose: Purpose,
        bytes: &[u8],
    ) -> Result<Product, CompileFailure> {
        let (product, _) = self.obtain_from(workshop, self.job(purpose), bytes)?;
        Ok(product)
    }

    /// Has a worker do what no machine code comes of.
    ///
    /// # Errors
    ///
    /// It can't be done within the limits, or not at all.
    pub(crate) fn ask(
        &self,
        workshop: &Workshop,
        job: &str,
        bytes: &[u8],
    ) -> Result<Vec<u8>, CompileFailure> {
        let made = workshop.work(job, self.limits, bytes);
        made.map_err(|failure| CompileFailure::of(failure, &self.limits))
    }

    /// Loads the machine code of a product. If it isn't for this engine, it is made
    /// again: what was kept may be of another machine or version, and the engine may
    /// have no pool of instances.
    ///
    /// # Errors
    ///
    /// It can't be made for the engine; or its instances would be too large.
    pub(crate) fn load(
        &self,
        engine: &Engine,
        product: &Product,
        bytes: &[u8],
    ) -> Result<Component, CompileFailure> {
        let Some(workshop) = &self.workshop else {
            return load_code(engine, product);
        };
        let job = self.job(product.job.purpose);
        let (loaded, origin) = if product.job == job {
            (load_code(engine, product), Origin::Cache)
        } else {
            let (product, origin) = self.obtain_from(workshop, job, bytes)?;
            (load_code(engine, &product), origin)
        };
        match (loaded, origin) {
            (Err(CompileFailure::Unusable(error)), Origin::Cache) if !is_too_large(&error) => {
                tracing::debug!("compiled again: {error:#}");
                load_code(engine, &self.make(workshop, job, bytes)?)
            }
            (loaded, _) => loaded,
        }
    }

    fn job(&self, purpose: Purpose) -> Job {
        let memories = self.memories.get().copied().unwrap_or(Memories::Pooled);
        Job { purpose, memories }
    }

    fn obtain_from(
        &self,
        workshop: &Workshop,
        job: Job,
        bytes: &[u8],
    ) -> Result<(Product, Origin), CompileFailure> {
        let store = store::open();
        let kept = store.and_then(|store| store::find(&store, &job.to_string(), bytes));
        match kept.and_then(|kept| Product::decode(job, kept)) {
            Some(product) => Ok((product, Origin::Cache)),
            None => Ok((self.make(workshop, job, bytes)?, Origin::Worker)),
        }
    }

    fn make(&self, workshop: &Workshop, job: Job, bytes: &[u8]) -> Result<Product, CompileFailure> {
        let name = job.to_string();
        let made = self.ask(workshop, &name, bytes)?;
        let strange = || CompileFailure::Broken("what it made isn't whole".to_owned());
        let product = Product::decode(job, made).ok_or_else(strange)?;
        if let Some(store) = store::open()
            && product.is_code()
        {
            store::keep(&store, &name, bytes, product.encoded());
        }
        Ok(product)
    }
}

fn load_code(engine: &Engine, product: &Product) -> Result<Component, CompileFailure> {
    precompiled::load(engine, product.code()).map_err(CompileFailure::Unusable)
}

/// How wasmtime words that a memory is larger than a slot of the pool.
const POOL_LIMIT: &str = "does not fit in pooling allocator";

/// Whether a component isn't loaded as its instances would be larger than they may be.
pub(crate) fn is_too_large(error: &wasmtime::Error) -> bool {
    format!("{error:#}").contains(POOL_LIMIT)
}
