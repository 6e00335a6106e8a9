//! Scripts that are programs of this machine.

use super::ProcessError;
use super::child::{Exit, Input, Output, Process};
use super::environment::Environment;
use super::grants::{Form, Program};
use super::group::Group;
use super::standard_error::{LineSink, log_lines};
use super::user::ScriptUser;
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::net::unix::pipe;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long processes that a script began may go on after it: what they write
/// until then is part of its output.
const FORKED_GRACE: Duration = Duration::from_millis(200);

/// How long the last lines of standard error are waited for, when no process
/// of the script is left. Only one that left its group can still write.
const LAST_LINES: Duration = Duration::from_millis(100);

/// A program that runs.
pub(super) struct Started {
    pub(super) process: Native,
    pub(super) stdin: Input,
    pub(super) stdout: Output,
}

/// Starts a program. Must be called on a runtime.
///
/// # Errors
///
/// It can't be started.
pub(super) fn start(
    program: &Program,
    environment: &Environment,
    user: Option<ScriptUser>,
    log: LineSink,
) -> Result<Started, ProcessError> {
    let Form::Native { head } = &program.form else {
        return Err(ProcessError::NotPermitted);
    };
    // Not a `tokio::process`, which reaps before the group can be looked after.
    let mut leader = if is_program(head) {
        command(program, environment, user).spawn()
    } else {
        Err(Errno::NOEXEC.into())
    }
    .map_err(|error| not_started(&error, program, head, user, &log))?;
    let pipes = (
        leader.stdin.take(),
        leader.stdout.take(),
        leader.stderr.take(),
    );
    // From here on, giving up ends it.
    let group = Group::new(leader);
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(ProcessError::Failed(io::ErrorKind::BrokenPipe.into()));
    };
    let input = |pipe: OwnedFd| pipe::Sender::from_owned_fd(pipe).map_err(ProcessError::Failed);
    let output = |pipe: OwnedFd| pipe::Receiver::from_owned_fd(pipe).map_err(ProcessError::Failed);
    let (stdin, stdout) = (input(stdin.into())?, output(stdout.into())?);
    let lines = log_lines(output(stderr.into())?, log);
    Ok(Started {
        process: Native {
            group,
            lines: tokio::spawn(lines),
        },
        stdin: Box::new(stdin),
        stdout: Box::new(stdout),
    })
}

fn command(program: &Program, environment: &Environment, user: Option<ScriptUser>) -> Command {
    let mut command = Command::new(&program.path);
    command
        .env_clear()
        .envs(environment)
        .current_dir(&program.directory)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(user) = user {
        // The supplementary groups are dropped with them.
        command.gid(user.gid).uid(user.uid);
    }
    command
}

/// Whether the system knows how to run a file that begins like this. It would
/// say so itself, but the C library runs what it doesn't know as a shell
/// script, if there is a user to change to, and not otherwise.
fn is_program(head: &[u8]) -> bool {
    !cfg!(target_os = "linux") || head.starts_with(b"#!") || head.starts_with(b"\x7fELF")
}

/// A program that runs, as the supervisor sees it.
#[derive(Debug)]
pub(super) struct Native {
    group: Group,
    lines: JoinHandle<()>,
}

impl Process for Native {
    async fn run(&mut self) -> Exit {
        let status = self.group.leader_ended().await;
        if self.group.ends_within(FORKED_GRACE).await {
            self.last_lines().await;
        }
        exit(status)
    }

    async fn clean_up(mut self) {
        self.group.end().await;
        self.last_lines().await;
    }
}

impl Native {
    async fn last_lines(&mut self) {
        if !self.lines.is_finished() {
            let _ = timeout(LAST_LINES, &mut self.lines).await;
        }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        self.lines.abort();
    }
}

fn exit(status: Option<ExitStatus>) -> Exit {
    let Some(status) = status else {
        return Exit {
            success: false,
            description: "ended in a way that is unknown".to_owned(),
        };
    };
    // "exit status: 3", "signal: 9 (SIGKILL)"
    let described = status.to_string().replacen(": ", " ", 1);
    Exit {
        success: status.success(),
        description: match status.signal() {
            Some(_) => format!("killed by {described}"),
            None => described,
        },
    }
}

/// Why a program wasn't started.
fn not_started(
    error: &io::Error,
    program: &Program,
    head: &[u8],
    user: Option<ScriptUser>,
    log: &LineSink,
) -> ProcessError {
    let path = program.path.display();
    let message = match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NOTDIR) if !program.path.exists() => {
            return ProcessError::NotFound;
        }
        Some(Errno::ACCESS) => {
            let user = user.map_or("the server's user".to_owned(), |user| {
                format!("nobody (uid {}), as whom scripts run under root", user.uid)
            });
            log(&format!(
                "cannot run {path}: {error}; let {user}, enter its directories, and execute it and its interpreter"
            ));
            return ProcessError::NotPermitted;
        }
        Some(Errno::NOENT | Errno::NOTDIR) => format!(
            "bad interpreter: there is no {}; name another in its first line",
            interpreter(head)
        ),
        Some(Errno::NOEXEC) => "it is no program of this machine's, nor does it name an interpreter; begin it with a line such as #!/bin/sh".to_owned(),
        Some(Errno::PERM | Errno::INVAL) if user.is_some() => format!(
            "{error}; scripts don't run as root, and the user couldn't be changed to nobody"
        ),
        _ => error.to_string(),
    };
    ProcessError::Failed(io::Error::new(
        error.kind(),
        format!("cannot run {path}: {message}"),
    ))
}

/// The interpreter that a script names.
fn interpreter(head: &[u8]) -> String {
    let Some(line) = head.strip_prefix(b"#!") else {
        return "loader for programs of its kind".to_owned();
    };
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let line = line.trim_start_matches([' ', '\t']);
    let name = line.split([' ', '\t']).next().unwrap_or_default();
    // Quoted, as it may end in a carriage return: a file from Windows.
    format!("{name:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_described() {
        let exit = |raw| exit(Some(ExitStatus::from_raw(raw)));
        assert!(exit(0).success);
        assert_eq!(exit(0).description, "exit status 0");
        assert_eq!(exit(3 << 8).description, "exit status 3");
        assert_eq!(exit(9).description, "killed by signal 9 (SIGKILL)");
        assert!(!exit(9).success);
    }

    #[test]
    fn an_interpreter_is_named() {
        assert_eq!(interpreter(b"#! /bin/none -e\nrest"), "\"/bin/none\"");
        assert_eq!(interpreter(b"#!/bin/sh\r\n"), "\"/bin/sh\\r\"");
        assert!(interpreter(b"\x7fELF").contains("loader"));
    }
}
