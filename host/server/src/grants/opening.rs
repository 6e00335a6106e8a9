//! Opening what lies in a handler's directory, by `wasi:filesystem`: regular files and
//! directories, and nothing else.
//!
//! wasmtime's own function waits until somebody opens the other end of a FIFO, on a
//! thread that nothing ends; and a device does what it likes. This one waits for
//! nobody, and looks at what it has opened before the handler can. On Linux the kernel
//! itself keeps it beneath the directory (`openat2(2)`, `RESOLVE_BENEATH`).

use super::held::HeldFiles;
use rustix::fs::{FileType, OFlags, fstat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use wasmtime::StoreContextMut;
use wasmtime::component::{Accessor, LinkerInstance, Resource, ResourceTable};
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::{self, Descriptor, Dir};
use wasmtime_wasi::p2::bindings::filesystem::types as types_2;
use wasmtime_wasi::p3::bindings::filesystem::types as types_3;

/// A state whose instance can open files.
pub(crate) trait Opens: Send + 'static {
    /// Its resources, and what it has open of them.
    fn opened(&mut self) -> (&mut ResourceTable, &mut HeldFiles);
}

/// What a handler wants of what it opens.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    flags: OFlags,
    mode: OpenMode,
}

/// How a handler wants to have something opened: none where it wants what there isn't.
/// The types are the same in both versions of WASI, and each has its own.
macro_rules! wanted {
    ($types:ident, $path:expr, $open:expr, $descriptor:expr) => {{
        use $types::{DescriptorFlags, OpenFlags, PathFlags};
        let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        let mut flags = OFlags::empty();
        flags.set(OFlags::NOFOLLOW, !$path.contains(PathFlags::SYMLINK_FOLLOW));
        flags.set(OFlags::CREATE, $open.contains(OpenFlags::CREATE));
        flags.set(OFlags::EXCL, $open.contains(OpenFlags::EXCLUSIVE));
        flags.set(OFlags::TRUNC, $open.contains(OpenFlags::TRUNCATE));
        flags.set(OFlags::DIRECTORY, $open.contains(OpenFlags::DIRECTORY));
        let mut mode = OpenMode::empty();
        mode.set(OpenMode::READ, $descriptor.contains(DescriptorFlags::READ));
        mode.set(
            OpenMode::WRITE,
            $descriptor.contains(DescriptorFlags::WRITE),
        );
        (!$descriptor.intersects(synchronized)).then_some(Wanted { flags, mode })
    }};
}

type Arguments2 = (
    Resource<Descriptor>,
    types_2::PathFlags,
    String,
    types_2::OpenFlags,
    types_2::DescriptorFlags,
);
type Arguments3 = (
    Resource<Descriptor>,
    types_3::PathFlags,
    String,
    types_3::OpenFlags,
    types_3::DescriptorFlags,
);
type Opened<E> = Result<Resource<Descriptor>, E>;

/// Replaces the function of WASI 0.2. `types`: its interface.
pub(crate) fn add_to_linker_2<T: Opens>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.func_wrap_async("[method]descriptor.open-at", |store, arguments| {
        Box::new(open_at_2(store, arguments))
    })
}

async fn open_at_2<T: Opens>(
    mut store: StoreContextMut<'_, T>,
    (directory, path, name, open, descriptor): Arguments2,
) -> wasmtime::Result<(Opened<types_2::ErrorCode>,)> {
    let wanted = wanted!(types_2, path, open, descriptor);
    let directory = prepare(store.data_mut(), &directory)?;
    Ok((match opened(directory, name, wanted).await {
        Ok(descriptor) => Ok(store.data_mut().opened().0.push(descriptor)?),
        Err(error) => Err(error.into()),
    },))
}

/// Replaces the function of WASI 0.3.
pub(crate) fn add_to_linker_3<T: Opens>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.func_wrap_concurrent("[method]descriptor.open-at", |store, arguments| {
        Box::pin(open_at_3(store, arguments))
    })
}

async fn open_at_3<T: Opens>(
    store: &Accessor<T>,
    (directory, path, name, open, descriptor): Arguments3,
) -> wasmtime::Result<(Opened<types_3::ErrorCode>,)> {
    let wanted = wanted!(types_3, path, open, descriptor);
    let directory = store.with(|mut store| prepare(store.data_mut(), &directory))?;
    Ok((match opened(directory, name, wanted).await {
        Ok(descriptor) => Ok(store.with(|mut store| store.data_mut().opened().0.push(descriptor))?),
        Err(error) => Err(error.into()),
    },))
}

