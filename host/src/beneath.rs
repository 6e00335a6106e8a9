//! Opening a file beneath a directory, and nowhere else.

use cap_primitives::fs::{OpenOptions, OpenOptionsExt};
use std::fs::File;
use std::io;
use std::path::Path;

/// Opens what a path leads to, for reading; an empty path is the directory
/// itself. On Linux that is `openat2(2)` with `RESOLVE_BENEATH`.
///
/// # Errors
///
/// It doesn't exist, may not be read, or a step leads out of the directory.
pub(crate) fn open(directory: &File, path: &Path) -> io::Result<File> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let mut options = OpenOptions::new();
    // Without O_NONBLOCK, opening a FIFO would wait for someone to write to it,
    // and every connection of this core with it.
    options
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    cap_primitives::fs::open(directory, path, &options)
}
