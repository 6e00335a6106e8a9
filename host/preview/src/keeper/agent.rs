//! The keeper's own side: it reads which projects there are, and serves their runners.

use crate::attendant::{runners, setup};
use crate::names::ProjectName;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tokio::task::LocalSet;
use wasm_host_server::{
    Kept, KeptPath, KeyValueFile, begin_attendant, lock_down_attendant, serve_key_values,
};

/// How many operations are done at once; those of a project that change something are done
/// one after the other.
const AT_ONCE: usize = 8;

/// How it is to work.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    pub(super) folder: PathBuf,
    /// Whether it gives up all that it doesn't need.
    pub(super) is_locked_down: bool,
}

/// A project that has a runner.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Project {
    pub(super) name: ProjectName,
    /// The most that is kept for it, in bytes.
    pub(super) most: u64,
}

/// Where what is kept for a project is.
pub(super) fn path(folder: &Path, project: &ProjectName) -> PathBuf {
    folder.join(format!("{project}.redb"))
}

/// Runs this process as the one that [`Keeper::start`](super::Keeper::start) has started,
/// until its server is gone.
///
/// # Errors
///
/// It wasn't started so, or the system refuses what it needs.
pub fn run_keeper() -> io::Result<()> {
    let socket = begin_attendant()?;
    let Setup {
        folder,
        is_locked_down,
    } = setup(&socket)?;
    if is_locked_down {
        lock_down_attendant(&[KeptPath::new(&folder, Kept::Change)]);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(AT_ONCE)
        .build()?;
    let mut admitted = runners::<Project>(socket)?;
    let open = Rc::new(Open::new(folder));
    LocalSet::new().block_on(&runtime, async {
        while let Some((runner, project)) = admitted.recv().await {
            let open = Rc::clone(&open);
            tokio::task::spawn_local(async move {
                // Whoever doesn't say what it should is gone by that.
                let _ = open.serve(runner, project).await;
            });
        }
    });
    Ok(())
}

/// The files that are open, and for how many runners each is.
struct Open {
    folder: PathBuf,
    files: RefCell<HashMap<ProjectName, (KeyValueFile, usize)>>,
}

impl Open {
    fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            files: RefCell::default(),
        }
    }

    async fn serve(&self, runner: UnixStream, project: Project) -> io::Result<()> {
        let Project { name, most } = project;
        let file = self.file(&name, most).map_err(io::Error::other)?;
        let served = serve_key_values(runner, file.clone()).await;
        self.close(&name, &file);
        served
    }

    /// The project's file: the one that is open, unless it was removed meanwhile.
    fn file(
        &self,
        project: &ProjectName,
        most: u64,
    ) -> Result<KeyValueFile, wasm_host_server::KeyValueFileError> {
        let path = path(&self.folder, project);
        let mut files = self.files.borrow_mut();
        if let Some((file, runners)) = files.get_mut(project)
            && file.is_at(&path)
        {
            *runners += 1;
            return Ok(file.clone());
        }
        let file = KeyValueFile::open(&path, most)?;
        files.insert(project.clone(), (file.clone(), 1));
        Ok(file)
    }

    /// A runner of the project is gone.
    fn close(&self, project: &ProjectName, closed: &KeyValueFile) {
        let mut files = self.files.borrow_mut();
        if let Some((file, runners)) = files.get_mut(project)
            && file == closed
        {
            *runners -= 1;
            if *runners == 0 {
                files.remove(project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_open_as_long_as_somebody_has_it_and_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let open = Open::new(folder.path().to_owned());
        let shop: ProjectName = "shop".parse().unwrap();
        let one = open.file(&shop, 10_000).unwrap();
        let two = open.file(&shop, 10_000).unwrap();
        assert!(one == two);
        std::fs::remove_file(path(folder.path(), &shop)).unwrap();
        let three = open.file(&shop, 10_000).unwrap();
        assert!(three != one, "what was removed isn't found any more");
        open.close(&shop, &one);
        open.close(&shop, &two);
        assert_eq!(open.files.borrow()[&shop].1, 1);
        open.close(&shop, &three);
        assert!(open.files.borrow().is_empty());
    }
}
