//! Which directory entries decide what file a path names: the file's own, and
//! that of each symbolic link on the way to it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// As many as Linux follows (path_resolution(7)).
const MAX_LINKS: u32 = 40;

/// The entries that decide which file an absolute path names, each with the links
/// before it resolved. What isn't there counts as a file.
pub(super) fn deciding_entries(path: &Path) -> BTreeSet<PathBuf> {
    let mut entries = BTreeSet::new();
    let mut resolved = PathBuf::new();
    let mut rest = path.to_owned();
    let mut links = 0;
    loop {
        let mut components = rest.components();
        let Some(component) = components.next() else {
            return entries;
        };
        let after = components.as_path();
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                resolved.pop();
            }
            _ => {
                let entry = resolved.join(component);
                if links < MAX_LINKS
                    && let Ok(target) = entry.read_link()
                {
                    links += 1;
                    entries.insert(entry);
                    // An absolute one begins anew: so does `join`.
                    rest = target.join(after);
                    continue;
                }
                if after.as_os_str().is_empty() {
                    entries.insert(entry);
                } else {
                    resolved = entry;
                }
            }
        }
        rest = after.to_owned();
    }
}

/// The directories of the entries that decide which file a path names.
pub(crate) fn directories_of(path: &Path) -> BTreeSet<PathBuf> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let entries = deciding_entries(&absolute);
    let directories = entries.iter().filter_map(|entry| entry.parent());
    directories.map(Path::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_link_on_the_way_decides() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("releases/1")).unwrap();
        fs::write(root.join("releases/1/real.wasm"), "").unwrap();
        symlink("releases/1", root.join("current")).unwrap();
        symlink("./real.wasm", root.join("releases/1/handler.wasm")).unwrap();
        symlink(root.join("current/../1"), root.join("releases/again")).unwrap();
        let entries = |path: &str| {
            let entries = deciding_entries(&root.join(path));
            let relative = |entry: &PathBuf| entry.strip_prefix(&root).unwrap().to_owned();
            entries.iter().map(relative).collect::<Vec<_>>()
        };
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        for (path, decide) in [
            ("releases/1/real.wasm", &["releases/1/real.wasm"][..]),
            (
                "current/handler.wasm",
                &["current", "releases/1/handler.wasm", "releases/1/real.wasm"],
            ),
            (
                "releases/again/real.wasm",
                &["current", "releases/1/real.wasm", "releases/again"],
            ),
            ("absent/handler.wasm", &["absent/handler.wasm"]),
        ] {
            assert_eq!(entries(path), paths(decide), "{path}");
        }
        symlink("loop", root.join("loop")).unwrap();
        assert_eq!(entries("loop"), paths(&["loop"]));
    }
}
