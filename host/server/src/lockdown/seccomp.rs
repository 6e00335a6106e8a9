//! Which system calls are left (seccomp(2)): a list of what is needed, as a list of
//! what is dangerous would be short of the next one that the kernel adds.
//!
//! Any other fails with `ENOSYS`, as if this kernel didn't have it: then libraries fall
//! back to what they did before it was there, where another error would have them give
//! up, and killing the process would make each new version of a library a risk.

use super::calls::{CONDITIONAL, Conditional, NETWORK, NETWORK_CONDITIONAL, PLAIN, Test};
use super::needs::{Needs, Network};
use super::outcome::Outcome;
use rustix::io::Errno;
use rustix::process::getpid;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};
use std::collections::BTreeMap;

/// Restricts all threads of this process, and those that they start.
pub(super) fn restrict(needs: &Needs, outcome: &mut Outcome) -> Result<(), String> {
    let failed = |error: String| {
        format!("system calls can't be restricted, so programs can be started: {error}")
    };
    let program = program(&needs.network).map_err(|error| failed(error.to_string()))?;
    apply_filter_all_threads(&program).map_err(|error| failed(error.to_string()))?;
    outcome.holds.push(match needs.network {
        Network::None => "no program, no new socket".to_owned(),
        Network::Ports(_) | Network::Any => "no program, no foreign socket".to_owned(),
    });
    Ok(())
}

fn program(network: &Network) -> Result<BpfProgram, seccompiler::BackendError> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let (plain, conditional): (&[i64], &[Conditional]) = match network {
        Network::None => (&[], &[]),
        Network::Ports(_) | Network::Any => (NETWORK, NETWORK_CONDITIONAL),
    };
    let plain = PLAIN.iter().chain(plain);
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        plain.map(|&call| (call, Vec::new())).collect();
    for Conditional(call, argument, tests) in CONDITIONAL.iter().chain(conditional) {
        let allowed = tests.iter().map(|test| rule(*argument, *test));
        rules.insert(*call, allowed.collect::<Result<_, _>>()?);
    }
    let absent = SeccompAction::Errno(Errno::NOSYS.raw_os_error().unsigned_abs());
    SeccompFilter::new(rules, absent, SeccompAction::Allow, architecture)?.try_into()
}

/// A call is allowed if one of its rules holds.
fn rule(argument: u8, test: Test) -> Result<SeccompRule, seccompiler::BackendError> {
    let (operator, value) = match test {
        Test::Is(value) => (SeccompCmpOp::Eq, value),
        Test::Has(bits, set) => (SeccompCmpOp::MaskedEq(bits), set),
        Test::IsOwnProcess => {
            let own = getpid().as_raw_nonzero().get().unsigned_abs();
            (SeccompCmpOp::Eq, u64::from(own))
        }
    };
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
    SeccompRule::new(vec![condition])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_makes_a_filter() {
        for network in [Network::None, Network::Any] {
            let program = program(&network).unwrap();
            // What the kernel takes: BPF_MAXINSNS.
            assert!(program.len() < 4096, "{}", program.len());
        }
    }

    #[test]
    fn nothing_is_listed_twice() {
        let mut calls: Vec<_> = PLAIN.to_vec();
        calls.extend(NETWORK);
        let conditional = CONDITIONAL.iter().chain(NETWORK_CONDITIONAL);
        calls.extend(conditional.map(|one| one.0));
        let all = calls.len();
        calls.sort_unstable();
        calls.dedup();
        assert_eq!(calls.len(), all);
    }
}
