//! The server's side.

use super::agent::{Project, Setup, path};
use crate::attendant::Attendant;
use crate::names::ProjectName;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// The process that keeps what sites' code wants kept. Dropping it ends that.
#[derive(Debug)]
pub struct Keeper {
    attendant: Attendant,
    folder: PathBuf,
    most: u64,
}

impl Keeper {
    /// Starts it, for a server that can't any more later. `command`: a program that calls
    /// [`run_keeper`](super::run_keeper), and its arguments. `folder`: where its files are,
    /// which is made if it isn't there. `most`: how many bytes a project keeps, of keys and
    /// values, and 64 for each pair.
    ///
    /// # Errors
    ///
    /// It can't be started, or the folder not be made.
    pub fn start(
        command: &[OsString],
        folder: &Path,
        most: u64,
        is_locked_down: bool,
    ) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let folder = folder.canonicalize()?;
        let setup = Setup {
            folder: folder.clone(),
            is_locked_down,
        };
        Ok(Self {
            attendant: Attendant::start(command, &setup)?,
            folder,
            most,
        })
    }

    /// What a runner of a project gets: it keeps the project's values by it.
    ///
    /// # Errors
    ///
    /// The process is gone, or there is no descriptor to be had.
    pub(crate) fn admit(&self, project: &ProjectName) -> io::Result<UnixStream> {
        self.attendant.admit(&Project {
            name: project.clone(),
            most: self.most,
        })
    }

    /// Removes what is kept for projects that there aren't any more.
    ///
    /// # Errors
    ///
    /// The folder can't be read, or a file not be removed.
    pub(crate) fn keep_only(&self, exists: impl Fn(&ProjectName) -> bool) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".redb"));
            let project = name.and_then(|name| ProjectName::new(name).ok());
            if let Some(project) = project.filter(|project| !exists(project)) {
                self.remove(&project)?;
            }
        }
        Ok(())
    }

    /// Removes what is kept for a project.
    ///
    /// # Errors
    ///
    /// The file can't be removed.
    pub(crate) fn remove(&self, project: &ProjectName) -> io::Result<()> {
        match fs::remove_file(path(&self.folder, project)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
