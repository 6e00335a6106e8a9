//! The `files` interface: files beneath a granted directory, by names of any
//! bytes.
//!
//! Every path is resolved as `wasi:filesystem` resolves its own: on Linux with
//! `openat2(2)` and `RESOLVE_BENEATH`, elsewhere by `cap-primitives`.

use super::file_piece::read_piece;
use super::file_version::{version, version_for_ever};
use crate::grants::add_opening_2;
use crate::handler::bindings::wasm_host::http::files::{
    Datetime, DescriptorType, Entry, ErrorCode, Status, Version,
};
use crate::handler::state::InstanceState;
use crate::uploads::has_unfinished_name;
use cap_primitives::fs::FollowSymlinks;
use rustix::fs::{AtFlags, FileType, Stat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use wasm_host_process::beneath;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType, WasmList};
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi::p2::bindings::filesystem::preopens::Host;
use wasmtime_wasi::{FsPerms, OpenMode};

/// The most entries that one call returns, whatever the handler asks for: they
/// are all in the host's memory at once.
const MAX_ENTRIES: u32 = 100_000;

type Store<'a> = StoreContextMut<'a, InstanceState>;

type Opened = (Resource<Descriptor>, Status, Version);

/// Directories, and where a handler finds them.
type Directories = Vec<(Resource<Descriptor>, String)>;

/// Adds the interface's functions: by hand, as those of `connection` are, so that
/// a path isn't copied out of the guest's memory first.
pub(super) fn add_to_linker(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    let mut files = linker.instance("wasm-host:http/files@0.1.0")?;
    files.func_wrap("open", open)?;
    files.func_wrap("read-at", read_at)?;
    files.func_wrap_async("read-directory", |store, (directory, limit)| {
        Box::new(read_directory(store, directory, limit))
    })
}

/// Adds what gives a handler its directories, and takes back what it has open: these
/// two of `wasi:filesystem` say so to the instance's [`Handles`]. And what opens files
/// in them.
///
/// [`Handles`]: crate::handler::handles::Handles
pub(super) fn add_descriptors_to_linker(
    linker: &mut Linker<InstanceState>,
) -> wasmtime::Result<()> {
    let mut preopens = linker.instance("wasi:filesystem/preopens@0.2.12")?;
    preopens.func_wrap("get-directories", get_directories)?;
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:filesystem/types@0.2.12")?;
    types.resource("descriptor", ResourceType::host::<Descriptor>(), close)?;
    add_opening_2(&mut types)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn get_directories(mut store: Store<'_>, (): ()) -> wasmtime::Result<(Directories,)> {
    let state = store.data_mut();
    let directories = state.directories().get_directories()?;
    for (directory, _) in &directories {
        state.handles.give(directory.rep());
    }
    Ok((directories,))
}

fn close(mut store: Store<'_>, number: u32) -> wasmtime::Result<()> {
    let state = store.data_mut();
    state.handles.take_back(number);
    state
        .table
        .delete(Resource::<Descriptor>::new_own(number))?;
    Ok(())
}

fn open(
    mut store: Store<'_>,
    (directory, path): (Resource<Descriptor>, WasmList<u8>),
) -> wasmtime::Result<(Result<Opened, ErrorCode>,)> {
    let state = store.data_mut();
    state.files.make_room(&mut state.table)?;
    let path = Path::new(OsStr::from_bytes(path.as_le_slice(&store)));
    Ok((match store.data().open(&directory, path)? {
        Ok((descriptor, status, version)) => {
            let state = store.data_mut();
            let descriptor = state.table.push(descriptor)?;
            state.handles.give(descriptor.rep());
            Ok((descriptor, status, version))
        }
        Err(code) => Err(code),
    },))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "functions of a linker own the store"
)]
fn read_at(
    store: Store<'_>,
    (file, offset, length): (Resource<Descriptor>, u64, u32),
) -> wasmtime::Result<(Result<Vec<u8>, ErrorCode>,)> {
    Ok((match store.data().table.get(&file)? {
        Descriptor::File(file) => {
            read_piece(file, offset, length).map_err(|error| error_code(&error))
        }
        Descriptor::Dir(_) => Err(ErrorCode::IsDirectory),
    },))
}

async fn read_directory(
    store: Store<'_>,
    directory: Resource<Descriptor>,
    limit: u32,
) -> wasmtime::Result<(Result<(Vec<Entry>, bool), ErrorCode>,)> {
    let Some(directory) = store.data().directory(&directory)? else {
        return Ok((Err(ErrorCode::NotDirectory),));
    };
    let directory = Arc::clone(&directory.dir);
    let limit = limit.min(MAX_ENTRIES);
    // A large directory takes long enough to hold up other connections.
    let listed = tokio::task::spawn_blocking(move || list(&directory, limit)).await?;
    Ok((listed.map_err(|error| error_code(&error)),))
}

impl InstanceState {
    fn open(
        &self,
        directory: &Resource<Descriptor>,
        path: &Path,
    ) -> wasmtime::Result<Result<(Descriptor, Status, Version), ErrorCode>> {
        let Some(directory) = self.directory(directory)? else {
            return Ok(Err(ErrorCode::NotDirectory));
        };
        if has_unfinished_name(path.as_os_str().as_bytes()) {
            return Ok(Err(ErrorCode::NoEntry));
        }
        let never_changes = self.site.is_some();
        Ok(match open_beneath(&directory.dir, path, never_changes) {
            Ok((file, ..)) if self.is_script(&file) => Err(ErrorCode::NotPermitted),
            Ok((file, status, version)) => {
                let descriptor = descriptor(file, status.kind, directory.perms);
                Ok((descriptor, status, version))
            }
            Err(error) => Err(error_code(&error)),
        })
    }

