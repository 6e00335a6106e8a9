//! A worker's own side: one piece of work, once it can do nothing else.

use super::limits::forbid_files;
use super::order::Order;
use super::overseer::copy;
use rustix::process::{
    DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal,
    setpriority_process,
};
use std::fs::{self, File};
use std::io::{self, Read};

/// The priority of those that wait gladly: everything else goes before.
const NICE: i32 = 15;

/// When the system is short of memory, it is this process that has to go.
const FIRST_TO_GO: &str = "1000";

/// Puts the limits on this process, and works.
pub(super) fn run(
    order: &Order,
    confine: impl FnOnce(),
    work: impl FnOnce(&str, Vec<u8>, &mut File) -> io::Result<()>,
) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Neither has to be: a machine may allow no more than it does already.
    let _ = fs::write("/proc/self/oom_score_adj", FIRST_TO_GO);
    let _ = setpriority_process(None, NICE);
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let mut material = File::from(copy(io::stdin())?);
    let mut result = File::from(copy(io::stdout())?);
    order.limits.put_on_this_process()?;
    confine();
    forbid_files()?;
    let mut bytes = Vec::new();
    material.read_to_end(&mut bytes)?;
    work(&order.job, bytes, &mut result)
}
