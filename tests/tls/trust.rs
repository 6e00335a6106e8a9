//! `wasm-host trust`: whom it has accept the local authority, and that nothing is left
//! when it is undone. Each test has a home of its own; root's has a system of its own.

use crate::support::command_line::stderr;
use crate::support::only::Only;
use crate::support::server::BINARY;
use crate::support::skip::skipped;
use crate::support::tools::{run, startable, stdout};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The folders of the system's authorities are others, for those that run in it.
const OWN_SYSTEM: &str = "mount -t tmpfs none /usr/local/share/ca-certificates && \
                          mount -t tmpfs none /etc/ssl/certs && exec \"$@\"";

/// Makes a private copy of the system's folders, if that can be done here.
pub(super) fn own_system() -> Option<Command> {
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", OWN_SYSTEM, "sh"]);
    let mut probe = Command::new("unshare");
    probe.args(["--mount", "sh", "-c", OWN_SYSTEM, "sh", "true"]);
    if probe.output().is_ok_and(|output| output.status.success()) {
        return Some(command);
    }
    skipped("there are no mount namespaces for this user");
    None
}

/// A user's home, in which Firefox has been started once.
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Self {
        let home = Self(TempDir::new().unwrap());
        let profile = home.firefox();
        fs::create_dir_all(&profile).unwrap();
        stdout(Command::new("certutil").args(["-N", "--empty-password", "-d", &sql(&profile)]));
        home
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn firefox(&self) -> PathBuf {
        self.path(".mozilla/firefox/abc.default-release")
    }

    fn chromium(&self) -> PathBuf {
        self.path(".pki/nssdb")
    }

    pub(super) fn authority(&self) -> PathBuf {
        self.path(".local/share/wasm-host/ca/cert.pem")
    }

    /// Has a command run there.
    pub(super) fn of<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("HOME", self.0.path())
            .env_remove("XDG_DATA_HOME")
            .env_remove("SUDO_USER")
    }
}

fn sql(folder: &Path) -> String {
    format!("sql:{}", folder.display())
}

/// What a database trusts, as certutil has it.
fn trusted(folder: &Path) -> String {
    let output = run(Command::new("certutil").args(["-L", "-d", &sql(folder)]));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn browsers_and_the_system_trust_it_until_that_is_undone() {
    if !Only::AsRoot.applies() || !startable("certutil") {
        return;
    }
    let Some(mut system) = own_system() else {
        return;
    };
    let home = Home::new();
    // One namespace for all: it ends with the shell.
    let script = r#"
        set -e
        "$0" trust; "$0" trust
        openssl verify -CApath /etc/ssl/certs "$HOME/.local/share/wasm-host/ca/cert.pem"
        certutil -L -d "sql:$HOME/.pki/nssdb"
        certutil -L -d "sql:$HOME/.mozilla/firefox/abc.default-release"
        echo UNDONE
        "$0" trust --undo; "$0" trust --undo
        ls /usr/local/share/ca-certificates
        grep -c BEGIN /etc/ssl/certs/ca-certificates.crt >/dev/null
        ! openssl verify -CApath /etc/ssl/certs "$HOME/.local/share/wasm-host/ca/cert.pem"
    "#;
    let output = run(home.of(&mut system).args(["bash", "-c", script, BINARY]));
    let said = text(&output);
    let (done, undone) = said.split_once("UNDONE").unwrap();
    for part in [
        "Chromium, Chrome (",
        "Firefox (",
        "System: trusts it now.",
        "cert.pem: OK",
    ] {
        assert!(done.contains(part), "{part}: {said}");
    }
    let listed = |line: &&str| {
        line.starts_with("wasm-host local authority ") && line.trim_end().ends_with(" C,,")
    };
    assert_eq!(done.lines().filter(listed).count(), 2, "{said}");
    assert_eq!(
        undone.matches("doesn't trust it any more").count(),
        3,
        "{said}"
    );
    assert!(!undone.contains(".crt"), "{said}");
    for database in [home.chromium(), home.firefox()] {
        assert!(!trusted(&database).contains("wasm-host"), "{database:?}");
    }
    assert!(home.authority().exists(), "it stays for the next time");
}

#[test]
fn who_is_not_root_is_told_what_root_can_do() {
    if !Only::AsRoot.applies() || !startable("certutil") || !startable("setpriv") {
        return;
    }
    let home = Home::new();
    stdout(Command::new("chown").args(["-R", "nobody", home.0.path().to_str().unwrap()]));
    let trust = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--clear-groups", BINARY, "trust"]);
        text(&run(home.of(command.args(args))))
    };
    let said = trust(&[]);
    let certificate = home.authority();
    let sudo = format!(
        "System: sudo install -m 644 '{}' /usr/local/share/ca-certificates/wasm-host-local-authority-",
        certificate.display()
    );
    assert!(said.contains(&sudo), "{said}");
    assert!(
        said.contains(&format!("curl --cacert {}", certificate.display())),
        "{said}"
    );
    assert!(trusted(&home.chromium()).contains("wasm-host"), "{said}");
    let said = trust(&["--undo"]);
    assert!(!trusted(&home.chromium()).contains("wasm-host"), "{said}");
}

/// Chromium's and Firefox's databases are written by a program that may not be there.
#[test]
fn without_certutil_its_package_is_named() {
    let Some(mut system) = own_system() else {
        return;
    };
    let home = Home(TempDir::new().unwrap());
    let bin = home.path("bin");
    fs::create_dir(&bin).unwrap();
    let update = bin.join("update-ca-certificates");
    fs::write(&update, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&update, fs::Permissions::from_mode(0o755)).unwrap();
    let trust = "PATH=$1 exec \"$0\" trust";
    let bin = bin.to_str().unwrap();
    let output = run(home
        .of(&mut system)
        .args(["/bin/sh", "-c", trust, BINARY, bin]));
    let said = text(&output);
    assert!(said.contains("libnss3-tools"), "{said}");
    assert!(said.contains("Firefox: there is no profile"), "{said}");
    assert!(!home.chromium().exists(), "no empty folder is left");
}

/// Root has another home, another authority, and no browser.
#[test]
fn by_sudo_it_is_refused() {
    let home = Home(TempDir::new().unwrap());
    let mut command = Command::new(BINARY);
    let output = run(home.of(&mut command).arg("trust").env("SUDO_USER", "ann"));
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("run `wasm-host trust` as ann, without sudo"),
        "{said}"
    );
    assert!(!home.path(".local").exists());
    let mut command = Command::new(BINARY);
    let nowhere = run(home.of(&mut command).arg("trust").env("HOME", ""));
    assert!(
        stderr(&nowhere).contains("set HOME"),
        "{}",
        stderr(&nowhere)
    );
}
