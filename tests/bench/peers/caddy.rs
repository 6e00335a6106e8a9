//! Caddy.

use super::{Launch, Peer, write_configuration};
use crate::bench::error::Result;
use std::path::Path;
use std::process::Command;

pub(super) const CADDY: Peer = Peer {
    name: "caddy",
    programs: &["caddy"],
    package: Some("caddy"),
    variable: None,
    version: "version",
    configure,
    lacks: &[],
};

/// Without a `log` directive Caddy logs no requests.
fn configure(command: &mut Command, launch: &Launch<'_>, port: u16, folder: &Path) -> Result<()> {
    let configuration = format!(
        "{{
            admin off
            auto_https off
            servers {{
                timeouts {{
                    idle 10m
                }}
            }}
        }}
        http://:{port} {{
            bind 127.0.0.1
            root * {root}
            file_server browse
        }}
        ",
        root = launch.root.display(),
    );
    let file = write_configuration(folder, &configuration)?;
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file)
        .env("GOMAXPROCS", launch.workers.to_string())
        // Where it would keep certificates.
        .env("XDG_DATA_HOME", folder)
        .env("XDG_CONFIG_HOME", folder);
    Ok(())
}
