//! What is within reach of a site's code that has left the sandbox: code of this program
//! runs in a runner, once that is locked down, and tries. The same is tried in a process
//! that isn't, where it has to succeed: else the attacks themselves prove nothing.
//!
//! The server of previews is this program, and so is all that it starts: what compiles,
//! what starts runners, what does for them what they may not, and the runner, which has
//! all that a site can be granted. That needs arguments of its own, so that there is
//! no test harness here.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]
#![cfg_attr(
    not(target_os = "linux"),
    allow(unused, reason = "only Linux has runners")
)]

/// Those on a server that is locked down, which a runner is.
#[cfg(target_os = "linux")]
#[path = "../../host/server/tests/lockdown/attacks.rs"]
mod attacks;
#[cfg(target_os = "linux")]
#[path = "../support/component_build.rs"]
#[allow(dead_code, reason = "one component is all that is needed of it")]
mod component_build;
#[cfg(target_os = "linux")]
mod inside;
#[cfg(target_os = "linux")]
mod outside;
#[cfg(target_os = "linux")]
mod tenants;

fn main() {
    #[cfg(target_os = "linux")]
    match std::env::args().nth(1).as_deref() {
        Some("compiler") => wasm_host_server::run_compiler().unwrap(),
        Some("runner-spawner") => wasm_host_server::run_runner_spawner().unwrap(),
        Some("runner") => inside::run_as_runner(),
        Some("outbound-sender") => wasm_host_preview::outbound::run_sender().unwrap(),
        Some("keeper") => wasm_host_preview::keeper::run_keeper().unwrap(),
        Some(inside::BARE) => inside::run_without_wall(),
        _ => outside::run(),
    }
}
