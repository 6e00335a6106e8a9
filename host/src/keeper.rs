//! `wasm-host keeper`, which `preview --code` starts for itself: what keeps the values of
//! sites' code.

use crate::failure::Failure;
use std::ffi::OsString;
use std::path::Path;
use wasm_host_preview::keeper::{Keeper, run_keeper};

/// Bytes.
const MEBIBYTE: u64 = 1024 * 1024;

/// Starts what keeps values: this very program, also if its file was replaced. None: nobody
/// may keep any. `store`: the folder of all that is deployed. `most`: in MiB, of a project.
///
/// # Errors
///
/// It can't be started.
pub(super) fn start(
    store: &Path,
    most: u32,
    is_locked_down: bool,
) -> Result<Option<Keeper>, Failure> {
    if most == 0 {
        return Ok(None);
    }
    let command = ["/proc/self/exe", "keeper"].map(OsString::from);
    let folder = store.join("local/keyvalue");
    let most = u64::from(most) * MEBIBYTE;
    let started = Keeper::start(&command, &folder, most, is_locked_down);
    started.map(Some).map_err(|error| {
        Failure::Preview(format!(
            "cannot keep values of sites' code, as no process can be started for it: {error}; give --keyvalue-size 0 to keep none"
        ))
    })
}

/// Keeps values until the server of previews is gone.
pub(super) fn run() -> Result<(), Failure> {
    run_keeper().map_err(|error| Failure::Preview(error.to_string()))
}
