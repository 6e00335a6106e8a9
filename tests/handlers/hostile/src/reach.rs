//! Attempts to reach what wasn't granted. Each function tries much and returns
//! a line for each attempt: `name: done`, or `name: refused` and why.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::time::SystemTime;
use wasm_host_sdk::Exchange;
use wasm_host_sdk::file::{Directory, Opened};

/// What lies outside of the directory that the tests serve, by as many ways as
/// there are. `/hello.txt`, inside, shows that the attempts work.
const PATHS: &[&str] = &[
    "/hello.txt",
    "..",
    "/..",
    "../outside/secret.txt",
    "/../outside/secret.txt",
    "../../../../../../../../etc/passwd",
    "/../../../../../../../../etc/passwd",
    "dir/../../outside/secret.txt",
    "dir/../../root/hello.txt",
    "./dir/.././../outside/secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "/proc/self/environ",
    "/dev/null",
    "link-out",
    "link-out-dir/secret.txt",
    "link-out-dir",
    "link-out-absolute",
    "link-out-chain",
    "link-root",
    "link-root/etc/passwd",
    "dir/link-up/../../outside/secret.txt",
    "link-dir/../../outside/secret.txt",
];

struct Report(String);

impl Report {
    fn note<T>(&mut self, attempt: &str, result: io::Result<T>) {
        // Writing to a String can't fail.
        let _ = match result {
            Ok(_) => writeln!(self.0, "{attempt}: done"),
            Err(error) => writeln!(self.0, "{attempt}: refused, {error}"),
        };
    }
}

/// By `std::fs`, which is `wasi:filesystem`.
pub(crate) fn escape() -> String {
    let mut report = Report(String::new());
    for path in PATHS {
        report.note(&format!("open {path}"), File::open(path));
        report.note(&format!("read {path}"), fs::read(path));
        report.note(&format!("list {path}"), fs::read_dir(path));
        report.note(&format!("stat {path}"), fs::metadata(path));
    }
    report.0
}

/// By the host's own `files` interface.
pub(crate) fn escape_by_sdk(exchange: &mut Exchange) -> String {
    let mut report = Report(String::new());
    let Some(root) = exchange.server.directory.as_ref() else {
        return "no directory: refused\n".to_owned();
    };
    for path in PATHS {
        report.note(&format!("open {path}"), open(root, path));
    }
    // `/hello.txt` is absolute here: outside, if it were followed.
    report.note("open hello.txt", open(root, "hello.txt"));
    report.note("open dir, then ..", open_above(root));
    report.0
}

fn open(directory: &Directory, path: &str) -> io::Result<Opened> {
    directory.open(path.as_bytes()).map_err(io::Error::other)
}

/// A directory that was opened must not lead above the root, either.
fn open_above(root: &Directory) -> io::Result<Opened> {
    match open(root, "dir")? {
        Opened::Directory(directory) => open(&directory, "../../outside/secret.txt"),
        Opened::File(..) => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Everything that would change the directory.
pub(crate) fn write() -> String {
    let mut report = Report(String::new());
    let path = "/hello.txt";
    let mut options = OpenOptions::new();
    report.note("read", fs::read(path));
    report.note("write anew", fs::write("/new.txt", "new"));
    report.note("overwrite", fs::write(path, "overwritten"));
    report.note("open to write", options.write(true).open(path));
    let mut options = OpenOptions::new();
    report.note("append", options.append(true).open(path));
    let mut options = OpenOptions::new();
    report.note("read and write", options.read(true).write(true).open(path));
    report.note(
        "truncate",
        File::open(path).and_then(|file| file.set_len(0)),
    );
    let now = SystemTime::now();
    report.note(
        "set time",
        File::open(path).and_then(|file| file.set_modified(now)),
    );
    report.note("remove", fs::remove_file(path));
    report.note("rename", fs::rename(path, "/renamed.txt"));
    report.note("link", fs::hard_link(path, "/link.txt"));
    report.note("make directory", fs::create_dir("/new"));
    report.note("remove directory", fs::remove_dir("/empty-dir"));
    report.note("remove all", fs::remove_dir_all("/dir"));
    report.note("copy", fs::copy(path, "/copy.txt"));
    report.0
}

/// What the host's environment gave away.
pub(crate) fn environment() -> String {
    let variables = std::env::vars_os().count();
    let arguments = std::env::args_os().count();
    let directory = std::env::current_dir().unwrap_or_default();
    format!(
        "{variables} variables, {arguments} arguments, in {}\n",
        directory.display()
    )
}
