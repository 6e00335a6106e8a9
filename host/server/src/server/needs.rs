//! What a server still opens once it serves, for the lock-down to leave it.

use super::HttpServerBuilder;
use crate::component;
use crate::grants::{Access, OutboundTarget};
use crate::lockdown::{Kept, KeptPath, Needs, Network};
use crate::logging::escape_controls;
use crate::reload::directories_of;
use crate::scripts::spool_directory;
use std::path::{Path, PathBuf};

/// What tells the time of day and where: read again when it may have changed.
const TIME_ZONES: [&str; 3] = ["/etc/localtime", "/usr/share/zoneinfo", "/etc/timezone"];

/// What the C library reads to find the address of a host (resolver(5), nss(5)), and
/// loads to do it. The links' targets count.
pub(super) const RESOLVING: [&str; 13] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ld.so.cache",
    "/run/systemd/resolve",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
];

impl HttpServerBuilder {
    /// All that this server needs beside what it has open, and what its program does.
    pub(super) fn needs(&self, besides: &[KeptPath]) -> Needs {
        let mut needs = Needs::default();
        for KeptPath { path, kept } in besides {
            if is_wide(path) {
                report_wide("what the program opens later", path);
            } else {
                needs.path(path, *kept);
            }
        }
        for path in TIME_ZONES {
            needs.path(path, Kept::Read);
        }
        self.needs_directories(&mut needs);
        if let Some(file) = self.component.file() {
            needs_in_its_place(&mut needs, file, "another file in place of the component");
        }
        for file in self.certificate_files() {
            needs_in_its_place(&mut needs, &file, "another file in place of a certificate");
        }
        if let Ok(cache) = component::usable_cache_directory() {
            needs.path(cache, Kept::Change);
        }
        if self.cgi.is_some() {
            needs.path(spool_directory(), Kept::Change);
        }
        needs.network = self.network();
        if needs.network != Network::None {
            for path in RESOLVING {
                needs.path(path, Kept::Read);
            }
        }
        needs
    }

    fn needs_directories(&self, needs: &mut Needs) {
        let kept = match self.uploads {
            None => Kept::Read,
            Some(_) => Kept::Add,
        };
        needs.path(&self.directory, kept);
        for grant in &self.grants.directories {
            let kept = match grant.access() {
                Access::ReadOnly => Kept::Read,
                Access::ReadWrite => Kept::Change,
            };
            needs.path(grant.host(), kept);
        }
        // What takes the directory's place isn't there yet, so that only the one that
        // it will be in can be named; of a link, also the one that it leads to now.
        let mut grants = self.grants.directories.iter();
        if !self.follows() || grants.any(|grant| grant.access() == Access::ReadWrite) {
            return;
        }
        for parent in parents(&self.directory) {
            if is_wide(&parent) {
                report_wide("another directory in place of the served one", &parent);
            } else {
                needs.path(parent, Kept::Read);
            }
        }
    }

    fn network(&self) -> Network {
        let targets = &self.grants.outbound;
        if targets.is_empty() || self.grants.outbound_sender.is_some() {
            return Network::None;
        }
        let ports: Option<Vec<u16>> = targets.iter().map(OutboundTarget::port).collect();
        ports.map_or(Network::Any, Network::Ports)
    }
}

/// A file, and what is put in its place: that is another file, which only the
/// directory's rule covers.
fn needs_in_its_place(needs: &mut Needs, file: &Path, what: &str) {
    needs.path(file, Kept::ReadFiles);
    for directory in directories_of(file) {
        if is_wide(&directory) {
            report_wide(what, &directory);
        } else {
            needs.path(directory, Kept::ReadFiles);
        }
    }
}

/// What a directory is in: by the path as given, and without links.
fn parents(path: &Path) -> Vec<PathBuf> {
    let ways = [std::path::absolute(path), path.canonicalize()];
    let parent = |way: PathBuf| Some(way.parent()?.canonicalize().unwrap_or_default());
    ways.into_iter().flatten().filter_map(parent).collect()
}

fn report_wide(what: &str, directory: &Path) {
    tracing::debug!(
        "{what} can't be opened: all of {} would have to stay within reach",
        escape_controls(&directory.display().to_string())
    );
}

/// Whether so much is in a directory that no site is worth it: everything, or whole
/// homes, in which keys are, or what the system keeps of all programs, passwords too.
fn is_wide(directory: &Path) -> bool {
    let Ok(directory) = directory.canonicalize() else {
        return false;
    };
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let home = home.and_then(|home| home.canonicalize().ok());
    let is_home = home.is_some_and(|home| home.starts_with(&directory));
    directory.parent().is_none() || directory == Path::new("/etc") || is_home
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_worth_all_others() {
        for wide in ["/", "/etc", "/etc/../etc/"] {
            assert!(is_wide(Path::new(wide)), "{wide}");
        }
        assert!(!is_wide(Path::new("/etc/ssl")));
    }
}
