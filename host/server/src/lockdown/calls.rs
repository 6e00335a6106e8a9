//! The system calls that a locked-down server has: what it and its libraries use, with
//! what glibc and musl may use in their stead.
//!
//! Not among them, for instance: to start a program or look into another process
//! (execve, ptrace, `process_vm_readv`, `pidfd_getfd`), to change who or where this
//! process is (setuid, chroot, mount, unshare, setns), to open files past their
//! directories (`open_by_handle_at`), to change owners and permissions, which Landlock
//! doesn't restrict (chown, chmod, setxattr), and what has much of the kernel behind it
//! (`io_uring`, bpf, keyctl, `userfaultfd`, `perf_event_open`, modules, kexec). `clone3`
//! isn't either, as its flags can't be looked at: threads are started by `clone`.

use libc::{
    SYS_accept, SYS_accept4, SYS_bind, SYS_brk, SYS_clock_getres, SYS_clock_gettime,
    SYS_clock_nanosleep, SYS_clone, SYS_close, SYS_close_range, SYS_connect, SYS_copy_file_range,
    SYS_dup, SYS_dup3, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2,
    SYS_eventfd2, SYS_exit, SYS_exit_group, SYS_faccessat, SYS_faccessat2, SYS_fadvise64,
    SYS_fallocate, SYS_fcntl, SYS_fdatasync, SYS_flock, SYS_fstat, SYS_fstatfs, SYS_fsync,
    SYS_ftruncate, SYS_futex, SYS_get_robust_list, SYS_getcpu, SYS_getcwd, SYS_getdents64,
    SYS_getegid, SYS_geteuid, SYS_getgid, SYS_getgroups, SYS_getpeername, SYS_getpgid, SYS_getpid,
    SYS_getppid, SYS_getpriority, SYS_getrandom, SYS_getresgid, SYS_getresuid, SYS_getrusage,
    SYS_getsid, SYS_getsockname, SYS_getsockopt, SYS_gettid, SYS_gettimeofday, SYS_getuid,
    SYS_inotify_add_watch, SYS_inotify_init1, SYS_inotify_rm_watch, SYS_ioctl, SYS_kill,
    SYS_linkat, SYS_listen, SYS_lseek, SYS_madvise, SYS_membarrier, SYS_memfd_create, SYS_mincore,
    SYS_mkdirat, SYS_mlock, SYS_mmap, SYS_mprotect, SYS_mremap, SYS_msync, SYS_munlock, SYS_munmap,
    SYS_nanosleep, SYS_newfstatat, SYS_openat, SYS_openat2, SYS_pipe2, SYS_ppoll, SYS_prctl,
    SYS_pread64, SYS_preadv, SYS_preadv2, SYS_prlimit64, SYS_pselect6, SYS_pwrite64, SYS_pwritev,
    SYS_pwritev2, SYS_read, SYS_readahead, SYS_readlinkat, SYS_readv, SYS_recvfrom, SYS_recvmmsg,
    SYS_recvmsg, SYS_renameat2, SYS_restart_syscall, SYS_rseq, SYS_rt_sigaction, SYS_rt_sigpending,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigsuspend, SYS_rt_sigtimedwait,
    SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_sched_getaffinity,
    SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_setaffinity, SYS_sched_yield,
    SYS_sendfile, SYS_sendmmsg, SYS_sendmsg, SYS_sendto, SYS_set_robust_list, SYS_set_tid_address,
    SYS_setpriority, SYS_setsockopt, SYS_shutdown, SYS_sigaltstack, SYS_signalfd4, SYS_socket,
    SYS_socketpair, SYS_splice, SYS_statfs, SYS_statx, SYS_symlinkat, SYS_sync_file_range,
    SYS_sysinfo, SYS_tee, SYS_tgkill, SYS_timerfd_create, SYS_timerfd_gettime, SYS_timerfd_settime,
    SYS_times, SYS_umask, SYS_uname, SYS_unlinkat, SYS_utimensat, SYS_wait4, SYS_waitid, SYS_write,
    SYS_writev,
};

