//! Directories to serve: an empty one to fill, and one full of hard cases.

use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// What must never come out of a server.
pub(crate) const SECRET: &str = "this lies outside of the root";

/// The time of RFC 9110's examples, given to files whose dates are compared.
pub(crate) const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const MODIFIED_SECONDS: u64 = 784_111_777;

pub(crate) const KILOBYTE: usize = 1024;
pub(crate) const MEGABYTE: usize = 1024 * 1024;

/// File names that the system allows and programs stumble over.
pub(crate) const HARD_NAMES: &[&[u8]] = &[
    b" leading space",
    b"trailing space ",
    b"sp ace.txt",
    b"#hash.txt",
    b"question?.txt",
    b"query?a=b&c=d#e.txt",
    b"100%.txt",
    b"%41.txt",
    b"%2e%2e",
    b"%2f",
    b"a+b.txt",
    b"a:b",
    b"http:x",
    b"semi;colon=1.txt",
    b"amper&sand.txt",
    b"&amp;.txt",
    b"&lt;b&gt;.txt",
    b"<img src=x onerror=alert(1)>.txt",
    b"\"><script>alert(1)<!--.txt",
    b"'single'.txt",
    b"quo\"te.txt",
    b"`back`tick$(id)${x}.txt",
    b"back\\slash.txt",
    b"\\evil",
    b"..\\..\\x",
    b"...",
    b"..dots",
    b"-rf",
    b"~",
    b"[brackets]{braces}|pipe^.txt",
    b"new\nline.txt",
    b"carriage\rreturn.txt",
    b"tab\tname.txt",
    b"escape\x1b[31m.txt",
    b"delete\x7f.txt",
    b"\x01",
    b"not-utf8-\xff\xfe.txt",
    b"\xc0\xae\xc0\xae",
    b"latin1-caf\xe9.txt",
    b"surrogate-\xed\xa0\x80.txt",
    "c1-\u{85}.txt".as_bytes(),
    "caf\u{e9}.txt".as_bytes(),
    "cafe\u{301}.txt".as_bytes(),
    "\u{65e5}\u{672c}\u{8a9e} \u{1f980}.txt".as_bytes(),
    "\u{202e}txt.exe".as_bytes(),
    "\u{feff}bom.txt".as_bytes(),
    "zero\u{200b}width.txt".as_bytes(),
    &[b'n'; 255],
    b".hidden",
];

/// `length` bytes in which every offset can be told from its neighbours.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index ^ (index >> 8) ^ (index >> 16).wrapping_mul(31)) as u8)
        .collect()
}

/// A temporary `root/` to serve, with `outside/` next to it.
pub(crate) struct Tree {
    root: PathBuf,
    outside: PathBuf,
    _temporary: TempDir,
}

impl AsRef<Path> for Tree {
    fn as_ref(&self) -> &Path {
        &self.root
    }
}

impl Tree {
    /// An empty root, and `outside/secret.txt` beside it.
    pub(crate) fn empty() -> Self {
        let temporary = TempDir::new().expect("a temporary directory");
        let [root, outside] = ["root", "outside"].map(|name| temporary.path().join(name));
        fs::create_dir(&root).expect("a new directory");
        fs::create_dir(&outside).expect("a new directory");
        fs::write(outside.join("secret.txt"), SECRET).expect("a new file");
        Self {
            root,
            outside,
            _temporary: temporary,
        }
    }

    /// The everyday part: pages, types, sizes, directories.
    pub(crate) fn simple() -> Self {
        let tree = Self::empty();
        tree.file("hello.txt", "hello, world\n");
        tree.file("page.html", "<!DOCTYPE html><title>page</title>\n");
        tree.file("empty.txt", "");
        tree.file("1k.bin", pattern(KILOBYTE));
        tree.file("100k.bin", pattern(100 * KILOBYTE));
        tree.file("canary.txt", "canary\n");
        tree.file("dir/nested.txt", "nested\n");
        tree.file("dir/deeper/deepest.txt", "deepest\n");
        tree.file("with-index/index.html", "<h1>index</h1>\n");
        tree.file("with-htm/index.htm", "<h1>htm</h1>\n");
        tree.directory("empty-dir");
        tree
    }

    /// [`Tree::simple`] and everything that can go wrong in a file system.
    pub(crate) fn hostile() -> Self {
        let tree = Self::simple();
        for name in HARD_NAMES {
            tree.file(OsStr::from_bytes(name), Self::contents_of(name));
        }
        tree.symlink("link-inside", "hello.txt");
        tree.symlink("link-chain", "link-inside");
        tree.symlink("link-dir", "dir");
        tree.symlink("dir/link-up", "../hello.txt");
        tree.symlink("link-out", "../outside/secret.txt");
        tree.symlink("link-out-dir", "../outside");
        tree.symlink("link-out-absolute", tree.outside("secret.txt"));
        tree.symlink("link-out-chain", "link-out-dir/secret.txt");
        tree.symlink("link-root", "/");
        tree.symlink("link-loop", "link-loop");
        tree.symlink("link-loop-a", "link-loop-b");
        tree.symlink("link-loop-b", "link-loop-a");
        tree.symlink("link-dangling", "nothing-here");
        tree.fifo("fifo");
        tree.socket("socket");
        tree
    }

    /// What [`Tree::hostile`] writes into the file of a hard name.
    pub(crate) fn contents_of(name: &[u8]) -> Vec<u8> {
        [b"contents of ", name].concat()
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }

    /// A path beside the root, to aim at.
    pub(crate) fn outside(&self, name: impl AsRef<Path>) -> PathBuf {
        self.outside.join(name)
    }

    /// A file, and the directories above it.
    pub(crate) fn file(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a path in the root")).expect("new directories");
        fs::write(&path, contents).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        self
    }

    /// A file last modified at [`MODIFIED`].
    pub(crate) fn dated_file(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED_SECONDS);
        self.file(name, contents).set_modified(name, time)
    }

    /// Says of a file when it was last modified.
    pub(crate) fn set_modified(&self, name: &str, time: SystemTime) -> &Self {
        let file = File::options().write(true).open(self.path(name));
        let file = file.expect("a file that is there");
        file.set_modified(time).expect("an owner may set times");
        self
    }

    /// A file of zeros that takes no room on disk: too large for any socket's buffers.
    pub(crate) fn sparse_file(&self, name: &str, length: usize) -> &Self {
        let file = File::create(self.path(name)).expect("a new file");
        file.set_len(length as u64).expect("sparse files work");
        self
    }

    pub(crate) fn directory(&self, name: impl AsRef<Path>) -> &Self {
        fs::create_dir_all(self.path(name)).expect("a new directory");
        self
    }

    pub(crate) fn symlink(&self, name: &str, target: impl AsRef<Path>) -> &Self {
        symlink(target, self.path(name)).expect("a new link");
        self
    }

    pub(crate) fn fifo(&self, name: &str) {
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, self.path(name), FileType::Fifo, mode, 0).expect("a new FIFO");
    }

    fn socket(&self, name: &str) {
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, self.path(name), FileType::Socket, mode, 0).expect("a new socket");
    }

    /// Takes every permission from a file; see
    /// [`bound_by_permissions`](super::command_line::bound_by_permissions).
    pub(crate) fn make_unreadable(&self, name: &str) {
        let none = fs::Permissions::from_mode(0o000);
        fs::set_permissions(self.path(name), none).expect("an owner may set permissions");
    }
}