/// The directory that something is to be opened in, if there is room. None: it is a
/// file.
fn prepare(
    state: &mut impl Opens,
    directory: &Resource<Descriptor>,
) -> wasmtime::Result<Option<Dir>> {
    let (table, held) = state.opened();
    held.make_room(table)?;
    Ok(match table.get(directory)? {
        Descriptor::Dir(directory) => Some(directory.clone()),
        Descriptor::File(_) => None,
    })
}

async fn opened(
    directory: Option<Dir>,
    path: String,
    wanted: Option<Wanted>,
) -> io::Result<Descriptor> {
    let directory = directory.ok_or(Errno::NOTDIR)?;
    let wanted = checked(&directory, wanted.ok_or(Errno::NOTSUP)?)?;
    let beneath = Arc::clone(&directory.dir);
    // A slow file system would hold up other connections.
    let opening = move || open(&beneath, Path::new(&path), wanted);
    let (file, kind) = tokio::task::spawn_blocking(opening).await??;
    let (perms, mode) = (directory.perms, wanted.mode);
    Ok(if kind.is_dir() {
        Descriptor::Dir(Dir::new(file, perms, mode, false))
    } else {
        Descriptor::File(filesystem::File::new(file, perms, mode, false))
    })
}

/// What is opened for neither is opened for reading, and isn't read. What is made or
/// cut off is written to.
fn checked(directory: &Dir, mut wanted: Wanted) -> Result<Wanted, Errno> {
    let changes = OFlags::CREATE | OFlags::TRUNC;
    if wanted.flags.contains(OFlags::DIRECTORY) && wanted.flags.intersects(changes | OFlags::EXCL) {
        return Err(Errno::INVAL);
    }
    if !wanted.mode.contains(OpenMode::WRITE) {
        wanted.mode |= OpenMode::READ;
    }
    if wanted.flags.intersects(changes) {
        wanted.mode |= OpenMode::WRITE;
    }
    if directory.perms.write_not_permitted() && wanted.mode.contains(OpenMode::WRITE) {
        return Err(Errno::PERM);
    }
    Ok(wanted)
}

fn open(directory: &File, path: &Path, wanted: Wanted) -> io::Result<(File, FileType)> {
    let access = if wanted.mode.contains(OpenMode::READ | OpenMode::WRITE) {
        OFlags::RDWR
    } else if wanted.mode.contains(OpenMode::WRITE) {
        OFlags::WRONLY
    } else {
        OFlags::RDONLY
    };
    // Without NONBLOCK it would wait for the other end of a FIFO.
    let flags = wanted.flags | access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = beneath(directory, path, flags)?;
    let kind = FileType::from_raw_mode(fstat(&file)?.st_mode);
    match kind {
        FileType::RegularFile | FileType::Directory => Ok((file, kind)),
        _ => Err(Errno::NOTSUP.into()),
    }
}

#[cfg(target_os = "linux")]
fn beneath(directory: &File, path: &Path, flags: OFlags) -> io::Result<File> {
    use rustix::fs::{Mode, ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let mode = if flags.contains(OFlags::CREATE) {
        Mode::from_raw_mode(0o666)
    } else {
        Mode::empty()
    };
    match openat2(directory, path, flags, mode, resolve) {
        // It leads out of the directory.
        Err(Errno::XDEV) => Err(Errno::PERM.into()),
        // The system hasn't this call, a filter forbids it, or something was renamed.
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => by_steps(directory, path, flags),
        // The other end of a FIFO isn't there; or a socket.
        Err(Errno::NXIO) => Err(Errno::NOTSUP.into()),
        opened => Ok(File::from(opened?)),
    }
}

#[cfg(not(target_os = "linux"))]
fn beneath(directory: &File, path: &Path, flags: OFlags) -> io::Result<File> {
    by_steps(directory, path, flags)
}

fn by_steps(directory: &File, path: &Path, flags: OFlags) -> io::Result<File> {
    use cap_primitives::fs::{FollowSymlinks, OpenOptions, OpenOptionsExt, stat};
    let access = flags & OFlags::RWMODE;
    let kept = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::DIRECTORY;
    let mut options = OpenOptions::new();
    options
        .read(access != OFlags::WRONLY)
        .write(access != OFlags::RDONLY)
        .create(flags.contains(OFlags::CREATE))
        .create_new(flags.contains(OFlags::CREATE | OFlags::EXCL))
        .truncate(flags.contains(OFlags::TRUNC))
        .custom_flags((flags & kept).bits().cast_signed());
    if flags.contains(OFlags::NOFOLLOW)
        && stat(directory, path, FollowSymlinks::No).is_ok_and(|found| found.is_symlink())
    {
        return Err(Errno::LOOP.into());
    }
    cap_primitives::fs::open(directory, path, &options)
}
