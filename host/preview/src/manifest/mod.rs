//! What a deploy consists of.

use crate::digest::Digest;
use crate::limits::SiteLimits;
use crate::names::{ProjectName, SitePath, each_path_once};
use crate::wire::CODE;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The longest message of a deploy, in bytes.
pub const MAX_MESSAGE: usize = 1024;

/// The longest hash of a password, in bytes: those of bcrypt have 60.
const MAX_PASSWORD: usize = 100;

/// The longest time that a deploy can ask to be kept, in seconds: ten years.
pub const MAX_TTL: u64 = 10 * 365 * 24 * 60 * 60;

/// A deploy: its files, and what was said about it. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The project that it belongs to.
    pub project: ProjectName,
    /// When it was made, in seconds since 1970.
    pub made: u64,
    /// What its maker says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For how many seconds it is kept without an alias or a visit. None: as is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// The hash of the password that visitors need, of bcrypt: `$2y$…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Its files.
    #[serde(deserialize_with = "each_path_once")]
    pub files: BTreeMap<SitePath, Entry>,
}

/// A file of a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it contains.
    pub sha256: Digest,
    /// How long that is, in bytes.
    pub size: u64,
}

/// Why a manifest is refused. The text names the entry that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// There is nothing in it.
    #[error("there are no files in this deploy")]
    Empty,
    /// It has too many files.
    #[error("there are {files} files in this deploy, {most} is the most")]
    Files {
        /// How many it has.
        files: u64,
        /// How many it may have.
        most: u64,
    },
    /// Its files are in too many folders.
    #[error("the files of this deploy are in {folders} folders, {most} is the most")]
    Folders {
        /// How many there are.
        folders: u64,
        /// How many there may be: as many as files.
        most: u64,
    },
    /// A file is too large.
    #[error("{:?} has {size} bytes, {most} is the most for a file", path.as_str())]
    FileSize {
        /// Which one.
        path: SitePath,
        /// Its size, in bytes.
        size: u64,
        /// The largest size, in bytes.
        most: u64,
    },
    /// All files together are too large.
    #[error("{:?} and what comes before it has more than {most} bytes, which is the most for a deploy", path.as_str())]
    TotalSize {
        /// The first one, in the order of paths, that is too much.
        path: SitePath,
        /// The largest size, in bytes.
        most: u64,
    },
    /// Two paths differ in case only.
    #[error("{:?} and {:?} are the same where case doesn't count; rename one of them", one.as_str(), other.as_str())]
    CaseTwins {
        /// One of them.
        one: SitePath,
        /// The other one.
        other: SitePath,
    },
    /// A path is a file, and a folder on the way to another one.
    #[error("{:?} is a file, so {:?} can't be in a folder of that name", file.as_str(), within.as_str())]
    FileIsFolder {
        /// The file.
        file: SitePath,
        /// What would be within.
        within: SitePath,
    },
    /// The same content is said to have two sizes.
    #[error("{:?} is said to have {size} bytes, but another file of the same content {other}", path.as_str())]
    TwoSizes {
        /// The second one, in the order of paths.
        path: SitePath,
        /// Its size, in bytes.
        size: u64,
        /// The size of the first one, in bytes.
        other: u64,
    },
    /// The message is too long.
    #[error("the message has {0} bytes, {MAX_MESSAGE} is the most")]
    Message(usize),
    /// The time to live makes no sense.
    #[error("a deploy can't be kept for {0} seconds: 1 to {MAX_TTL} are possible")]
    Ttl(u64),
    /// The password isn't hashed, or not by bcrypt.
    #[error("the password has to be a hash of bcrypt, which begins with $2")]
    Password,
}

impl Manifest {
    /// Checks all that names and types don't: that all files can be in one folder of any
    /// file system, and that it is within `limits`.
    ///
    /// # Errors
    ///
    /// Names the first entry that is at fault, in the order of paths.
    pub fn check(&self, limits: &SiteLimits) -> Result<(), ManifestError> {
        self.check_words()?;
        let files = self.files.len() as u64;
        if files == 0 {
            return Err(ManifestError::Empty);
        }
        if files > limits.files {
            let most = limits.files;
            return Err(ManifestError::Files { files, most });
        }
        self.check_folders(limits)?;
        self.check_sizes(limits)?;
        self.check_places()
    }

    /// The digest of its code, if it has some.
    #[must_use]
    pub fn code(&self) -> Option<Digest> {
        let file = self.files.iter().find(|(path, _)| path.as_str() == CODE);
        file.map(|(_, entry)| entry.sha256)
    }

    /// The size of all files together, in bytes. What is beyond 64 bits is left out.
    #[must_use]
    pub fn size(&self) -> u64 {
        let sizes = self.files.values().map(|entry| entry.size);
        sizes.fold(0, u64::saturating_add)
    }

    fn check_words(&self) -> Result<(), ManifestError> {
        if let Some(message) = &self.message
            && message.len() > MAX_MESSAGE
        {
            return Err(ManifestError::Message(message.len()));
        }
        if let Some(ttl) = self.ttl
            && !(1..=MAX_TTL).contains(&ttl)
        {
            return Err(ManifestError::Ttl(ttl));
        }
        let is_hash = |hash: &String| {
            let shape = hash.starts_with("$2") && hash.len() <= MAX_PASSWORD;
            shape && hash.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !self.password.as_ref().is_none_or(is_hash) {
            return Err(ManifestError::Password);
        }
        Ok(())
    }

    /// A folder takes as much of a disk as a small file, and 64 of them fit in a path.
    fn check_folders(&self, limits: &SiteLimits) -> Result<(), ManifestError> {
        let folders: HashSet<&str> = self.files.keys().flat_map(SitePath::folders).collect();
        let (folders, most) = (folders.len() as u64, limits.files);
        match folders > most {
            true => Err(ManifestError::Folders { folders, most }),
            false => Ok(()),
        }
    }

    fn check_sizes(&self, limits: &SiteLimits) -> Result<(), ManifestError> {
        let mut total = 0_u64;
        let mut sizes = HashMap::with_capacity(self.files.len());
        for (path, Entry { sha256, size }) in &self.files {
            let (path, size) = (path.clone(), *size);
            if size > limits.file_size {
                let most = limits.file_size;
                return Err(ManifestError::FileSize { path, size, most });
            }
            total = total.saturating_add(size);
            if total > limits.total_size {
                let most = limits.total_size;
                return Err(ManifestError::TotalSize { path, most });
            }
            let other = *sizes.entry(sha256).or_insert(size);
            if other != size {
                return Err(ManifestError::TwoSizes { path, size, other });
            }
        }
        Ok(())
    }

    /// Without case, so that whoever copies the site to a file system that knows none
    /// has all of it.
    fn check_places(&self) -> Result<(), ManifestError> {
        let mut places = HashMap::with_capacity(self.files.len());
        for path in self.files.keys() {
            if let Some(one) = places.insert(path.as_str().to_lowercase(), path) {
                let (one, other) = (one.clone(), path.clone());
                return Err(ManifestError::CaseTwins { one, other });
            }
        }
        for path in self.files.keys() {
            let mut folders = path.folders();
            if let Some(file) = folders.find_map(|folder| places.get(&folder.to_lowercase())) {
                let (file, within) = ((*file).clone(), path.clone());
                return Err(ManifestError::FileIsFolder { file, within });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
