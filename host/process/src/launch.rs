//! Starting a program, in whichever process does that: this one, or the
//! spawner's.

use crate::group::Group;
use crate::order::Order;
use crate::user::ScriptUser;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The first descriptor that isn't a standard stream.
pub(crate) const FIRST_DESCRIPTOR: i32 = 3;

/// The script's ends of its standard streams.
#[derive(Debug)]
pub(super) struct Streams {
    /// None: there is nothing to read.
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
}

/// Starts a program as the leader of a new process group: `user` is whom to
/// change to before, `nothing` what a script reads that has no input. Must be
/// called on a runtime; giving up the group ends it.
///
/// # Errors
///
/// It can't be started, or the user can't be changed.
pub(super) fn launch(
    order: &Order<'_>,
    streams: Streams,
    nothing: Stdio,
    user: Option<ScriptUser>,
) -> io::Result<Group> {
    let mut command = Command::new(order.path);
    command
        .env_clear()
        .envs(order.environment.iter().copied())
        .current_dir(order.directory)
        .process_group(0)
        .stdin(streams.stdin.map_or(nothing, Stdio::from))
        .stdout(streams.stdout)
        .stderr(streams.stderr);
    if let Some(user) = user {
        user.put_on(&mut command);
    }
    // Not a `tokio::process`, which reaps before the group can be looked after.
    command.spawn().map(Group::new)
}
