//! What the cache does in a server that compiles components itself.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use wasm_host_server::{ComponentSource, ThreadingHttpServer};

/// Tells this program that it is the one with the server, and where its folder is.
const FOLDER: &str = "X_KEPT_FOLDER";

/// How long anything here may take. Only a failure takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// wasmtime's cache has a thread that may compress anew what was used often, which takes
/// more memory than all else here. The cache is found by a variable, which only a process
/// of its own can have.
#[test]
fn what_was_loaded_often_is_not_compressed_anew() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return load_often(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "what_was_loaded_often_is_not_compressed_anew"])
        .env(FOLDER, folder.path())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .status();
    assert!(status.unwrap().success());
}

fn load_often(folder: &Path) {
    let file = folder.join("handler.wasm");
    fs::write(
        &file,
        include_bytes!(concat!(env!("OUT_DIR"), "/default.wasm")),
    )
    .unwrap();
    let server = ThreadingHttpServer::builder()
        .bind("127.0.0.1")
        .port(0)
        .directory(folder)
        .component(ComponentSource::File(file))
        .build()
        .unwrap();
    let (reload, stop) = (server.reload_handle(), server.shutdown_handle());
    let serving = thread::spawn(|| server.serve_forever().unwrap());
    reload.reload();
    eventually("its uses are counted", || uses(folder).is_some());
    let (statistics, _) = uses(folder).unwrap();
    fs::write(&statistics, "usages = 1000\noptimized-compression = 3\n").unwrap();

    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak_kib();
    // The thread does one thing after the other: when it has counted the second, it has
    // done what there was to do for the first.
    for count in 1001..=1002 {
        reload.reload();
        eventually("it is counted", || {
            uses(folder).is_some_and(|(_, uses)| uses == count)
        });
    }
    let grown = peak_kib() - before;
    assert!(grown < 64 * 1024, "{grown} KiB more");
    let statistics = fs::read_to_string(statistics).unwrap();
    assert!(
        statistics.contains("optimized-compression = 3"),
        "{statistics}"
    );
    stop.shutdown();
    serving.join().unwrap();
}

/// How often what is in the cache was used, and the file that says so.
fn uses(folder: &Path) -> Option<(PathBuf, u32)> {
    let versions = fs::read_dir(folder.join("cache/wasm-host/modules")).ok()?;
    let mut files = versions.flat_map(|version| fs::read_dir(version.unwrap().path()).unwrap());
    let file = files.find_map(|file| {
        let path = file.unwrap().path();
        (path.extension()? == "stats").then_some(path)
    })?;
    let text = fs::read_to_string(&file).ok()?;
    let number = text
        .lines()
        .find_map(|line| line.strip_prefix("usages = "))?;
    Some((file, number.parse().ok()?))
}

/// The most memory that this process has had.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap().trim_end_matches("kB").trim().parse().unwrap()
}

#[track_caller]
fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
