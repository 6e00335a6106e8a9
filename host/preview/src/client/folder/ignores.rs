//! `.wasmhostignore`: what the owner of a folder leaves out, in gitignore's syntax. A
//! folder's own says more than that of the folders around it, and its last matching line
//! most, as with git.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::io::ErrorKind;
use std::path::Path;

/// The file's name, in any folder of the site.
pub const IGNORE_FILE: &str = ".wasmhostignore";

/// The most bytes of one.
const MAX_BYTES: u64 = 1024 * 1024;

/// What the owner says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Ignored,
    /// A line with `!` has it deployed, whatever it looks like.
    Wanted,
    Silent,
}

/// The files that count in one folder, the outermost first.
#[derive(Debug, Clone, Default)]
pub(super) struct Ignores(Vec<Gitignore>);

impl Ignores {
    /// With that of `folder`, if there is one.
    pub(super) fn and_of(&self, folder: &Path) -> Result<Self, String> {
        let file = folder.join(IGNORE_FILE);
        match std::fs::symlink_metadata(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(self.clone()),
            Err(error) => return Err(format!("it can't be read: {error}")),
            // A link could have a file of somebody else's read and told of.
            Ok(found) if !found.is_file() => return Err("it isn't a regular file".to_owned()),
            Ok(found) if found.len() > MAX_BYTES => {
                return Err(format!("it has more than {MAX_BYTES} bytes"));
            }
            Ok(_) => {}
        }
        let mut builder = GitignoreBuilder::new(folder);
        if let Some(error) = builder.add(&file) {
            return Err(format!("{error}; write it as in a .gitignore"));
        }
        let own = builder.build().map_err(|error| error.to_string())?;
        let mut all = self.0.clone();
        all.push(own);
        Ok(Self(all))
    }

    /// `path` is in the folder that these are of.
    pub(super) fn verdict(&self, path: &Path, is_folder: bool) -> Verdict {
        for file in self.0.iter().rev() {
            match file.matched(path, is_folder) {
                Match::None => {}
                Match::Ignore(_) => return Verdict::Ignored,
                Match::Whitelist(_) => return Verdict::Wanted,
            }
        }
        Verdict::Silent
    }
    /// Whether one of these leaves out what is at `real`, or a folder that it is in.
    pub(super) fn hide(&self, real: &Path) -> bool {
        let is_folder = real.is_dir();
        let over = self.0.iter().filter(|file| real.starts_with(file.path()));
        over.map(|file| file.matched_path_or_any_parents(real, is_folder))
            .any(|found| found.is_ignore())
    }
}
