//! Which files, ports and processes are within reach (landlock(7)).
//!
//! A rule is about what is at a path when it is made: what takes its place later, by
//! rename(2) as well, isn't covered, unless a directory above is.

use super::needs::{Kept, KeptPath, Needs, Network};
use super::outcome::Outcome;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath,
    PathFd, RestrictSelfAttr, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, make_bitflags,
};

/// What is restricted, as far as the kernel knows of it: all that the crate does.
const NEWEST: ABI = ABI::V10;

/// What this code was tried on has no less: connections and signals are restricted.
const FULL: ABI = ABI::V6;

/// Where resolvers take questions (RFC 1035 section 4.2).
const DNS: u16 = 53;

/// Restricts this thread, and those that it starts; where the kernel can, all threads.
pub(super) fn restrict(needs: &Needs, outcome: &mut Outcome) -> Result<(), String> {
    let failed = |error: RulesetError| format!("Landlock failed: {error}");
    let older = is_older();
    let status = ruleset(needs)
        .and_then(RulesetCreated::restrict_self)
        .map_err(failed)?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("this kernel has no Landlock, or it is switched off, so files are as within reach as before".to_owned());
    }
    outcome.holds.push("no other file".to_owned());
    if older {
        return Err("this kernel's Landlock is older than Linux 6.12, so signals and connections aren't restricted by it".to_owned());
    }
    let others = threads().saturating_sub(1);
    if others > 0 && !status.all_threads {
        return Err(format!(
            "{others} threads that ran before aren't held by Landlock"
        ));
    }
    Ok(())
}

/// Whether the kernel lacks what matters.
fn is_older() -> bool {
    let strict = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(FULL))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(FULL)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(FULL)));
    strict.is_err()
}

fn ruleset(needs: &Needs) -> Result<RulesetCreated, RulesetError> {
    let mut network = AccessNet::from_all(NEWEST);
    if needs.network != Network::None {
        // Questions to resolvers go by UDP, from any port to theirs.
        network.remove(make_bitflags!(AccessNet::{BindUdp | ConnectSendUdp}));
    }
    if needs.network == Network::Any {
        network.remove(AccessNet::ConnectTcp);
    }
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(network)?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for path in &needs.paths {
        // What isn't there any more is none of its paths.
        if let Some(rule) = rule(path) {
            ruleset = ruleset.add_rule(rule)?;
        }
    }
    if let Network::Ports(ports) = &needs.network {
        for &port in ports.iter().chain(&[DNS]) {
            ruleset = ruleset.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
        }
    }
    ruleset.all_threads(true)
}

fn rule(KeptPath { path, kept }: &KeptPath) -> Option<PathBeneath<PathFd>> {
    let is_directory = std::fs::metadata(path).ok()?.is_dir();
    let mut access = access(*kept);
    if !is_directory {
        access &= AccessFs::from_file(NEWEST);
    }
    Some(PathBeneath::new(PathFd::new(path).ok()?, access))
}

/// Never to execute, nor to make a device or a socket.
fn access(kept: Kept) -> BitFlags<AccessFs> {
    match kept {
        Kept::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir}),
        Kept::ReadFiles => make_bitflags!(AccessFs::{ReadFile}),
        Kept::Write => make_bitflags!(AccessFs::{WriteFile | MakeReg}),
        Kept::Add => make_bitflags!(AccessFs::{
            ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | Refer
        }),
        Kept::Change => make_bitflags!(AccessFs::{
            ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | MakeSym
            | RemoveFile | RemoveDir | Refer
        }),
    }
}

/// How many this process has.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}
