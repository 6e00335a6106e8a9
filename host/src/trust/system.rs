//! The authorities that the system trusts, on Debian and its kin: files in a folder, of
//! which `update-ca-certificates` makes what OpenSSL, GnuTLS, curl and others read.

use super::report::{Ran, Report, run};
use rustix::process::geteuid;
use std::fs;
use std::path::{Path, PathBuf};

/// Where an administrator's authorities are.
const FOLDER: &str = "/usr/local/share/ca-certificates";

const UPDATE: &str = "update-ca-certificates";

/// Has the system trust it, or says how root does that.
pub(super) fn trust(name: &str, certificate: &Path, report: &mut Report) {
    let place = place(name);
    if !Path::new(FOLDER).is_dir() {
        return report.say(&format!(
            "System: it has no {FOLDER}; add {} as your system has it done.",
            certificate.display()
        ));
    }
    if !geteuid().is_root() {
        return report.say(&format!(
            "System: sudo install -m 644 '{}' {} && sudo {UPDATE}",
            certificate.display(),
            place.display()
        ));
    }
    match fs::copy(certificate, &place) {
        Ok(_) => update("System: trusts it now.", report),
        Err(error) => report.fail(&format!("System: {}: {error}", place.display())),
    }
}

/// Removes every authority of ours, or says how root does that.
pub(super) fn distrust(report: &mut Report) {
    let ours = ours();
    if ours.is_empty() {
        return;
    }
    if !geteuid().is_root() {
        let files: Vec<_> = ours.iter().map(|it| it.display().to_string()).collect();
        let files = files.join(" ");
        return report.say(&format!("System: sudo rm {files} && sudo {UPDATE}"));
    }
    for file in &ours {
        if let Err(error) = fs::remove_file(file) {
            report.fail(&format!("System: {}: {error}", file.display()));
        }
    }
    update("System: doesn't trust it any more.", report);
}

fn update(done: &str, report: &mut Report) {
    match run::<&str>(UPDATE, []) {
        Ran::Done(_) => report.say(done),
        Ran::Absent => report.fail(&format!("System: there is no {UPDATE}")),
        Ran::Failed(reason) => report.fail(&format!("System: {reason}")),
    }
}

/// The authority's file; only those that end in `.crt` count.
fn place(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{}.crt", name.replace(' ', "-")))
}

fn ours() -> Vec<PathBuf> {
    let prefix = super::nss::PREFIX.replace(' ', "-");
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(".crt"))
            .is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let mut ours: Vec<_> = entries.map(|entry| entry.path()).filter(is_ours).collect();
    ours.sort();
    ours
}