    /// The handler knows scripts by their paths; a symbolic link elsewhere could
    /// lead to one's source.
    fn is_script(&self, file: &File) -> bool {
        let scripts = self.scripts.as_ref();
        scripts.is_some_and(|host| host.scripts.covers(file))
    }

    fn directory(&self, descriptor: &Resource<Descriptor>) -> wasmtime::Result<Option<&Dir>> {
        Ok(match self.table.get(descriptor)? {
            Descriptor::Dir(directory) => Some(directory),
            Descriptor::File(_) => None,
        })
    }
}

/// Read-only, with the rights of the directory that it was found in.
fn descriptor(file: File, kind: DescriptorType, perms: FsPerms) -> Descriptor {
    match kind {
        DescriptorType::Directory => Descriptor::Dir(Dir::new(file, perms, OpenMode::READ, false)),
        _ => Descriptor::File(wasmtime_wasi::filesystem::File::new(
            file,
            perms,
            OpenMode::READ,
            false,
        )),
    }
}

fn open_beneath(
    directory: &File,
    path: &Path,
    never_changes: bool,
) -> io::Result<(File, Status, Version)> {
    let file = beneath::open(directory, path)?;
    // All that is told of the file is of this one call.
    let stat = rustix::fs::fstat(&file)?;
    let status = status(&stat);
    match status.kind {
        DescriptorType::RegularFile | DescriptorType::Directory => {
            let version = if never_changes {
                version_for_ever(&stat)
            } else {
                version(&stat)
            };
            Ok((file, status, version))
        }
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn list(directory: &File, limit: u32) -> io::Result<(Vec<Entry>, bool)> {
    let mut entries = Vec::new();
    for entry in cap_primitives::fs::read_base_dir(directory)? {
        let entry = entry?;
        if has_unfinished_name(entry.file_name().as_bytes()) {
            continue;
        }
        if entries.len() >= limit as usize {
            return Ok((entries, true));
        }
        entries.push(describe(directory, entry.file_name()));
    }
    Ok((entries, false))
}

/// Looks at an entry: in one system call, unless it is a symbolic link.
fn describe(directory: &File, name: OsString) -> Entry {
    let itself = rustix::fs::statat(directory, &name, AtFlags::SYMLINK_NOFOLLOW).ok();
    let symbolic_link =
        itself.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode).is_symlink());
    let status = if symbolic_link {
        followed(directory, Path::new(&name))
    } else {
        itself.map(|stat| status(&stat))
    };
    Entry {
        name: name.into_vec(),
        symbolic_link,
        status,
    }
}

/// What a symbolic link leads to, as long as that is beneath the directory.
fn followed(directory: &File, name: &Path) -> Option<Status> {
    let metadata = cap_primitives::fs::stat(directory, name, FollowSymlinks::Yes).ok()?;
    let modified = metadata
        .modified()
        .ok()
        .map(cap_primitives::time::SystemTime::into_std);
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Some(Status {
        kind: kind(metadata.is_file(), metadata.is_dir()),
        size: metadata.len(),
        modified: modified.map(|since_epoch| Datetime {
            seconds: since_epoch.as_secs(),
            nanoseconds: since_epoch.subsec_nanos(),
        }),
    })
}

fn status(stat: &Stat) -> Status {
    let file_type = FileType::from_raw_mode(stat.st_mode);
    Status {
        kind: kind(file_type.is_file(), file_type.is_dir()),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        // What was changed before 1970 has no time.
        modified: u64::try_from(stat.st_mtime).ok().map(|seconds| Datetime {
            seconds,
            nanoseconds: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
        }),
    }
}

fn kind(is_file: bool, is_directory: bool) -> DescriptorType {
    if is_file {
        DescriptorType::RegularFile
    } else if is_directory {
        DescriptorType::Directory
    } else {
        DescriptorType::Unknown
    }
}

/// The WASI code of an error. What `cap-primitives` refuses itself, as leading
/// out of the directory, carries no number of the system's.
fn error_code(error: &io::Error) -> ErrorCode {
    use rustix::io::Errno;
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => ErrorCode::NoEntry,
        Some(Errno::NOTDIR) => ErrorCode::NotDirectory,
        Some(Errno::ACCESS) => ErrorCode::Access,
        Some(Errno::PERM | Errno::XDEV) => ErrorCode::NotPermitted,
        Some(Errno::LOOP) => ErrorCode::Loop,
        Some(Errno::NAMETOOLONG) => ErrorCode::NameTooLong,
        Some(Errno::INVAL) => ErrorCode::Invalid,
        Some(Errno::BADF) => ErrorCode::BadDescriptor,
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => ErrorCode::InsufficientMemory,
        // What opening a socket gives.
        Some(Errno::NXIO) => ErrorCode::Unsupported,
        Some(_) => ErrorCode::Io,
        None => match error.kind() {
            io::ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
            io::ErrorKind::InvalidInput => ErrorCode::Invalid,
            io::ErrorKind::Unsupported => ErrorCode::Unsupported,
            _ => ErrorCode::Io,
        },
    }
}
