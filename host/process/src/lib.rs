//! Scripts that run for a handler: the part of CGI (RFC 3875) that starts
//! processes, and sees to their end.
//!
//! A handler names a script by its path; everything else is decided here. Each
//! step has a module of its name:
//!
//! 1. `script_directories` finds the file beneath one of the directories that the
//!    server's owner granted for scripts, and nowhere else.
//! 2. `places` waits for a place among the scripts that may run at once.
//! 3. `environment` makes the script's environment, from nothing.
//! 4. `native` has the program started: in its file's directory, without
//!    arguments, in a process group of its own, never as root (`user`). The
//!    `launcher` has that done by a process for this purpose (`spawner`), or does
//!    it in this process where there is none.
//! 5. `child` is what the handler then holds: the script's input and output, and
//!    its end. The handler gets it after a moment, when most scripts are over
//!    already (`beginning`). Whatever happens to that handle, a task of its own
//!    (`supervisor`) keeps the time limit (`clock`), and ends the script with all processes
//!    of its `group`.
//! 6. What the script writes to its standard error goes to the log, line by line
//!    (`standard_error`).
//!
//! A script that is a component takes the same way, but for step 4: it is a
//! [`Process`] of another kind, which [`Scripts::supervise`] takes as well.
//!
//! # What isn't promised
//!
//! A program is started by its path, as `script_directories` resolved it, and not
//! by the descriptor that was looked at: an interpreter opens its script by a
//! path, and scripts look for `$0`. Whoever may replace the file in between may as
//! well replace it before.
//!
//! A script ends with its group of processes, and gets no more of the handler's time
//! then. What has left the group (`setsid`) is killed a moment later, daemons
//! included, if there is a spawner: it alone knows what descends from a script
//! (`descendants`). Without one, as on other systems than Linux, that outlives the
//! script, and nothing bounds what scripts use (`bounds`).
//!
//! All scripts of a server run as the same user: each can signal the others, and read
//! their environments and files. That is so unless the server is root, and has users for
//! them ([`ScriptUsers`]); files that one leaves are then another's later on, which has
//! the same user. A server that is root is safe from its scripts; one that isn't can be
//! killed by them.
//!
//! Not of scripts is the workshop: work on what strangers have made, such as compiling
//! it, in a process of its own within limits ([`Workshop`], on Linux). Nor are runners:
//! processes that serve what one tenant has brought ([`RunnerSpawner`], on Linux).
#![forbid(unsafe_code)]

pub mod beneath;

mod account;
mod beginning;
mod bounds;
mod child;
mod clock;
#[cfg(target_os = "linux")]
mod descendants;
mod environment;
mod error;
mod group;
mod launch;
mod launcher;
mod native;
mod order;
mod orphans;
#[cfg(target_os = "linux")]
mod parcel;
mod places;
mod runners;
mod script_directories;
mod scripts;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(target_os = "linux")]
mod spawner;
#[cfg(target_os = "linux")]
mod stand_in;
mod standard_error;
mod stdio;
mod supervisor;
#[cfg(test)]
mod tests;
mod user;
mod workshop;

pub use account::{Account, AccountError, Owner};
pub use bounds::Bounds;
pub use child::{Child, Exit, Outcome};
pub use environment::Environment;
pub use error::ProcessError;
pub use places::Place;
pub use runners::{Runner, RunnerBounds, RunnerSpawner, run_runner_spawner};
pub use script_directories::{Form, PathKind, Program};
pub use scripts::{ScriptRules, Scripts};
#[cfg(target_os = "linux")]
pub use spawner::run_cgi_spawner;
pub use standard_error::{LineSink, log_lines};
pub use stdio::{Input, Output};
pub use supervisor::Process;
pub use user::ScriptUsers;
pub use workshop::{WorkFailure, WorkLimits, Workshop, run_workshop};
