//! What root keeps of its powers in a guard or a spawner.

use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

/// Root without its powers, but for those that it takes to start processes as other
/// users, and to kill them.
///
/// # Errors
///
/// This process doesn't have these.
pub(super) fn keep_few_capabilities() -> rustix::io::Result<()> {
    let few = CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::KILL;
    let sets = CapabilitySets {
        effective: few,
        permitted: few,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets)
}
