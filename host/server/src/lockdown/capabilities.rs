//! What root may do beyond what anybody may (capabilities(7)).

use super::needs::Needs;
use super::outcome::Outcome;
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

/// Those that have root read and write all files, within what Landlock leaves: a site
/// that only root can serve goes on being served.
const KEPT: CapabilitySet = CapabilitySet::DAC_OVERRIDE
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::FOWNER);

/// Gives up all but [`KEPT`].
pub(super) fn drop_most(_: &Needs, outcome: &mut Outcome) -> Result<(), String> {
    let failed = |error| format!("root's capabilities couldn't be given up: {error}");
    let had = capabilities(None).map_err(failed)?;
    if KEPT.contains(had.permitted) {
        return Ok(());
    }
    let kept = CapabilitySets {
        effective: had.effective & KEPT,
        permitted: had.permitted & KEPT,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, kept).map_err(failed)?;
    let what = "of root's capabilities, those to read and write files are left";
    outcome.holds.push(what.to_owned());
    Ok(())
}
