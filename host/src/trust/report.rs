//! What was done, and what is left to do.

use crate::failure::Failure;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::{Command, Stdio};

/// Lines for people, in their order.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<String>,
    /// What was tried in vain, first.
    failed: Option<String>,
}

/// What came of a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// What it printed.
    Done(String),
    /// It isn't installed.
    Absent,
    /// What it had to say.
    Failed(String),
}

impl Report {
    pub(super) fn say(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    /// Something was tried in vain.
    pub(super) fn fail(&mut self, line: &str) {
        self.failed.get_or_insert_with(|| line.to_owned());
    }

    /// # Errors
    ///
    /// Something was tried in vain, or nobody reads it.
    pub(super) fn print(self) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        for line in &self.lines {
            writeln!(stdout, "{line}").map_err(Failure::Output)?;
        }
        stdout.flush().map_err(Failure::Output)?;
        self.failed.map_or(Ok(()), |why| Err(Failure::Trust(why)))
    }
}

/// Runs a program, which can ask nobody for anything.
pub(super) fn run<A: AsRef<OsStr>>(program: &str, args: impl IntoIterator<Item = A>) -> Ran {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            Ran::Done(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            let last = errors.lines().rev().find(|line| !line.trim().is_empty());
            Ran::Failed(last.unwrap_or("it failed without a word").trim().to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ran::Absent,
        Err(error) => Ran::Failed(error.to_string()),
    }
}
