//! The cache of compiled components, so that a second start compiles nothing.
//!
//! What is there is run as it is: machine code, which no sandbox holds. So it is only
//! used where nobody else can have put it ([`only_ours`]).

use super::only_ours;
use crate::logging::escape_controls;
use rustix::fs::{Access, access};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Once;
use wasmtime::{Cache, CacheConfig};

/// The level, of zstd, of compiled components in the cache; both that they are
/// written with and the "optimized" one. By its defaults, wasmtime compresses
/// what was used 256 times anew at level 20, in the server that happens to load
/// it then: more than 160 MiB of memory for a second, to save a part of a file.
const COMPRESSION: i32 = 3;

/// Only its owner may do anything there.
const PRIVATE: u32 = 0o700;

/// Compiled components are kept in the user's cache folder. Without such a folder they
/// are compiled each time.
pub(super) fn open() -> Option<Cache> {
    let directory = match usable_directory() {
        Ok(directory) => directory,
        Err(reason) => {
            report_unkept(&reason);
            return None;
        }
    };
    let mut config = CacheConfig::new();
    config
        .with_directory(&directory)
        .with_baseline_compression_level(COMPRESSION)
        .with_optimized_compression_level(COMPRESSION);
    let cache = Cache::new(config);
    match &cache {
        Err(error) => report_unkept(&format!("{error:#}")),
        // What is there already is of use nevertheless.
        Ok(_) => {
            if let Err(error) = access(&directory, Access::WRITE_OK | Access::EXEC_OK) {
                report_unkept(&format!("cannot write to {}: {error}", directory.display()));
            }
        }
    }
    cache.ok()
}

/// Where compiled components are kept. What is there is run as it is.
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base =
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("wasm-host"))
}

/// The same without symbolic links, made if it wasn't there, if what is in it may be
/// run.
///
/// # Errors
///
/// Why it can't be used.
pub(crate) fn usable_directory() -> Result<PathBuf, String> {
    let directory =
        cache_directory().ok_or("neither XDG_CACHE_HOME nor HOME is set to an absolute path")?;
    let failed =
        |error: std::io::Error| format!("cannot make the cache {}: {error}", directory.display());
    make(&directory).map_err(failed)?;
    let directory = directory.canonicalize().map_err(failed)?;
    only_ours::check(&directory).map_err(|reason| format!("the cache isn't used, as {reason}"))?;
    Ok(directory)
}

/// Makes a directory that nobody else can read, if it isn't there.
pub(super) fn make(directory: &Path) -> std::io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE)
        .create(directory)
}

/// Once for a process, which may have several engines.
pub(super) fn report_unkept(reason: &str) {
    static REPORTED: Once = Once::new();
    REPORTED.call_once(|| {
        tracing::info!(
            "what is compiled isn't kept for the next start, which takes as long: {}; set XDG_CACHE_HOME to a directory that you alone can write to",
            escape_controls(reason)
        );
    });
}
