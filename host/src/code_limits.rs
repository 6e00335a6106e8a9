//! The options of sites' code: whether it is run, and how far it may go.

use crate::compiler;
use crate::failure::Failure;
use crate::keeper;
use crate::numbers::{duration, whole};
use crate::outbound;
use crate::runner;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wasm_host_preview::code::{CodeCompiler, CompileLimits};
use wasm_host_preview::policy::Policy;
use wasm_host_preview::runners::RunnerLimits;
use wasm_host_preview::server::CodeOptions;
use wasm_host_server::Limits;

/// Bytes.
const MEBIBYTE: usize = 1024 * 1024;

/// Whether sites' code is run, and how far it may go.
#[derive(Debug, Args)]
pub(super) struct CodeArgs {
    /// Run the code of sites that have some: a component `handler.wasm` in their folder, of
    /// any world that serve takes. Each has a process of its own, which is locked down and
    /// reads nothing but the site's folder. Linux only [default: refuse such deploys].
    #[arg(long)]
    code: bool,

    /// Most sites whose code runs at once; the one that wasn't asked for longest gives way.
    #[arg(long, value_name = "N", default_value = "32", requires = "code",
          value_parser = whole(1..=10_000_u32), allow_negative_numbers = true)]
    runners: u32,

    /// How long a site's code goes on that nobody asks anything; the next request starts it
    /// again.
    #[arg(long, value_name = "TIME", default_value = "5m", requires = "code",
          value_parser = duration, allow_negative_numbers = true)]
    runner_idle: Duration,

    /// Most memory of all instances of a site's code together, in MiB; one has at most
    /// --memory.
    #[arg(long, value_name = "MIB", default_value = "256", requires = "code",
          value_parser = whole(1..=1_048_576_u32), allow_negative_numbers = true)]
    runner_memory: u32,

    /// Most that the code of a project's sites keeps by wasi:keyvalue, if they ask for it,
    /// in MiB; 0 for none.
    #[arg(long, value_name = "MIB", default_value = "16", requires = "code",
          value_parser = whole(0..=1_048_576_u32), allow_negative_numbers = true)]
    keyvalue_size: u32,

    /// File of what sites' code may do beyond what any may, by project: which hosts it may
    /// send requests to. See host/PREVIEW.md [default: none].
    #[arg(long, value_name = "FILE", requires = "code")]
    policy: Option<PathBuf>,
}

impl CodeArgs {
    /// What sites' code may do beyond what any may.
    ///
    /// # Errors
    ///
    /// The file can't be read, or something in it is wrong.
    pub(super) fn policy(&self) -> Result<Policy, Failure> {
        outbound::policy(self.policy.as_deref())
    }

    /// Starts what compiles sites' code, and what starts its processes. None: it isn't run.
    /// `limits`: those of the server, of which each instance has some, too.
    /// `store`: the server's, beside whose objects is what the code keeps.
    /// `is_locked_down`: whether what is started gives up what it doesn't need.
    ///
    /// # Errors
    ///
    /// They can't be started, or the limits contradict each other.
    pub(super) fn start(
        &self,
        limits: &Limits,
        policy: &Policy,
        store: &Path,
        is_locked_down: bool,
    ) -> Result<Option<CodeOptions>, Failure> {
        if !self.code {
            return Ok(None);
        }
        let memory_total = self.runner_memory as usize * MEBIBYTE;
        if memory_total < limits.memory {
            return Err(Failure::Preview(format!(
                "--runner-memory {} is less than --memory {}, which one instance may have; give at least as much",
                self.runner_memory,
                limits.memory / MEBIBYTE
            )));
        }
        let compiling = CompileLimits {
            memory: limits.compile_memory,
            time: limits.compile_time,
        };
        let compiler = CodeCompiler::start(&compiler::command(), compiling, limits.memory);
        let compiler = compiler.map_err(|error| {
            Failure::Preview(format!(
                "cannot compile sites' code, as no process can be started for it: {error}; leave out --code"
            ))
        })?;
        Ok(Some(CodeOptions {
            compiler,
            spawner: runner::spawner()?,
            sender: outbound::sender(policy, is_locked_down)?,
            keeper: keeper::start(store, self.keyvalue_size, is_locked_down)?,
            limits: RunnerLimits {
                most: self.runners as usize,
                idle: self.runner_idle,
                memory: limits.memory,
                memory_total,
                cpu_time: limits.cpu_time,
                log_rate: limits.log_rate,
            },
        }))
    }
}
