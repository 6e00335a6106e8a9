//! lighttpd, which caches what stat(2) says for a second.

use super::{Launch, Peer, write_configuration};
use crate::bench::error::Result;
use std::path::Path;
use std::process::Command;

pub(super) const LIGHTTPD: Peer = Peer {
    name: "lighttpd",
    programs: &["lighttpd"],
    package: Some("lighttpd"),
    variable: None,
    version: "-v",
    configure,
    lacks: &[],
};

/// 65,535 requests a connection is the most that it can be told; 32 connections
/// of a few seconds don't get there.
fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, folder: &Path) -> Result<()> {
    // Without a worker it is one process; with one, there is a parent as well.
    let workers = if launch.workers == 1 {
        0
    } else {
        launch.workers
    };
    let configuration = format!(
        "server.document-root = \"{root}\"
         server.bind = \"127.0.0.1\"
         server.port = {port}
         server.max-worker = {workers}
         server.max-keep-alive-requests = 65535
         server.max-keep-alive-idle = 600
         server.max-fds = 20000
         server.max-connections = 16384
         server.network-backend = \"sendfile\"
         server.modules = ( \"mod_dirlisting\" )
         dir-listing.activate = \"enable\"
         mimetype.assign = ( \"\" => \"application/octet-stream\" )
        ",
        root = launch.root.display(),
    );
    let file = write_configuration(folder, &configuration)?;
    command.arg("-D").arg("-f").arg(file);
    Ok(())
}
