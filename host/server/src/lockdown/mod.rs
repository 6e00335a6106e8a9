//! A second wall, which isn't wasmtime's: once all is open, the process gives up what
//! it doesn't need, for ever. Whoever got out of the sandbox would find a process that
//! opens no other file, starts no program and makes no connection. Linux only.
//!
//! 1. [`Needs`] says what the server still opens: paths, and ports to connect to.
//! 2. `capabilities` are given up that have root read no file: those stay.
//! 3. `landlock` holds the process to these paths and ports, and keeps it from sending
//!    signals to others.
//! 4. `seccomp` leaves it the system calls of [`calls`], and nothing else.
//!
//! All of it is inherited by threads that start later, and by none that run already,
//! but for seccomp's: so it comes before the engine, the log and the workers start
//! theirs, and what starts programs for the server has been started before.
//!
//! # What isn't promised
//!
//! What the process has open it keeps: the connections, the log, the directories.
//! Landlock doesn't hide that a file is there, how long it is, and whose (stat(2)).
//! With scripts, the process that starts them isn't held, and does what the server
//! says, as the scripts' user.

#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
mod calls;
#[cfg(target_os = "linux")]
mod capabilities;
#[cfg(target_os = "linux")]
mod landlock;
mod needs;
mod outcome;
#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
mod seccomp;
/// Where the library knows no numbers of system calls.
#[cfg(all(
    target_os = "linux",
    not(any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    ))
))]
mod seccomp {
    use super::needs::Needs;
    use super::outcome::Outcome;

    pub(super) fn restrict(_: &Needs, _: &mut Outcome) -> Result<(), String> {
        Err("system calls can't be restricted on this architecture".to_owned())
    }
}

pub use needs::{Kept, KeptPath};
pub(crate) use needs::{Needs, Network};
pub(crate) use outcome::Outcome;

/// Gives up something that isn't in the needs. An error says what can't be.
#[cfg(target_os = "linux")]
type Step = fn(&Needs, &mut Outcome) -> Result<(), String>;

/// Gives up, for ever, all that isn't in `needs`. What can't be given up is in the
/// outcome, and everything else holds nevertheless.
#[cfg(target_os = "linux")]
pub(crate) fn lock_down(needs: &Needs) -> Outcome {
    let mut outcome = Outcome::default();
    let steps: [Step; 3] = [
        capabilities::drop_most,
        landlock::restrict,
        seccomp::restrict,
    ];
    for step in steps {
        if let Err(lack) = step(needs, &mut outcome) {
            outcome.lacks.push(lack);
        }
    }
    outcome
}

/// There is nothing of the kind.
#[cfg(not(target_os = "linux"))]
pub(crate) fn lock_down(_: &Needs) -> Outcome {
    Outcome {
        lacks: vec!["only Linux can do that".to_owned()],
        ..Outcome::default()
    }
}
