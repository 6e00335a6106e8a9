//! Scripts that are programs of this machine.

use crate::beginning::MOMENT;
use crate::child::{Exit, Outcome};
use crate::environment::Environment;
use crate::error::ProcessError;
use crate::launch::Streams;
use crate::launcher::{Launcher, Processes};
use crate::order::Order;
use crate::script_directories::{Form, Program};
use crate::standard_error::{LineSink, Lines};
use crate::stdio::{Input, Output};
use crate::supervisor::Process;
use crate::user::ScriptUser;
use rustix::io::{Errno, ioctl_fionbio};
use std::io::{self, PipeWriter, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::time::timeout;

/// The server's ends of a script's standard streams.
struct Ends {
    stdin: Option<Sender>,
    stdout: Receiver,
    stderr: OwnedFd,
}

/// Starts a program, or has it started: what it is then, and the other ends of
/// its standard input and output. Must be called on a runtime.
///
/// # Errors
///
/// It can't be started: what [`not_started`] explains.
pub(super) async fn start(
    program: &Program,
    environment: Environment,
    has_input: bool,
    launcher: &Launcher,
    log: &LineSink,
) -> io::Result<(Native, Option<Input>, Output)> {
    if !is_program(head(program)) {
        return Err(Errno::NOEXEC.into());
    }
    let (streams, ends) = streams(has_input)?;
    let variables = environment.iter();
    let order = Order {
        path: &program.path,
        directory: &program.directory,
        environment: variables.map(|(n, v)| (&**n, &**v)).collect(),
    };
    // From here on, giving up ends it.
    let processes = launcher.launch(&order, streams).await?;
    let process = Native {
        processes,
        lines: Lines::new(ends.stderr, Arc::clone(log)),
    };
    let stdin = ends.stdin.map(|stdin| Box::new(stdin) as Input);
    Ok((process, stdin, Box::new(ends.stdout)))
}

/// Pipes for the standard streams.
fn streams(has_input: bool) -> io::Result<(Streams, Ends)> {
    let (stdin, stdin_end) = has_input.then(pipe).transpose()?.unzip();
    let (stdout_end, stdout) = pipe()?;
    let (stderr_end, stderr) = pipe()?;
    let streams = Streams {
        stdin: stdin.map(OwnedFd::from),
        stdout: stdout.into(),
        stderr: stderr.into(),
    };
    let ends = Ends {
        stdin: stdin_end.map(watched).transpose()?,
        stdout: Receiver::from_owned_fd_unchecked(unblocked(stdout_end)?)?,
        stderr: unblocked(stderr_end)?,
    };
    Ok((streams, ends))
}

fn watched(writer: PipeWriter) -> io::Result<Sender> {
    Sender::from_owned_fd_unchecked(unblocked(writer)?)
}

/// One of this process's ends, which no other has.
fn unblocked(end: impl Into<OwnedFd>) -> io::Result<OwnedFd> {
    let end = end.into();
    ioctl_fionbio(&end, true)?;
    Ok(end)
}

/// Whether the system knows how to run a file that begins like this. It would
/// say so itself, but the C library runs what it doesn't know as a shell
/// script, if there is a user to change to, and not otherwise.
fn is_program(head: &[u8]) -> bool {
    !cfg!(target_os = "linux") || head.starts_with(b"#!") || head.starts_with(b"\x7fELF")
}

/// A program that runs, as the supervisor sees it.
pub(super) struct Native {
    processes: Processes,
    lines: Lines,
}

impl Process for Native {
    async fn begin(&mut self) -> io::Result<()> {
        self.processes.started().await
    }

    async fn run(&mut self) -> Exit {
        let end = match timeout(MOMENT, self.processes.ended()).await {
            Ok(end) => end,
            Err(_) => {
                self.lines.follow();
                self.processes.ended().await
            }
        };
        let Some(end) = end else {
            return lost("killed together with the process that starts scripts");
        };
        if end.gone {
            self.lines.last().await;
        }
        if end.crowded {
            return lost("killed, as it was more processes than a script may be");
        }
        end.status
            .map_or_else(|| lost("ended in a way that is unknown"), exit)
    }

    async fn clean_up(mut self) {
        self.lines.follow();
        self.processes.end().await;
        self.lines.last().await;
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

/// What a program's file begins with.
fn head(program: &Program) -> &[u8] {
    match &program.form {
        Form::Native { head } => head,
        Form::Wasm(_) => &[],
    }
}

/// Why a program wasn't started.
pub(super) fn not_started(
    error: &io::Error,
    program: &Program,
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
        // The spawner's, which another takes the place of.
        Some(Errno::TIMEDOUT) => {
            log(&format!("cannot run {path} now: {error}"));
            return ProcessError::Busy;
        }
        Some(Errno::NOENT | Errno::NOTDIR) => format!(
            "bad interpreter: there is no {}; name another in its first line",
            interpreter(head(program))
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
