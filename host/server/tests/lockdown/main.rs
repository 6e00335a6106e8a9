//! What is within reach of somebody who has left the sandbox: code of this program runs
//! beside a server that is locked down, and tries. The same is tried in a process that
//! isn't, where it has to succeed: else the attacks themselves prove nothing.
//!
//! The test starts this program anew, once for each server. A lock-down is for ever, and
//! only the first thread can begin it, so there is no test harness here.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]
#![cfg_attr(
    not(target_os = "linux"),
    allow(unused, reason = "only Linux has a lock-down")
)]

#[cfg(target_os = "linux")]
mod attacks;
#[cfg(target_os = "linux")]
mod inside;
#[cfg(target_os = "linux")]
mod outside;

fn main() {
    #[cfg(target_os = "linux")]
    match inside::Scene::of_this_process() {
        Some(scene) => inside::run(&scene),
        None => outside::run(),
    }
}
