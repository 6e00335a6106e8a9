//! Scripts that are programs of this machine.

use super::ProcessError;
use super::child::{Exit, Input, Outcome, Output, Process};
use super::environment::Environment;
use super::grants::{Form, Program};
use super::launch::Streams;
use super::launcher::{Launcher, Processes};
use super::order::Order;
use super::standard_error::{LineSink, log_lines};
use super::user::ScriptUser;
use rustix::io::Errno;
use std::io::{self, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long the last lines of standard error are waited for, when no process
/// of the script is left. Only one that left its group can still write.
const LAST_LINES: Duration = Duration::from_millis(100);

/// A program that runs.
pub(super) struct Started {
    pub(super) process: Native,
    pub(super) stdin: Input,
    pub(super) stdout: Output,
}

/// The server's ends of a script's standard streams.
struct Ends {
    stdin: Sender,
    stdout: Receiver,
    stderr: Receiver,
}

/// Starts a program. Must be called on a runtime.
///
/// # Errors
///
/// It can't be started.
pub(super) async fn start(
    program: &Program,
    environment: Environment,
    launcher: &Launcher,
    log: LineSink,
) -> Result<Started, ProcessError> {
    let Form::Native { head } = &program.form else {
        return Err(ProcessError::NotPermitted);
    };
    let (streams, ends) = streams().map_err(ProcessError::Failed)?;
    let order = Order {
        path: program.path.clone(),
        directory: program.directory.clone(),
        environment,
    };
    let launched = if is_program(head) {
        launcher.launch(&order, streams).await
    } else {
        Err(Errno::NOEXEC.into())
    };
    // From here on, giving up ends it.
    let processes =
        launched.map_err(|error| not_started(&error, program, head, launcher.user(), &log))?;
    Ok(Started {
        process: Native {
            processes,
            lines: tokio::spawn(log_lines(ends.stderr, log)),
        },
        stdin: Box::new(ends.stdin),
        stdout: Box::new(ends.stdout),
    })
}

/// Pipes for the three standard streams.
fn streams() -> io::Result<(Streams, Ends)> {
    let (stdin, stdin_end) = pipe()?;
    let (stdout_end, stdout) = pipe()?;
    let (stderr_end, stderr) = pipe()?;
    let streams = Streams {
        stdin: stdin.into(),
        stdout: stdout.into(),
        stderr: stderr.into(),
    };
    let ends = Ends {
        stdin: Sender::from_owned_fd(OwnedFd::from(stdin_end))?,
        stdout: Receiver::from_owned_fd(OwnedFd::from(stdout_end))?,
        stderr: Receiver::from_owned_fd(OwnedFd::from(stderr_end))?,
    };
    Ok((streams, ends))
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
    processes: Processes,
    lines: JoinHandle<()>,
}

impl Process for Native {
    async fn run(&mut self) -> Exit {
        let Some(end) = self.processes.ended().await else {
            return lost("killed together with the process that starts scripts");
        };
        if end.gone {
            self.last_lines().await;
        }
        end.status
            .map_or_else(|| lost("ended in a way that is unknown"), exit)
    }

    async fn clean_up(mut self) {
        self.processes.end().await;
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

fn exit(status: ExitStatus) -> Exit {
    // "exit status: 3", "signal: 9 (SIGKILL)"
    let described = status.to_string().replacen(": ", " ", 1);
    match status.signal() {
        Some(_) => Exit {
            outcome: Outcome::Killed,
            description: format!("killed by {described}"),
        },
        None => Exit {
            outcome: match status.success() {
                true => Outcome::Succeeded,
                false => Outcome::Failed,
            },
            description: described,
        },
    }
}

/// For a script whose status nobody has seen: its output may not be all.
fn lost(description: &str) -> Exit {
    Exit {
        outcome: Outcome::Killed,
        description: description.to_owned(),
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
        Some(Errno::TOOBIG) => return ProcessError::TooLarge,
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
        for (raw, outcome, description) in [
            (0, Outcome::Succeeded, "exit status 0"),
            (3 << 8, Outcome::Failed, "exit status 3"),
            (9, Outcome::Killed, "killed by signal 9 (SIGKILL)"),
        ] {
            let exit = exit(ExitStatus::from_raw(raw));
            assert_eq!(exit.outcome, outcome);
            assert_eq!(exit.description, description);
        }
    }

    #[test]
    fn an_interpreter_is_named() {
        assert_eq!(interpreter(b"#! /bin/none -e\nrest"), "\"/bin/none\"");
        assert_eq!(interpreter(b"#!/bin/sh\r\n"), "\"/bin/sh\\r\"");
        assert!(interpreter(b"\x7fELF").contains("loader"));
    }
}
