//! Opening a file beneath a directory, and nowhere else.

use cap_primitives::fs::{OpenOptions, OpenOptionsExt};
use rustix::fs::OFlags;
use std::fs::File;
use std::io;
use std::path::Path;

/// Without it, opening a FIFO would wait for someone to write to it, and every
/// connection of this core with it.
const FLAGS: OFlags = OFlags::NONBLOCK;

/// Opens what a path leads to, for reading; an empty path is the directory
/// itself. On Linux that is `openat2(2)` with `RESOLVE_BENEATH`.
///
/// # Errors
///
/// It doesn't exist, may not be read, or a step leads out of the directory.
pub fn open(directory: &File, path: &Path) -> io::Result<File> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    #[cfg(target_os = "linux")]
    if let Some(opened) = open_directly(directory, path) {
        return opened;
    }
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(FLAGS.bits().cast_signed());
    cap_primitives::fs::open(directory, path, &options)
}

/// The call that `cap-primitives` makes, without what it prepares for others.
/// None where it knows what else to do: the system hasn't this call, a filter
/// forbids it, or something was renamed meanwhile.
#[cfg(target_os = "linux")]
fn open_directly(directory: &File, path: &Path) -> Option<io::Result<File>> {
    use rustix::fs::{Mode, ResolveFlags, openat2};
    use rustix::io::Errno;
    let flags = FLAGS | OFlags::RDONLY | OFlags::CLOEXEC;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    match openat2(directory, path, flags, Mode::empty(), beneath) {
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => None,
        opened => Some(opened.map(File::from).map_err(io::Error::from)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use rustix::io::Errno;
    use std::ffi::OsStr;
    use std::fs;
    use std::io::Read;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    /// A directory with a file in it, and one beside it.
    fn tree() -> (TempDir, File) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path();
        fs::create_dir_all(path.join("served/inner")).unwrap();
        fs::write(path.join("served/inside"), "inside").unwrap();
        fs::write(path.join("outside"), "outside").unwrap();
        let served = File::open(path.join("served")).unwrap();
        (root, served)
    }

    fn read(directory: &File, path: impl AsRef<OsStr>) -> io::Result<String> {
        let mut content = String::new();
        open(directory, Path::new(path.as_ref()))?.read_to_string(&mut content)?;
        Ok(content)
    }

    #[test]
    fn opens_what_is_beneath() {
        let (root, served) = tree();
        let file = root.path().join("served").join(OsStr::from_bytes(b"\xff"));
        fs::write(&file, "no text").unwrap();
        symlink("inner/../inside", root.path().join("served/link")).unwrap();
        for path in ["inside", "./inside", "inner/../inside", "link"] {
            assert_eq!(read(&served, path).unwrap(), "inside", "{path}");
        }
        assert_eq!(
            read(&served, OsStr::from_bytes(b"\xff")).unwrap(),
            "no text"
        );
        for directory in ["", ".", "./", "inner", "inner/", "inner/.."] {
            let opened = open(&served, Path::new(directory)).unwrap();
            assert!(opened.metadata().unwrap().is_dir(), "{directory}");
        }
    }

    #[test]
    fn nothing_leads_out() {
        let (root, served) = tree();
        let within = root.path().join("served");
        symlink("../outside", within.join("relative")).unwrap();
        symlink(root.path().join("outside"), within.join("absolute")).unwrap();
        symlink(within.join("inside"), within.join("absolute-to-inside")).unwrap();
        symlink("..", within.join("up")).unwrap();
        symlink("inner/../../outside", within.join("inner-and-out")).unwrap();
        symlink("/proc/self/root", within.join("magic")).unwrap();
        let absolute = root.path().join("outside");
        let paths = [
            "../outside",
            "inner/../../outside",
            "../served/inside",
            "..",
            "/",
            "relative",
            "absolute",
            "absolute-to-inside",
            "up",
            "up/outside",
            "inner-and-out",
            "magic",
            "magic/etc/passwd",
            absolute.to_str().unwrap(),
        ];
        for path in paths {
            let error = read(&served, path).unwrap_err();
            let refused = Errno::from_io_error(&error);
            let by_kind = error.kind() == io::ErrorKind::PermissionDenied;
            assert!(refused == Some(Errno::XDEV) || by_kind, "{path}: {error}");
        }
    }

    /// Links that are no paths, but lead to what a process has open.
    #[cfg(target_os = "linux")]
    #[test]
    fn no_magic_link_is_followed() {
        use std::os::fd::AsRawFd;
        let (_root, served) = tree();
        let descriptors = File::open("/proc/self/fd").unwrap();
        let link = served.as_raw_fd().to_string();
        let error = open(&descriptors, Path::new(&link)).unwrap_err();
        let refused = Errno::from_io_error(&error);
        assert!(
            matches!(refused, Some(Errno::LOOP | Errno::XDEV)),
            "{error}"
        );
    }

    #[test]
    fn a_fifo_is_not_waited_for() {
        let (root, served) = tree();
        let fifo = root.path().join("served/fifo");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert!(open(&served, Path::new("fifo")).is_ok());
    }

    #[test]
    fn odd_paths_are_errors() {
        let (root, served) = tree();
        symlink("loop", root.path().join("served/loop")).unwrap();
        let long = "a/".repeat(4096);
        let errno = |path: &str| Errno::from_io_error(&read(&served, path).unwrap_err());
        assert_eq!(errno("missing"), Some(Errno::NOENT));
        assert_eq!(errno("inside/"), Some(Errno::NOTDIR));
        assert_eq!(errno("inside/more"), Some(Errno::NOTDIR));
        assert_eq!(errno("loop"), Some(Errno::LOOP));
        assert_eq!(errno(&long), Some(Errno::NAMETOOLONG));
        let error = read(&served, "in\0side").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
