//! Components that were compiled ahead of time: the one place in this crate
//! that has to trust a file.
#![allow(
    unsafe_code,
    reason = "machine code from a file can't be checked; its owner says that it may be trusted"
)]

use wasmtime::Engine;
use wasmtime::component::Component;

/// Loads what [`Component::serialize`] wrote, after wasmtime has compared the
/// version and the settings that it was compiled with to those of `engine`.
///
/// Only for a file of a [`ComponentSource::Trusted`](super::ComponentSource), and for
/// what this program has made in another process of its own, or has kept of that.
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
    // memory, too, if it ran here. The bytes are ours, in memory: nobody can change
    // them after the check.
    unsafe { Component::deserialize(engine, bytes) }
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
