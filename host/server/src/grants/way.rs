//! Who decides what a path leads to: whoever can change an entry on the way there.

use rustix::process::{getegid, geteuid};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// As many symbolic links as Linux follows (path_resolution(7)).
const MAX_LINKS: u32 = 40;

const WRITABLE_BY_ALL: u32 = 0o002;
const WRITABLE_BY_GROUP: u32 = 0o020;

/// In a directory with this bit, such as `/tmp`, an entry is its own owner's to rename
/// and remove (unlink(2)).
const STICKY: u32 = 0o1000;

/// Who can have another file or directory be at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Control {
    /// This process's user, or root.
    Ours,
    /// One other user, by number.
    Another(u32),
    /// Several: all that can write in this directory.
    Many(PathBuf),
}

impl Control {
    /// Who decides what an absolute path leads to.
    ///
    /// # Errors
    ///
    /// It leads nowhere.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut control = Self::Ours;
        let mut resolved = PathBuf::new();
        let mut rest = path.to_owned();
        let mut links = 0;
        loop {
            let mut components = rest.components();
            let Some(component) = components.next() else {
                return Ok(control);
            };
            let after = components.as_path().to_owned();
            let entry = match component {
                Component::Normal(name) => Some(resolved.join(name)),
                Component::CurDir => None,
                Component::ParentDir => {
                    resolved.pop();
                    None
                }
                // An absolute link's target begins anew.
                Component::RootDir | Component::Prefix(_) => {
                    resolved = PathBuf::from("/");
                    None
                }
            };
            rest = after;
            let Some(entry) = entry else { continue };
            let metadata = std::fs::symlink_metadata(&entry)?;
            control = control.and(Self::of_entry(&resolved, &metadata)?, &resolved);
            if !metadata.is_symlink() {
                resolved = entry;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(rustix::io::Errno::LOOP.into());
            }
            rest = std::fs::read_link(&entry)?.join(rest);
        }
    }

    /// Of an entry in a directory.
    fn of_entry(directory: &Path, entry: &Metadata) -> io::Result<Self> {
        let metadata = std::fs::metadata(directory)?;
        let owner = Self::of_user(metadata.uid());
        if !is_writable_by_others(&metadata) {
            return Ok(owner);
        }
        Ok(if metadata.mode() & STICKY != 0 {
            owner.and(Self::of_user(entry.uid()), directory)
        } else {
            Self::Many(directory.to_owned())
        })
    }

    fn of_user(uid: u32) -> Self {
        if uid == 0 || uid == geteuid().as_raw() {
            Self::Ours
        } else {
            Self::Another(uid)
        }
    }

    /// Both decide.
    fn and(self, other: Self, directory: &Path) -> Self {
        match (self, other) {
            (Self::Ours, control) | (control, Self::Ours) => control,
            (one, other) if one == other => one,
            (many @ Self::Many(_), _) | (_, many @ Self::Many(_)) => many,
            (Self::Another(_), Self::Another(_)) => Self::Many(directory.to_owned()),
        }
    }
}

/// Our own group's members are trusted: where each user has a group of its own, what
/// they make is often writable for it.
fn is_writable_by_others(metadata: &Metadata) -> bool {
    let group_is_ours = metadata.gid() == 0 || metadata.gid() == getegid().as_raw();
    let mode = metadata.mode();
    mode & WRITABLE_BY_ALL != 0 || (mode & WRITABLE_BY_GROUP != 0 && !group_is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    const NOBODY: u32 = 65534;

    #[test]
    fn what_is_ours_all_the_way_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        fs::create_dir_all(folder.join("a/b")).unwrap();
        symlink("../a/./b", folder.join("a/link")).unwrap();
        assert_eq!(Control::of(&folder.join("a/link")).unwrap(), Control::Ours);
        assert!(Control::of(&folder.join("a/absent")).is_err());
        symlink("loop", folder.join("loop")).unwrap();
        assert!(Control::of(&folder.join("loop")).is_err());
        // Whoever can write where a link is decides, and not only where it leads.
        let open = Permissions::from_mode(0o777);
        fs::create_dir(folder.join("open")).unwrap();
        fs::set_permissions(folder.join("open"), open).unwrap();
        symlink("../a/b", folder.join("open/link")).unwrap();
        let many = Control::Many(folder.join("open"));
        assert_eq!(Control::of(&folder.join("open/link")).unwrap(), many);
    }

    #[test]
    fn the_owner_of_a_directory_decides_what_is_in_it() {
        if !geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        fs::create_dir_all(folder.join("theirs/site")).unwrap();
        chown(folder.join("theirs"), Some(NOBODY), None).unwrap();
        let theirs = Control::Another(NOBODY);
        assert_eq!(Control::of(&folder.join("theirs/site")).unwrap(), theirs);
        assert_eq!(Control::of(&folder.join("theirs")).unwrap(), Control::Ours);
        // As in /tmp.
        let sticky = folder.join("sticky");
        fs::create_dir(&sticky).unwrap();
        fs::set_permissions(&sticky, Permissions::from_mode(0o1777)).unwrap();
        symlink(&folder, sticky.join("ours")).unwrap();
        symlink(&folder, sticky.join("theirs")).unwrap();
        lchown(sticky.join("theirs"), Some(NOBODY), None).unwrap();
        assert_eq!(Control::of(&sticky.join("ours")).unwrap(), Control::Ours);
        assert_eq!(Control::of(&sticky.join("theirs")).unwrap(), theirs);
    }
}
