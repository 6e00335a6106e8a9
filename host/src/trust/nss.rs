//! Databases of certificates as Mozilla's library has them: one of a user for Chromium,
//! and one in each of Firefox's profiles. `certutil` writes them.

use super::report::{Ran, Report, run};
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What `certutil` is part of.
const PACKAGE: &str = "libnss3-tools (Debian, Ubuntu), nss-tools (Fedora) or nss (Arch)";

/// How all names of our authorities begin.
pub(super) const PREFIX: &str = "wasm-host local authority ";

/// Where Chromium's database is, beneath the user's home.
const CHROMIUM: [&str; 2] = [".pki/nssdb", "snap/chromium/current/.pki/nssdb"];

/// Where Firefox's profiles are.
const FIREFOX: [&str; 4] = [
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
];

/// The file that each database has.
const FILE: &str = "cert9.db";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Browser {
    Chromium,
    Firefox,
}

/// A browser's database.
#[derive(Debug)]
pub(super) struct Database {
    browser: Browser,
    folder: PathBuf,
}

impl Database {
    /// All of a user's; Chromium's first one also if it isn't there yet, as Chromium
    /// reads it once it is.
    pub(super) fn find_all(home: &Path) -> Vec<Self> {
        let chromium = CHROMIUM.iter().enumerate().filter_map(|(number, path)| {
            let folder = home.join(path);
            let found = number == 0 || folder.join(FILE).exists();
            found.then_some(Self {
                browser: Browser::Chromium,
                folder,
            })
        });
        let profiles = FIREFOX
            .iter()
            .filter_map(|path| fs::read_dir(home.join(path)).ok());
        let profiles = profiles.flatten().flatten().map(|entry| entry.path());
        let firefox = profiles.filter(|folder| folder.join(FILE).exists());
        let firefox = firefox.map(|folder| Self {
            browser: Browser::Firefox,
            folder,
        });
        chromium.chain(firefox).collect()
    }

    pub(super) fn is_firefoxs(&self) -> bool {
        self.browser == Browser::Firefox
    }

    fn name(&self) -> String {
        let browser = match self.browser {
            Browser::Chromium => "Chromium, Chrome",
            Browser::Firefox => "Firefox",
        };
        format!("{browser} ({})", self.folder.display())
    }

    /// The option that names it.
    fn option(&self) -> OsString {
        let mut option = OsString::from("sql:");
        option.push(&self.folder);
        option
    }

    /// Runs `certutil` on it.
    fn certutil(&self, args: &[&str]) -> Ran {
        let database = ["-d".into(), self.option()];
        let args = args.iter().map(OsString::from);
        run("certutil", database.into_iter().chain(args))
    }

    /// Has the browser trust an authority, for web sites alone (`C,,`).
    pub(super) fn trust(&self, name: &str, certificate: &Path, report: &mut Report) {
        let certificate = certificate.to_string_lossy();
        let add = ["-A", "-t", "C,,", "-n", name, "-i", &certificate];
        let added = match self.make_if_absent() {
            Ran::Done(_) => self.certutil(&add),
            failed => failed,
        };
        match added {
            Ran::Done(_) => report.say(&format!(
                "{}: trusts it from its next start on.",
                self.name()
            )),
            Ran::Absent => report.say(&format!(
                "{}: needs certutil, of the package {PACKAGE}; install it, and run this again.",
                self.name()
            )),
            Ran::Failed(reason) => report.fail(&format!("{}: {reason}", self.name())),
        }
    }

    fn make_if_absent(&self) -> Ran {
        if self.folder.join(FILE).exists() {
            return Ran::Done(String::new());
        }
        // Absent, it would leave an empty folder.
        if let Ran::Absent = run("certutil", ["--version"]) {
            return Ran::Absent;
        }
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder);
        match made {
            Ok(()) => self.certutil(&["-N", "--empty-password"]),
            Err(error) => Ran::Failed(error.to_string()),
        }
    }

    /// Removes every authority of ours.
    pub(super) fn distrust(&self, report: &mut Report) {
        if !self.folder.join(FILE).exists() {
            return;
        }
        let listed = match self.certutil(&["-L"]) {
            Ran::Done(listed) => listed,
            Ran::Absent => {
                return report.fail(&format!(
                    "{}: needs certutil, of the package {PACKAGE}",
                    self.name()
                ));
            }
            Ran::Failed(reason) => return report.fail(&format!("{}: {reason}", self.name())),
        };
        for name in ours(&listed) {
            match self.certutil(&["-D", "-n", &name]) {
                Ran::Done(_) => {
                    report.say(&format!("{}: doesn't trust it any more.", self.name()));
                }
                Ran::Absent => {}
                Ran::Failed(reason) => report.fail(&format!("{}: {reason}", self.name())),
            }
        }
    }
}

/// The names of our authorities in what `certutil -L` prints: a name a line, and after
/// some blanks for what it is trusted.
fn ours(listed: &str) -> Vec<String> {
    let names = listed.lines().filter(|line| line.starts_with(PREFIX));
    let names = names.filter_map(|line| Some(line.trim_end().rsplit_once(' ')?.0.trim_end()));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_authorities_are_told_from_others() {
        let listed = "\nCertificate Nickname      Trust Attributes\n\n\
                      Other authority                       C,,  \n\
                      wasm-host local authority 0a1b2c3d    C,,  \n\
                      wasm-host local authority 99999999    ,,   \n";
        let names = ["0a1b2c3d", "99999999"].map(|id| format!("{PREFIX}{id}"));
        assert_eq!(ours(listed), names);
    }
}
