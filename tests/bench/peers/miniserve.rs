//! miniserve, whose number of workers is that of the processor's cores.

use super::{Launch, Peer};
use crate::bench::error::Result;
use std::path::Path;
use std::process::Command;

pub(super) const MINISERVE: Peer = Peer {
    name: "miniserve",
    programs: &["miniserve"],
    package: None,
    variable: None,
    version: "--version",
    configure,
    lacks: &[("scaling", "it has no option for the number of workers")],
};

fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, _: &Path) -> Result<()> {
    command
        .args(["--interfaces", "127.0.0.1", "--port", &port.to_string()])
        .arg(launch.root);
    Ok(())
}
