//! What somebody would try who has left the sandbox. Each is an error if it fails.
#![allow(
    unsafe_code,
    reason = "system calls that no safe library offers, since nobody should want them"
)]

use super::inside::Scene;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::Command;

/// The process that started this one.
pub(crate) struct Neighbour {
    pub(crate) process: u32,
    /// Of TCP, at 127.0.0.1. It listens in `beside/socket` as well, and at the abstract
    /// address of this number.
    pub(crate) port: u16,
}

pub(crate) type Attack = fn(&Scene) -> io::Result<()>;

/// What lies beside the root is within reach where a new root would be followed.
pub(crate) const BESIDE: &str = "reads a file beside the root";

pub(crate) const ATTACKS: &[(&str, Attack)] = &[
    // Files.
    ("reads /etc/passwd", |_| read("/etc/passwd".as_ref())),
    (BESIDE, |scene| read(&scene.folder.join("beside/secret"))),
    ("lists /", |_| fs::read_dir("/").map(drop)),
    ("reads what is beside it by the root", |scene| {
        read(&scene.folder.join("root/../../outside"))
    }),
    ("reads it by a link in the cache", |scene| {
        let link = std::env::var("XDG_CACHE_HOME").map_err(io::Error::other)?;
        let link = std::path::Path::new(&link).join("wasm-host/link");
        symlink(scene.folder.with_file_name("outside"), &link)?;
        let done = read(&link);
        fs::remove_file(link)?;
        done
    }),
    ("makes a file in the root", |scene| {
        fs::write(scene.folder.join("root/new"), "")
    }),
    ("changes a file in the root", |scene| {
        append(&scene.folder.join("root/index.html"))
    }),
    ("removes a file from the root", |scene| {
        fs::remove_file(scene.folder.join("root/removable"))
    }),
    ("makes a directory in the root", |scene| {
        fs::create_dir(scene.folder.join("root/made"))
    }),
    ("removes a directory from the root", |scene| {
        let directory = scene.folder.join("root/made-and-removed");
        fs::create_dir(&directory)?;
        fs::remove_dir(directory)
    }),
    ("makes a link in the root", |scene| {
        symlink("..", scene.folder.join("root/up"))
    }),
    ("makes a file beside the root", |scene| {
        fs::write(scene.folder.join("beside/new"), "")
    }),
    ("makes a file in /tmp", |_| {
        tempfile::NamedTempFile::new().map(drop)
    }),
    ("lets all write to the root", |scene| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(scene.folder.join("root"), fs::Permissions::from_mode(0o777))
    }),
    ("gives the root away", |scene| {
        std::os::unix::fs::chown(scene.folder.join("root"), Some(uid()), None)
    }),
    ("reads the root's files by a handle", |_| {
        raw(libc::SYS_open_by_handle_at, [-1, 0, 0, 0, 0])
    }),
    // Programs and processes.
    ("starts a program", |_| {
        Command::new("/bin/true").status().map(drop)
    }),
    ("becomes a program of memory", |_| {
        raw(libc::SYS_execveat, [-1, 0, 0, 0, 0])
    }),
    ("becomes two processes", |_| {
        // With flags that don't go together, it is refused before it is done.
        raw(libc::SYS_clone, [libc::CLONE_SIGHAND.into(), 0, 0, 0, 0])
    }),
    ("reads its neighbour's environment", |scene| {
        read(format!("/proc/{}/environ", scene.neighbour.process).as_ref())
    }),
    ("reads its own memory by a file", |_| {
        File::open("/proc/self/mem").map(drop)
    }),
    ("signals its neighbour", |scene| {
        let process = i64::from(scene.neighbour.process);
        raw(libc::SYS_kill, [process, libc::SIGURG.into(), 0, 0, 0])
    }),
    ("signals its neighbour's thread", |scene| {
        let process = i64::from(scene.neighbour.process);
        raw(
            libc::SYS_tgkill,
            [process, process, libc::SIGURG.into(), 0, 0],
        )
    }),
    ("traces its neighbour", |scene| {
        let process = i64::from(scene.neighbour.process);
        raw(libc::SYS_ptrace, [0x4206, process, 0, 0, 0])
    }),
    ("reads its neighbour's memory", |scene| {
        let process = i64::from(scene.neighbour.process);
        raw(libc::SYS_process_vm_readv, [process, 0, 0, 0, 0])
    }),
    ("holds on to its neighbour", |scene| {
        let process = i64::from(scene.neighbour.process);
        raw(libc::SYS_pidfd_open, [process, 0, 0, 0, 0])
    }),
    // The network, and other sockets.
    ("connects", |scene| {
        TcpStream::connect(("127.0.0.1", scene.neighbour.port)).map(drop)
    }),
    ("listens", |_| TcpListener::bind("127.0.0.1:0").map(drop)),
    ("sends a datagram", |scene| {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.send_to(b"out", ("127.0.0.1", scene.neighbour.port))?;
        Ok(())
    }),
    ("connects to a service", |scene| {
        UnixStream::connect(scene.folder.join("beside/socket")).map(drop)
    }),
    ("connects to a service without a file", |scene| {
        let name = scene.neighbour.port.to_string();
        let address = SocketAddr::from_abstract_name(name)?;
        UnixStream::connect_addr(&address).map(drop)
    }),
    ("makes a packet socket", |_| {
        raw(libc::SYS_socket, [libc::AF_ALG.into(), 5, 0, 0, 0])
    }),
    // The kernel. These fail either way, but for another reason if they get there.
    ("makes a namespace", |_| {
        // No such flag: nothing is done where it is allowed.
        raw(libc::SYS_unshare, [1, 0, 0, 0, 0])
    }),
    ("enters a namespace", |_| {
        raw(libc::SYS_setns, [-1, 0, 0, 0, 0])
    }),
    ("mounts", |_| raw(libc::SYS_mount, [0, 0, 0, 0, 0])),
    ("changes the root", |_| {
        raw(libc::SYS_chroot, [0, 0, 0, 0, 0])
    }),
    ("turns the root", |_| {
        raw(libc::SYS_pivot_root, [0, 0, 0, 0, 0])
    }),
    ("becomes another user", |_| {
        raw(libc::SYS_setresuid, [-1, -1, -1, 0, 0])
    }),
    ("makes a ring", |_| {
        raw(libc::SYS_io_uring_setup, [0, 0, 0, 0, 0])
    }),
    ("loads a program into the kernel", |_| {
        raw(libc::SYS_bpf, [-1, 0, 0, 0, 0])
    }),
    ("loads a module", |_| {
        raw(libc::SYS_finit_module, [-1, 0, 0, 0, 0])
    }),
    ("loads a kernel", |_| {
        raw(libc::SYS_kexec_load, [0, 0, 0, -1, 0])
    }),
    ("looks for keys", |_| {
        raw(libc::SYS_keyctl, [-1, 0, 0, 0, 0])
    }),
    ("measures", |_| {
        raw(libc::SYS_perf_event_open, [0, 0, 0, 0, 0])
    }),
    ("handles faults", |_| {
        raw(libc::SYS_userfaultfd, [-1, 0, 0, 0, 0])
    }),
    ("makes what clone3 makes", |_| {
        raw(libc::SYS_clone3, [0, 0, 0, 0, 0])
    }),
    ("types into the terminal", |_| {
        raw(libc::SYS_ioctl, [-1, 0x5412, 0, 0, 0])
    }),
];

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn read(path: &std::path::Path) -> io::Result<()> {
    fs::read(path).map(drop)
}

fn append(path: &std::path::Path) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    io::Write::write_all(&mut file, b"changed")
}

/// A call whose arguments are numbers, or null.
fn raw(call: i64, arguments: [i64; 5]) -> io::Result<()> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: no argument points anywhere, so that the kernel neither reads nor writes
    // memory of this process, and none of these calls unmaps any.
    let done = unsafe { libc::syscall(call, a, b, c, d, e, 0) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
