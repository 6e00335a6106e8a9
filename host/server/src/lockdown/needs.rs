//! What a process still does after it was locked down.

use crate::logging::escape_controls;
use std::path::PathBuf;

/// What may be done at a path, and beneath it if it is a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// Read files, and list directories.
    Read,
    /// Read files, but not list directories.
    ReadFiles,
    /// Make files and directories, too, and change and replace files: but make no link,
    /// and remove no directory.
    Add,
    /// Make, change and remove files, directories and links, too.
    Change,
    /// Make files and write to them, but not read them.
    Write,
}

/// A path that the process still uses after it was locked down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPath {
    /// A file or directory that is there. What is put in its place later isn't it.
    pub path: PathBuf,
    /// What may be done there.
    pub kept: Kept,
}

impl KeptPath {
    /// `path`, for that.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, kept: Kept) -> Self {
        Self {
            path: path.into(),
            kept,
        }
    }
}

/// The network that the process still uses, beside the connections that it accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Network {
    /// It makes no connection, and no socket.
    #[default]
    None,
    /// It connects to these ports, and asks resolvers for addresses.
    Ports(Vec<u16>),
    /// It connects to any port.
    Any,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    pub(crate) paths: Vec<KeptPath>,
    pub(crate) network: Network,
}

impl Needs {
    pub(crate) fn path(&mut self, path: impl Into<PathBuf>, kept: Kept) {
        let path = KeptPath::new(path, kept);
        if !self.paths.contains(&path) {
            self.paths.push(path);
        }
    }

    /// Logs what is still within reach, for who asks.
    pub(super) fn log(&self) {
        for KeptPath { path, kept } in &self.paths {
            let what = match kept {
                Kept::Read => "read and list",
                Kept::ReadFiles => "read files of",
                Kept::Add => "read, and add files to,",
                Kept::Change => "read and change",
                Kept::Write => "write files to",
            };
            let path = path.display().to_string();
            tracing::debug!("still within reach: {what} {}", escape_controls(&path));
        }
        match &self.network {
            Network::None => {}
            Network::Ports(ports) => {
                tracing::debug!("still within reach: connections to the ports {ports:?}");
            }
            Network::Any => tracing::debug!("still within reach: connections to any port"),
        }
    }
}
