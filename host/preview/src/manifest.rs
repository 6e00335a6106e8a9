//! What a deploy consists of.

use crate::digest::Digest;
use crate::limits::SiteLimits;
use crate::names::{ProjectName, SitePath, each_path_once};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

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
        self.check_sizes(limits)?;
        self.check_places()
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
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn manifest(files: &[(&str, u64)]) -> Manifest {
        let entry = |(path, size): &(&str, u64)| {
            let sha256 = Digest::of(path.as_bytes());
            (
                SitePath::new(*path).unwrap(),
                Entry {
                    sha256,
                    size: *size,
                },
            )
        };
        Manifest {
            project: ProjectName::new("site").unwrap(),
            made: 1,
            message: None,
            ttl: None,
            password: None,
            files: files.iter().map(entry).collect(),
        }
    }

    fn check(files: &[(&str, u64)]) -> Result<(), String> {
        let limits = SiteLimits {
            files: 4,
            file_size: 100,
            total_size: 150,
            ..Limits::default().usual
        };
        manifest(files)
            .check(&limits)
            .map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(files: &[(&str, u64)], wrong: &str) {
        let error = check(files).unwrap_err();
        assert!(error.contains(wrong), "{error}");
    }

    #[test]
    fn what_fits_is_taken() {
        assert_eq!(
            check(&[("a", 0), ("b/a", 100), ("b/c", 50), ("c", 0)]),
            Ok(())
        );
        // Neighbours in the order of bytes that are nobody's folder.
        assert_eq!(
            check(&[("a-", 1), ("a.b", 1), ("a/b", 1), ("aa", 1)]),
            Ok(())
        );
    }

    #[test]
    fn each_limit_names_the_entry() {
        refused(&[], "no files");
        refused(
            &[("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1)],
            "5 files in this deploy, 4",
        );
        refused(
            &[("a", 1), ("b", 101)],
            "\"b\" has 101 bytes, 100 is the most",
        );
        refused(
            &[("a", 75), ("b", 75), ("c", 1)],
            "\"c\" and what comes before it",
        );
        refused(&[("a", u64::MAX)], "\"a\" has 18446744073709551615 bytes");
    }

    #[test]
    fn sizes_that_overflow_are_too_much() {
        let limits = SiteLimits {
            file_size: u64::MAX,
            total_size: u64::MAX - 1,
            ..Limits::default().most
        };
        let manifest = manifest(&[("a", u64::MAX), ("b", u64::MAX)]);
        assert_eq!(manifest.size(), u64::MAX);
        assert!(manifest.check(&limits).is_err());
    }

    #[test]
    fn no_two_files_can_be_in_each_others_place() {
        refused(
            &[("A.html", 1), ("a.html", 1)],
            "\"A.html\" and \"a.html\" are the same",
        );
        refused(
            &[("É", 1), ("é", 1)],
            "are the same where case doesn't count",
        );
        refused(&[("a", 1), ("a/b", 1)], "\"a\" is a file, so \"a/b\" can't");
        refused(
            &[("a", 1), ("a-b", 1), ("a/b/c/d", 1)],
            "\"a\" is a file, so \"a/b/c/d\"",
        );
        refused(
            &[("A/b/c", 1), ("a/B", 1)],
            "\"a/B\" is a file, so \"A/b/c\"",
        );
    }

    #[test]
    fn one_content_has_one_size() {
        let mut manifest = manifest(&[("a", 1), ("b", 2)]);
        for entry in manifest.files.values_mut() {
            entry.sha256 = Digest::of(b"the same");
        }
        let error = manifest.check(&Limits::default().usual).unwrap_err();
        assert!(matches!(
            error,
            ManifestError::TwoSizes {
                size: 2,
                other: 1,
                ..
            }
        ));
    }

    #[test]
    fn what_is_said_about_it_is_checked() {
        let usual = Limits::default().usual;
        let with = |change: fn(&mut Manifest)| {
            let mut manifest = manifest(&[("a", 1)]);
            change(&mut manifest);
            manifest.check(&usual)
        };
        assert_eq!(with(|m| m.ttl = Some(1)), Ok(()));
        assert_eq!(with(|m| m.ttl = Some(0)), Err(ManifestError::Ttl(0)));
        assert_eq!(
            with(|m| m.ttl = Some(u64::MAX)),
            Err(ManifestError::Ttl(u64::MAX))
        );
        assert_eq!(with(|m| m.message = Some("ä".repeat(512))), Ok(()));
        assert_eq!(
            with(|m| m.message = Some("ä".repeat(513))),
            Err(ManifestError::Message(1026))
        );
        assert_eq!(with(|m| m.password = Some("$2y$10$abc".into())), Ok(()));
        assert_eq!(
            with(|m| m.password = Some("secret".into())),
            Err(ManifestError::Password)
        );
        assert_eq!(
            with(|m| m.password = Some("$2y$\n".into())),
            Err(ManifestError::Password)
        );
        assert_eq!(
            with(|m| m.password = Some("$2".repeat(51))),
            Err(ManifestError::Password)
        );
    }

    #[test]
    fn its_json_is_read_as_it_is_written_and_hostile_json_is_refused() {
        let manifest = manifest(&[("a", 1), ("b/c", 2)]);
        let json = serde_json::to_string(&manifest).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
        let size = |size: &str| json.replace("\"size\":1", &format!("\"size\":{size}"));
        for bad in [
            "-1",
            "18446744073709551616",
            "1e3",
            "1.5",
            "\"1\"",
            "null",
            "1e999",
        ] {
            assert!(
                serde_json::from_str::<Manifest>(&size(bad)).is_err(),
                "{bad}"
            );
        }
        let twice = json.replace("\"b/c\"", "\"a\"");
        assert!(serde_json::from_str::<Manifest>(&twice).is_err());
        let deep = "[".repeat(10_000);
        assert!(serde_json::from_str::<Manifest>(&deep).is_err());
    }
}
