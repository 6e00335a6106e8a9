//! Opening directories, for any number of instances.

use super::directory::{Access, DirectoryGrant};
use super::error::GrantError;
use rustix::io::Errno;
use std::io;
use std::path::{Path, PathBuf};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::{WasiFilesystemCtx, WasiFilesystemView};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// Where a handler finds the directory that is served.
const SERVED: &str = "/";

/// Opens the directory that is served, read-only, and those granted beside it.
/// Clones of the result share the descriptors.
///
/// # Errors
///
/// One isn't a readable directory, or two have the same path in the handler.
pub(super) fn open(
    served: &Path,
    grants: &[DirectoryGrant],
) -> Result<WasiFilesystemCtx, GrantError> {
    let mut builder = WasiCtxBuilder::new();
    preopen(&mut builder, served, SERVED, Access::ReadOnly).map_err(|source| {
        refusal(served, source, |path, source| GrantError::Served {
            path,
            source,
        })
    })?;
    for (number, grant) in grants.iter().enumerate() {
        check_guest_path(served, &grants[..number], grant)?;
        preopen(&mut builder, grant.host(), grant.guest(), grant.access()).map_err(|source| {
            refusal(grant.host(), source, |path, source| GrantError::Directory {
                path,
                source,
            })
        })?;
    }
    let mut wasi = Opened {
        ctx: builder.build(),
        table: ResourceTable::new(),
    };
    Ok(wasi.filesystem().ctx.clone())
}

/// Why a directory can't be opened: `of_directory`, unless none could be.
fn refusal(
    path: &Path,
    source: io::Error,
    of_directory: impl FnOnce(PathBuf, io::Error) -> GrantError,
) -> GrantError {
    let path = path.to_owned();
    match Errno::from_io_error(&source) {
        Some(Errno::MFILE) => GrantError::OpenFiles { path, source },
        _ => of_directory(path, source),
    }
}

/// Without this, which of two directories a path means would depend on the
/// handler's standard library.
fn check_guest_path(
    served: &Path,
    earlier: &[DirectoryGrant],
    grant: &DirectoryGrant,
) -> Result<(), GrantError> {
    let same = earlier.iter().find(|other| grant.is_at(other.guest()));
    let other = match same {
        Some(other) => other.host(),
        None if grant.is_at(SERVED) => served,
        None => return Ok(()),
    };
    Err(GrantError::SameGuestPath {
        path: grant.host().to_owned(),
        guest: grant.guest().to_owned(),
        other: other.to_owned(),
    })
}

fn preopen(
    builder: &mut WasiCtxBuilder,
    host: &Path,
    guest: &str,
    access: Access,
) -> io::Result<()> {
    // Opening reports a file as a directory only when it is first used.
    std::fs::read_dir(host)?;
    let permissions = match access {
        Access::ReadOnly => FsPerms::ReadOnly,
        Access::ReadWrite => FsPerms::ReadWrite,
    };
    builder
        .preopened_dir(host, guest, permissions)
        .map_err(|error| io::Error::other(format!("{error:#}")))?;
    Ok(())
}

/// The only way to the part of a context that can be shared.
struct Opened {
    ctx: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Opened {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}
