//! Reading a piece of a file at once.

use rustix::io::Errno;
use std::io;
use std::os::unix::fs::FileExt;
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::File;

/// The most that one call reads: it is read on the worker's own thread, as what is
/// sent of a file is.
const MAX_READ: u32 = 64 * 1024;

/// A descriptor may be one of `wasi:filesystem`, and lead to a FIFO or a terminal, on
/// which reading could wait: `pread(2)` fails there, since it has no offsets.
pub(super) fn read_piece(file: &File, offset: u64, length: u32) -> io::Result<Vec<u8>> {
    if !file.open_mode.contains(OpenMode::READ) {
        return Err(Errno::BADF.into());
    }
    let mut piece = vec![0; length.min(MAX_READ) as usize];
    let read = file.file.read_at(&mut piece, offset)?;
    piece.truncate(read);
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::fs;
    use std::path::Path;
    use wasmtime_wasi::FsPerms;

    fn opened(path: &Path, mode: OpenMode) -> File {
        let mut options = fs::File::options();
        let options = options.read(mode.contains(OpenMode::READ));
        let options = options.write(mode.contains(OpenMode::WRITE));
        File::new(options.open(path).unwrap(), FsPerms::ReadWrite, mode, false)
    }

    #[test]
    fn a_piece_is_bounded_and_of_a_regular_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "x".repeat(100_000)).unwrap();
        let file = opened(&path, OpenMode::READ);
        for (offset, length, expected) in [
            (0, 10, 10),
            (99_995, 10, 5),
            (100_000, 10, 0),
            (1 << 40, 10, 0),
            (0, 0, 0),
            (0, u32::MAX, MAX_READ as usize),
        ] {
            assert_eq!(read_piece(&file, offset, length).unwrap().len(), expected);
        }
        // Beyond what the system can name.
        assert!(read_piece(&file, u64::MAX, 1).is_err());
        let unreadable = opened(&path, OpenMode::WRITE);
        assert!(read_piece(&unreadable, 0, 1).is_err());
        // Both ends open, and nothing to read: it would wait.
        let fifo = folder.path().join("fifo");
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, &fifo, FileType::Fifo, mode, 0).unwrap();
        let fifo = opened(&fifo, OpenMode::READ | OpenMode::WRITE);
        let error = read_piece(&fifo, 0, 1).unwrap_err();
        assert_eq!(Errno::from_io_error(&error), Some(Errno::SPIPE));
    }
}
