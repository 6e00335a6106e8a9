//! Whether nobody but this process's user, and root, can have put anything into a
//! directory.

use rustix::process::geteuid;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The permissions of the group and of all others to write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Those of the group and of all others to do anything. Without them nobody gets at
/// what is in a directory, whatever permissions that has itself: wasmtime makes files
/// that the group can write to where the umask lets it.
const ANYTHING_BY_OTHERS: u32 = 0o077;

/// In a directory with this bit, such as `/tmp`, an entry is its own owner's to rename
/// and remove (unlink(2)).
const STICKY: u32 = 0o1000;

/// Looks at a directory, all that is in it, and all that it is in. `directory` is
/// absolute, and without symbolic links.
///
/// # Errors
///
/// What somebody else could have changed, or can change, in words; or why that can't
/// be told.
pub(super) fn check(directory: &Path) -> Result<(), String> {
    for ancestor in directory.ancestors() {
        let metadata = look_at(ancestor)?;
        check_owner(ancestor, &metadata)?;
        let entries_are_safe = ancestor != directory && metadata.mode() & STICKY != 0;
        if !entries_are_safe {
            check_permissions(ancestor, &metadata)?;
        }
    }
    let is_private = look_at(directory)?.mode() & ANYTHING_BY_OTHERS == 0;
    check_contents(directory, is_private)
}

/// What was put there when others could write, and is theirs still.
fn check_contents(directory: &Path, is_private: bool) -> Result<(), String> {
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let unread = |error| format!("{} can't be read: {error}", directory.display());
        for entry in std::fs::read_dir(&directory).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let Ok(metadata) = std::fs::symlink_metadata(&path) else {
                // Another server of ours has just cleaned up.
                continue;
            };
            check_owner(&path, &metadata)?;
            // A link's own permissions mean nothing, and what it leads to may be
            // anybody's.
            if metadata.is_symlink() {
                return Err(format!("{} is a symbolic link", path.display()));
            }
            if !is_private {
                check_permissions(&path, &metadata)?;
            }
            if metadata.is_dir() {
                directories.push(path);
            }
        }
    }
    Ok(())
}

fn look_at(path: &Path) -> Result<Metadata, String> {
    std::fs::symlink_metadata(path)
        .map_err(|error| format!("{} can't be looked at: {error}", path.display()))
}

fn check_owner(path: &Path, metadata: &Metadata) -> Result<(), String> {
    let owner = metadata.uid();
    if owner == 0 || owner == geteuid().as_raw() {
        return Ok(());
    }
    Err(format!("{} belongs to uid {owner}", path.display()))
}

fn check_permissions(path: &Path, metadata: &Metadata) -> Result<(), String> {
    if metadata.mode() & WRITABLE_BY_OTHERS == 0 {
        return Ok(());
    }
    Err(format!("others can write to {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    fn allow(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// `parent/cache/modules/code`, in a directory that is ours.
    fn cache() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("parent/cache/modules");
        fs::create_dir_all(&modules).unwrap();
        fs::write(modules.join("code"), "").unwrap();
        for (path, mode) in [
            ("parent", 0o755),
            ("parent/cache", 0o755),
            ("parent/cache/modules", 0o755),
            ("parent/cache/modules/code", 0o644),
        ] {
            allow(&folder.path().join(path), mode);
        }
        folder
    }

    fn verdict(folder: &tempfile::TempDir) -> Result<(), String> {
        check(&folder.path().canonicalize().unwrap().join("parent/cache"))
    }

    #[test]
    fn what_others_can_write_to_is_not_ours_alone() {
        for (path, mode) in [
            ("parent", 0o775),
            ("parent", 0o757),
            ("parent/cache", 0o770),
            // Entries can be made there, before we do.
            ("parent/cache", 0o1777),
            ("parent/cache/modules", 0o777),
            ("parent/cache/modules/code", 0o666),
        ] {
            let folder = cache();
            assert_eq!(verdict(&folder), Ok(()));
            allow(&folder.path().join(path), mode);
            let refused = verdict(&folder).unwrap_err();
            assert!(refused.contains(path), "{path} {mode:o}: {refused}");
        }
        let folder = cache();
        allow(&folder.path().join("parent"), 0o1777);
        assert_eq!(verdict(&folder), Ok(()), "as in /tmp");
        allow(&folder.path().join("parent/cache/modules"), 0o777);
        allow(&folder.path().join("parent/cache"), 0o700);
        assert_eq!(verdict(&folder), Ok(()), "nobody gets there");
    }

    #[test]
    fn what_is_anothers_is_not_ours() {
        if !geteuid().is_root() {
            return;
        }
        for path in [
            "parent",
            "parent/cache",
            "parent/cache/modules",
            "parent/cache/modules/code",
        ] {
            let folder = cache();
            chown(folder.path().join(path), Some(65534), None).unwrap();
            let refused = verdict(&folder).unwrap_err();
            assert!(refused.contains("uid 65534"), "{refused}");
        }
    }

    #[test]
    fn a_link_among_the_contents_is_not_followed() {
        let folder = cache();
        symlink("/tmp", folder.path().join("parent/cache/modules/link")).unwrap();
        let refused = verdict(&folder).unwrap_err();
        assert!(refused.contains("symbolic link"), "{refused}");
    }
}