/// Calls that are allowed whatever their arguments are.
#[rustfmt::skip]
pub(super) const PLAIN: &[i64] = &[
    // Files that are open, and those that Landlock lets be opened.
    SYS_close, SYS_close_range, SYS_copy_file_range, SYS_dup, SYS_dup3, SYS_faccessat,
    SYS_faccessat2, SYS_fadvise64, SYS_fallocate, SYS_fcntl, SYS_fdatasync, SYS_flock, SYS_fstat,
    SYS_fstatfs, SYS_fsync, SYS_ftruncate, SYS_getcwd, SYS_getdents64, SYS_linkat, SYS_lseek,
    SYS_mkdirat, SYS_newfstatat, SYS_openat, SYS_openat2, SYS_pipe2, SYS_pread64, SYS_preadv,
    SYS_preadv2, SYS_pwrite64, SYS_pwritev, SYS_pwritev2, SYS_read, SYS_readahead, SYS_readlinkat,
    SYS_readv, SYS_renameat2, SYS_sendfile, SYS_splice, SYS_statfs, SYS_statx, SYS_symlinkat,
    SYS_sync_file_range, SYS_tee, SYS_umask, SYS_unlinkat, SYS_utimensat, SYS_write, SYS_writev,
    SYS_inotify_add_watch, SYS_inotify_init1, SYS_inotify_rm_watch,
    // Memory, executable for compiled code.
    SYS_brk, SYS_madvise, SYS_membarrier, SYS_memfd_create, SYS_mincore, SYS_mlock, SYS_mmap,
    SYS_mprotect, SYS_mremap, SYS_msync, SYS_munlock, SYS_munmap,
    // Threads, and what a process knows of itself.
    SYS_exit, SYS_exit_group, SYS_futex, SYS_get_robust_list, SYS_getcpu, SYS_getegid,
    SYS_geteuid, SYS_getgid, SYS_getgroups, SYS_getpgid, SYS_getpid, SYS_getppid,
    SYS_getpriority, SYS_getrandom, SYS_getresgid, SYS_getresuid, SYS_getrusage, SYS_getsid,
    SYS_gettid, SYS_getuid, SYS_restart_syscall, SYS_rseq, SYS_sched_get_priority_max,
    SYS_sched_get_priority_min, SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
    SYS_sched_setaffinity, SYS_sched_yield, SYS_set_robust_list, SYS_set_tid_address,
    SYS_setpriority, SYS_sysinfo, SYS_times, SYS_uname, SYS_wait4, SYS_waitid,
    // Signals to this process.
    SYS_rt_sigaction, SYS_rt_sigpending, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait, SYS_sigaltstack, SYS_signalfd4,
    // Time, and waiting.
    SYS_clock_getres, SYS_clock_gettime, SYS_clock_nanosleep, SYS_epoll_create1, SYS_epoll_ctl,
    SYS_epoll_pwait, SYS_epoll_pwait2, SYS_eventfd2, SYS_gettimeofday, SYS_nanosleep, SYS_ppoll,
    SYS_pselect6, SYS_timerfd_create, SYS_timerfd_gettime, SYS_timerfd_settime,
    // Sockets that are there, and those that come in.
    SYS_accept, SYS_accept4, SYS_getpeername, SYS_getsockname, SYS_getsockopt, SYS_listen,
    SYS_recvfrom, SYS_recvmmsg, SYS_recvmsg, SYS_sendmmsg, SYS_sendmsg, SYS_sendto,
    SYS_setsockopt, SYS_shutdown,
    // What other architectures don't have any more.
    #[cfg(target_arch = "x86_64")] libc::SYS_access,
    #[cfg(target_arch = "x86_64")] libc::SYS_dup2,
    #[cfg(target_arch = "x86_64")] libc::SYS_epoll_create,
    #[cfg(target_arch = "x86_64")] libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")] libc::SYS_eventfd,
    #[cfg(target_arch = "x86_64")] libc::SYS_link,
    #[cfg(target_arch = "x86_64")] libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")] libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")] libc::SYS_open,
    #[cfg(target_arch = "x86_64")] libc::SYS_pipe,
    #[cfg(target_arch = "x86_64")] libc::SYS_poll,
    #[cfg(target_arch = "x86_64")] libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")] libc::SYS_rename,
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))] libc::SYS_renameat,
    #[cfg(target_arch = "x86_64")] libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")] libc::SYS_select,
    #[cfg(target_arch = "x86_64")] libc::SYS_stat,
    #[cfg(target_arch = "x86_64")] libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")] libc::SYS_time,
    #[cfg(target_arch = "x86_64")] libc::SYS_unlink,
];

/// A call, the number of an argument of it, and what that may be: one of these.
pub(super) struct Conditional(pub(super) i64, pub(super) u8, pub(super) &'static [Test]);

/// What an argument, of 32 bits, may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Test {
    Is(u64),
    /// Of the first bits, those that are set are the second.
    Has(u64, u64),
    IsOwnProcess,
}

use Test::{Has, Is, IsOwnProcess};

/// `CLONE_THREAD`: a thread of this process, and no new one.
const THREAD: u64 = 0x0001_0000;

/// `CLONE_NEWNS` and its like: a namespace has a root of its own.
const NEW_NAMESPACES: u64 = 0x7e02_0000;

/// Names that glibc gives to memory (`PR_SET_VMA`).
const SET_VMA: u64 = 0x5356_4d41;

/// What the kernel has told this process at its start (`PR_GET_AUXV`), which programs
/// without glibc ask for.
const GET_AUXV: u64 = 0x4155_5856;

/// Calls that are allowed with some arguments.
pub(super) const CONDITIONAL: &[Conditional] = &[
    Conditional(SYS_clone, 0, &[Has(THREAD | NEW_NAMESPACES, THREAD)]),
    // The terminal's settings and size, and whether a descriptor blocks: no writing
    // into its input (TIOCSTI), and no device's.
    Conditional(
        SYS_ioctl,
        1,
        &[
            Is(0x5401),      // TCGETS
            Is(0x802c_542a), // TCGETS2
            Is(0x5413),      // TIOCGWINSZ
            Is(0x541b),      // FIONREAD
            Is(0x5421),      // FIONBIO
            Is(0x5450),      // FIONCLEX
            Is(0x5451),      // FIOCLEX
        ],
    ),
    Conditional(SYS_kill, 0, &[IsOwnProcess]),
    Conditional(
        SYS_prctl,
        0,
        &[
            Is(15), // PR_SET_NAME
            Is(16), // PR_GET_NAME
            Is(39), // PR_GET_NO_NEW_PRIVS
            Is(SET_VMA),
            Is(GET_AUXV),
        ],
    ),
    Conditional(SYS_prlimit64, 0, &[Is(0), IsOwnProcess]),
    Conditional(SYS_socketpair, 0, &[Is(1)]), // AF_UNIX
    Conditional(SYS_tgkill, 0, &[IsOwnProcess]),
];

/// What takes part in a request to another server, and in asking where that is.
pub(super) const NETWORK: &[i64] = &[SYS_bind, SYS_connect];

/// The same, with some arguments.
pub(super) const NETWORK_CONDITIONAL: &[Conditional] = &[Conditional(
    SYS_socket,
    0,
    &[
        Is(2),  // AF_INET
        Is(10), // AF_INET6
        Is(16), // AF_NETLINK: which addresses this machine has
    ],
)];
