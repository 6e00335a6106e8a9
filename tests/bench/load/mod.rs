//! The load generators, which are programs of others.

mod h2load;
mod wrk;

pub(crate) use h2load::PROGRAM as H2LOAD;
pub(crate) use wrk::PROGRAM as WRK;

use super::error::{Error, Result};
use super::peers::on_path;
use super::sample::Latency;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What every client asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) url: String,
    /// Field lines.
    pub(crate) fields: Vec<String>,
    pub(crate) connections: u32,
    pub(crate) status: u16,
}

/// What a load generator saw.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) elapsed: Duration,
    pub(crate) latency: Option<Latency>,
}

/// The load generators that are here.
#[derive(Debug)]
pub(crate) struct Tools {
    wrk: Option<PathBuf>,
    h2load: Option<PathBuf>,
    folder: PathBuf,
}

impl Tools {
    /// Looks for them; what they need is written to `folder`.
    pub(crate) fn find(folder: &Path) -> Result<Self> {
        wrk::write_script(folder)?;
        Ok(Self {
            wrk: on_path(WRK),
            h2load: on_path(H2LOAD),
            folder: folder.to_owned(),
        })
    }

    /// As many requests as the server answers, for some seconds.
    pub(crate) fn saturate(&self, request: &Request, seconds: u32) -> Result<Seen> {
        let program = needed(self.wrk.as_deref(), WRK)?;
        wrk::run(program, &self.folder, request, seconds)
    }

    /// A number of requests.
    pub(crate) fn count(&self, request: &Request, requests: u32) -> Result<Seen> {
        let program = needed(self.h2load.as_deref(), H2LOAD)?;
        h2load::count(program, request, requests)
    }

    /// Requests at a steady rate, or without one as many as are answered.
    pub(crate) fn steady(
        &self,
        request: &Request,
        rate: Option<f64>,
        seconds: u32,
    ) -> Result<Seen> {
        let program = needed(self.h2load.as_deref(), H2LOAD)?;
        h2load::steady(program, &self.folder, request, rate, seconds)
    }
}

fn needed<'a>(program: Option<&'a Path>, name: &str) -> Result<&'a Path> {
    program.ok_or_else(|| {
        Error::Unavailable(format!("{name} isn't installed; `--install` installs it"))
    })
}

/// Runs a tool that has to succeed; its standard output.
fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(Error::io(format!("{command:?}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(failed(command, format!("{}: {said}", output.status)))
}

fn failed(command: &Command, what: String) -> Error {
    Error::Tool {
        command: format!("{command:?}"),
        what,
    }
}
