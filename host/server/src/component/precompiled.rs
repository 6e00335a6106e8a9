//! Components that were compiled ahead of time: the one place in this crate
//! that has to trust a file, or code in this library.
#![allow(
    unsafe_code,
    reason = "machine code from a file can't be checked; its owner says that it may be trusted"
)]

use std::env::consts::{ARCH, OS};
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// What machine code of x86-64-v3 may use, which is what nearly all processors since 2013
/// have: as cranelift names it.
const X86_64_V3: &[&str] = &[
    "has_cmpxchg16b",
    "has_sse3",
    "has_ssse3",
    "has_sse41",
    "has_sse42",
    "has_popcnt",
    "has_avx",
    "has_avx2",
    "has_bmi1",
    "has_bmi2",
    "has_fma",
    "has_lzcnt",
];

/// Loads what [`Component::serialize`] wrote, after wasmtime has compared the
/// version and the settings that it was compiled with to those of `engine`.
///
/// Only for a file of a [`ComponentSource::Trusted`](super::ComponentSource), for what is
/// embedded in this library, and for what this program has made in another process of its own, or has kept of that.
///
/// # Errors
///
/// It is of another version, or was compiled with other settings.
pub(super) fn load(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` wants bytes that `serialize` has written, and can
    // only detect honest mistakes. Whoever started the server vouches for that
    // with `--allow-precompiled`, as one does for a program that one runs. Or a
    // process of this program has written them, with nobody else at its result: what
    // a fault of the compiler's would put there, it would put into this process's
    // memory, too, if it ran here. Or it is part of this library. The bytes are ours, in memory: nobody can change
    // them after the check.
    unsafe { Component::deserialize(engine, bytes) }
}

/// Has `config` make machine code for all usual machines of this architecture, where it
/// would make it for this one. (For an architecture that isn't x86-64 or AArch64 it still
/// does.)
///
/// # Errors
///
/// There is no compiler for this architecture.
pub(super) fn compile_for_usual_machines(config: &mut Config) -> wasmtime::Result<()> {
    let (target, flags) = match (ARCH, OS) {
        ("x86_64", "linux") => ("x86_64-unknown-linux-gnu", X86_64_V3),
        ("aarch64", "linux") => ("aarch64-unknown-linux-gnu", [].as_slice()),
        _ => return Ok(()),
    };
    config.target(target)?;
    for flag in flags {
        // SAFETY: each of these only says that a processor has an instruction. The code
        // names them, and an engine refuses it on a machine that hasn't.
        unsafe { config.cranelift_flag_enable(flag) };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::Config;

    /// The smallest component.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn compile(configure: impl FnOnce(&mut Config)) -> Vec<u8> {
        let mut config = Config::new();
        configure(&mut config);
        let engine = Engine::new(&config).unwrap();
        engine.precompile_component(EMPTY).unwrap()
    }

    #[test]
    fn code_of_another_engine_is_refused_with_the_reason() {
        let ours = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        let same = compile(|config| {
            config.epoch_interruption(true);
        });
        assert!(load(&ours, &same).is_ok());

        let without = compile(|config| {
            config.epoch_interruption(false);
        });
        let error = load(&ours, &without).map(drop).unwrap_err();
        assert!(format!("{error:#}").contains("epoch"), "{error:#}");

        let other = compile(|config| {
            let name = "47.0.0".to_owned();
            config.epoch_interruption(true);
            config
                .module_version(wasmtime::ModuleVersionStrategy::Custom(name))
                .unwrap();
        });
        let error = load(&ours, &other).map(drop).unwrap_err();
        assert!(format!("{error:#}").contains("47.0.0"), "{error:#}");
    }
}
