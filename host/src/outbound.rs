//! `wasm-host outbound-sender`, which `preview` starts for itself: what sends the requests
//! of sites' code. And the file of what sites' code may do.

use crate::failure::Failure;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use wasm_host_preview::outbound::{Sender, check_roots, run_sender};
use wasm_host_preview::policy::Policy;

/// Reads what an operator lets sites' code do. None: nothing.
///
/// # Errors
///
/// The file can't be read, or something in it is wrong.
pub(super) fn policy(file: Option<&Path>) -> Result<Policy, Failure> {
    let Some(file) = file else {
        return Ok(Policy::default());
    };
    let named = file.display();
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::Preview(format!("cannot read {named}: {error}")))?;
    Policy::read(&text).map_err(|error| Failure::Preview(format!("{named}:{error}")))
}

/// Starts what sends requests: this very program, also if its file was replaced. None:
/// nobody may send any.
///
/// # Errors
///
/// It can't be started, or whom it is to trust can't be read.
pub(super) fn sender(policy: &Policy, is_locked_down: bool) -> Result<Option<Sender>, Failure> {
    if !policy.has_outbound() {
        return Ok(None);
    }
    let roots = policy.roots().map(|file| {
        let named = file.display();
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::Preview(format!("cannot read {named}: {error}")))?;
        check_roots(&text).map_err(|error| Failure::Preview(format!("{named}: {error}")))?;
        Ok::<_, Failure>(text)
    });
    let command = ["/proc/self/exe", "outbound-sender"].map(OsString::from);
    let started = Sender::start(&command, roots.transpose()?, is_locked_down);
    started.map(Some).map_err(|error| {
        Failure::Preview(format!(
            "cannot send requests of sites' code, as no process can be started for it: {error}; leave out --policy"
        ))
    })
}

/// Sends requests until the server of previews is gone.
pub(super) fn run() -> Result<(), Failure> {
    run_sender().map_err(|error| Failure::Preview(error.to_string()))
}
