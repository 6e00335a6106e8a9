//! What the server runs outside of a sandbox, and no handler may write: scripts
//! and compiled code. Granting their directory by `:rw` would grant everything
//! that this process may do.

use super::directory::{Access, DirectoryGrant};
use super::error::GrantError;
use std::path::{Path, PathBuf};

/// A file or directory whose contents the server runs.
#[derive(Debug, Clone)]
pub(crate) struct Replaceable {
    pub(crate) path: PathBuf,
    /// In words, such as `the directory of scripts`.
    pub(crate) what: &'static str,
}

/// Refuses a grant by which a handler could write what the server runs.
pub(super) fn check(grant: &DirectoryGrant, replaceable: &[Replaceable]) -> Result<(), GrantError> {
    if grant.access() == Access::ReadOnly {
        return Ok(());
    }
    let mut replaceable = replaceable.iter();
    match replaceable.find(|one| overlap(grant.host(), &one.path)) {
        None => Ok(()),
        Some(found) => Err(GrantError::Replaceable {
            path: grant.host().to_owned(),
            what: found.what,
            replaceable: found.path.clone(),
        }),
    }
}

/// Whether a handler may write to its own component. It stays in its sandbox,
/// but what it leaves there outlives its instance, and serves other clients.
pub(super) fn may_rewrite(grants: &[DirectoryGrant], component: &Path) -> bool {
    grants
        .iter()
        .any(|grant| grant.access() == Access::ReadWrite && overlap(grant.host(), component))
}

/// Whether one is in the other.
fn overlap(one: &Path, other: &Path) -> bool {
    let [one, other] = [one, other].map(resolved);
    one.starts_with(&other) || other.starts_with(&one)
}

/// Without symbolic links and `..`, as far as the path exists: what isn't there
/// yet could be made.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for existing in absolute.ancestors() {
        if let Ok(found) = existing.canonicalize() {
            let rest = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
            return found.join(rest);
        }
    }
    absolute
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(host: &Path, access: Access, path: &Path) -> bool {
        let grant = DirectoryGrant::new(host, "/data", access).expect("well-formed");
        let what = "the directory of scripts";
        let path = path.to_owned();
        check(&grant, &[Replaceable { path, what }]).is_err()
    }

    #[test]
    fn what_the_server_runs_cannot_be_granted_to_write() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let folder = folder.path();
        std::fs::create_dir_all(folder.join("served/cgi-bin")).expect("a new directory");
        std::fs::create_dir(folder.join("data")).expect("a new directory");
        std::os::unix::fs::symlink("served", folder.join("link")).expect("a new link");
        let scripts = folder.join("served/cgi-bin");
        for inside in [
            "served",
            "served/cgi-bin",
            "link",
            "data/../link/cgi-bin",
            ".",
        ] {
            let host = folder.join(inside);
            assert!(is_refused(&host, Access::ReadWrite, &scripts), "{inside}");
            assert!(!is_refused(&host, Access::ReadOnly, &scripts), "{inside}");
        }
        assert!(!is_refused(
            &folder.join("data"),
            Access::ReadWrite,
            &scripts
        ));
        // Not there yet, but a handler could make it.
        let missing = folder.join("data/cache/wasm-host");
        assert!(is_refused(
            &folder.join("data"),
            Access::ReadWrite,
            &missing
        ));
    }
}
