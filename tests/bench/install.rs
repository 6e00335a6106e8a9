//! `--install`: the servers and tools that Debian has.

use super::error::{Error, Result};
use super::load::{H2LOAD, WRK};
use super::peers;
use std::process::Command;

/// Installs what isn't found on the path and apt-get has.
pub(crate) fn install() -> Result<()> {
    let servers = peers::ALL.iter().filter_map(|peer| {
        let found = peer
            .programs
            .iter()
            .any(|name| peers::on_path(name).is_some());
        peer.package.filter(|_| !found)
    });
    let tools = [(WRK, "wrk"), (H2LOAD, "nghttp2-client")];
    let missing_tools = tools
        .iter()
        .filter(|(program, _)| peers::on_path(program).is_none())
        .map(|&(_, package)| package);
    let packages: Vec<&str> = servers.chain(missing_tools).collect();
    if packages.is_empty() {
        return Ok(());
    }
    apt_get(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq"];
    arguments.extend(packages);
    apt_get(&arguments)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    let status = command.status().map_err(Error::io("apt-get"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Tool {
            command: format!("apt-get {}", arguments.join(" ")),
            what: status.to_string(),
        })
    }
}
