//! Files that clients leave beneath the served directory, where its owner lets them.
//!
//! 1. [`UploadOptions`] say how much may come, and whether files may be replaced.
//! 2. `place` says where a path leads, and refuses those that lead elsewhere than to a
//!    new file beneath the directory.
//! 3. `room` counts what is kept, for all uploads together.
//! 4. `unfinished` is the file while it arrives: one without a name, or where the file
//!    system has none of these, one by a name that is never served.
//! 5. [`Upload`] moves what arrives on a connection there, and gives the file its name
//!    once all of it is there.
//!
//! Disks are waited for on other threads than those that serve.

mod error;
mod options;
mod place;
mod room;
mod unfinished;
mod upload;

pub(crate) use error::UploadError;
pub use options::UploadOptions;
pub(crate) use unfinished::has_unfinished_name;
pub(crate) use upload::Outcome;
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub use upload::Upload;

use crate::error::Error;
use crate::grants::GrantError;
use room::Room;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What a server takes files with. None of it without `--upload`.
#[derive(Debug)]
pub(crate) struct Uploads {
    root: File,
    options: UploadOptions,
    protected: Protected,
    room: Room,
    /// Held while a file gets its name: what it replaces is what was looked at.
    naming: Mutex<()>,
}

/// Where no file is taken.
#[derive(Debug, Default)]
pub(crate) struct Protected {
    /// Directories of scripts, beneath the served one: what is there would be run.
    pub(crate) scripts: Vec<PathBuf>,
    /// Files and directories, wherever they are: what the server runs, or reads anew.
    pub(crate) paths: Vec<PathBuf>,
}

impl Uploads {
    /// Opens the served directory for that.
    ///
    /// # Errors
    ///
    /// It can't be opened.
    pub(crate) fn open(
        served: &Path,
        options: UploadOptions,
        protected: Protected,
    ) -> Result<Self, Error> {
        let root = File::open(served).map_err(|source| GrantError::Served {
            path: served.to_owned(),
            source,
        })?;
        Ok(Self {
            root,
            options,
            protected,
            room: Room::new(options.quota),
            naming: Mutex::new(()),
        })
    }
}
