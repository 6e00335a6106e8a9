//! `wasm-host trust`: has browsers and tools accept the certificates of
//! `serve --tls-local`, as far as this user can do that, and prints the rest.

mod nss;
mod report;
mod system;

use crate::data_folder::local_authority;
use crate::failure::Failure;
use clap::Args;
use nss::Database;
use report::Report;
use std::env::var_os;
use std::path::PathBuf;
use wasm_host_server::LocalAuthority;

/// Have browsers and tools on this machine accept the certificates of `serve
/// --tls-local`.
///
/// They come to trust an authority that is this machine's own, and that its own
/// certificate keeps from vouching for other than local names. Its key is this user's
/// alone, in $XDG_DATA_HOME/wasm-host or ~/.local/share/wasm-host.
#[derive(Debug, Args)]
pub(super) struct Trust {
    /// Take back all of it: no browser and no tool trusts the authority any more.
    #[arg(long)]
    undo: bool,
}

impl Trust {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if let Some(user) = var_os("SUDO_USER").filter(|user| user != "root") {
            // It has a folder of its own, and browsers have theirs.
            return Err(Failure::TrustBySudo(user.to_string_lossy().into_owned()));
        }
        let authority = local_authority()?;
        let home = var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let databases = Database::find_all(&home);
        let mut report = Report::default();
        if self.undo {
            undo(&databases, &mut report);
            report.say(&format!(
                "The authority itself stays in {}; remove that folder to have another made.",
                authority.folder.display()
            ));
        } else {
            trust(&authority, &databases, &mut report)?;
        }
        report.print()
    }
}

fn trust(
    authority: &LocalAuthority,
    databases: &[Database],
    report: &mut Report,
) -> Result<(), Failure> {
    let name = authority.ensure().map_err(wasm_host_server::Error::from)?;
    let certificate = authority.certificate();
    for database in databases {
        database.trust(&name, &certificate, report);
    }
    if !databases.iter().any(Database::is_firefoxs) {
        report.say("Firefox: there is no profile; start it once, and run this again.");
    }
    system::trust(&name, &certificate, report);
    let certificate = certificate.display();
    report.say(&format!(
        "Others: curl --cacert {certificate}, NODE_EXTRA_CA_CERTS={certificate}, SSL_CERT_FILE={certificate}"
    ));
    report.say("Take it back with `wasm-host trust --undo`.");
    Ok(())
}

fn undo(databases: &[Database], report: &mut Report) {
    for database in databases {
        database.distrust(report);
    }
    system::distrust(report);
}
