//! nginx, with which everybody compares.

use super::{Launch, Peer, write_configuration};
use crate::bench::error::Result;
use std::path::Path;
use std::process::Command;

pub(super) const NGINX: Peer = Peer {
    name: "nginx",
    programs: &["nginx"],
    package: Some("nginx-light"),
    variable: None,
    version: "-v",
    configure,
    lacks: &[],
};

/// `reuseport` shares connections out among the workers; without it one worker
/// may take nearly all of them.
fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, folder: &Path) -> Result<()> {
    // Its workers become `nobody` otherwise, who can't enter the folder.
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let configuration = format!(
        "{user}
         daemon off;
         pid {folder}/pid;
         error_log stderr crit;
         worker_processes {workers};
         worker_rlimit_nofile 20000;
         events {{ worker_connections 16384; }}
         http {{
             access_log off;
             sendfile on;
             tcp_nopush on;
             tcp_nodelay on;
             keepalive_timeout 600s;
             keepalive_requests 1000000000;
             client_body_temp_path {folder}/body;
             proxy_temp_path {folder}/proxy;
             fastcgi_temp_path {folder}/fastcgi;
             uwsgi_temp_path {folder}/uwsgi;
             scgi_temp_path {folder}/scgi;
             server {{
                 listen 127.0.0.1:{port} reuseport;
                 root {root};
                 autoindex on;
             }}
         }}",
        folder = folder.display(),
        workers = launch.workers,
        root = launch.root.display(),
    );
    let file = write_configuration(folder, &configuration)?;
    command.arg("-p").arg(folder).arg("-c").arg(file);
    Ok(())
}
