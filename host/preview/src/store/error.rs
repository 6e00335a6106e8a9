//! What can go wrong in a store, told apart by who can do something about it.

use crate::digest::Digest;
use crate::manifest::{MAX_MESSAGE, ManifestError};
use crate::names::{AliasName, DeployId, ProjectName};
use std::io;
use std::path::PathBuf;

/// Why a store can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder can't be made, read or written.
    #[error("cannot keep deploys in {}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others could put into it what they like.
    #[error(
        "{} is another user's, or others may write to it; take it from them by `chown` and `chmod o-w`, or name another folder",
        path.display()
    )]
    Open {
        /// The folder.
        path: PathBuf,
    },
    /// Another server has it.
    #[error(
        "another server uses the store in {}; end that one, or name another folder",
        path.display()
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// There is something else in the folder.
    #[error(
        "{} is no store: {found:?} is in it, but no file \"format\"; name an empty folder, or one that is to be made",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        found: String,
    },
    /// A newer version of this program made it.
    #[error(
        "the store in {} has format {version}, and this version of wasm-host knows {known}; use a newer one",
        path.display()
    )]
    Newer {
        /// The folder.
        path: PathBuf,
        /// The format that it has.
        version: u64,
        /// The greatest that this program knows.
        known: u64,
    },
    /// The file that says what it is can't be understood.
    #[error(
        "the file \"format\" of the store in {} is damaged; it should be {{\"version\":1}}",
        path.display()
    )]
    Format {
        /// The folder.
        path: PathBuf,
    },
    /// It lets two servers both be the first.
    #[error(
        "the file system of {} overwrites a file that was to be made anew, so that deploys could be lost; choose another one",
        path.display()
    )]
    NotExclusive {
        /// The folder.
        path: PathBuf,
    },
    /// Its folders can't share files.
    #[error(
        "the file system of {} lets no file have two names in different folders, which deploys are served by: {source}; choose another one",
        path.display()
    )]
    NoLinks {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What the operator wants makes no sense.
    #[error(transparent)]
    Limits(#[from] crate::limits::LimitError),
    /// It can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a store doesn't do what it is asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no space left. What was being written is removed again.
    #[error("cannot {doing}, as the server's disk is full")]
    Full {
        /// What was to be done.
        doing: String,
        /// What the system says.
        source: io::Error,
    },
    /// There is no such deploy.
    #[error("there is no deploy {0}")]
    NoDeploy(DeployId),
    /// An alias can't move to another project's deploy.
    #[error("the deploy {deploy} isn't one of the project {project}")]
    NotInProject {
        /// The deploy.
        deploy: DeployId,
        /// The alias's project.
        project: ProjectName,
    },
    /// What is said about a move is too long.
    #[error("the message has {0} bytes, {MAX_MESSAGE} is the most")]
    Message(usize),
    /// No label is free for an alias.
    #[error("no name is free for the alias {alias} of the project {project}")]
    NoLabel {
        /// The alias.
        alias: AliasName,
        /// Its project.
        project: ProjectName,
    },
    /// Somebody else uploads the same content to the same project at the moment.
    #[error("another upload of {0} is under way; try again in a few seconds")]
    Busy(Digest),
    /// Somebody else goes on with this upload, since nothing came for a while.
    #[error("another upload of {0} goes on with this one")]
    Taken(Digest),
    /// The project was removed in the meantime.
    #[error("what came of {0} was removed with its project; begin again")]
    Removed(Digest),
    /// More than the operator lets anybody have.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// An upload ends too early, or doesn't end.
    #[error("{digest} was to have {size} bytes, and {has} came")]
    Size {
        /// The content's digest.
        digest: Digest,
        /// The size that was said, in bytes.
        size: u64,
        /// How many bytes there are, or would be.
        has: u64,
    },
    /// What was uploaded isn't what was said. It is removed again.
    #[error("what was uploaded as {said} has the SHA-256 {is}")]
    Digest {
        /// What it was to have.
        said: Digest,
        /// What it has.
        is: Digest,
    },
    /// Something is missing in the store, or not as it was written.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The file system fails.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was to be done.
        doing: String,
        /// Why not.
        source: io::Error,
    },
}

/// More than the operator lets anybody have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TooMuch {
    /// Of one file.
    #[error("a file of {size} bytes is too large, {most} is the most")]
    FileSize {
        /// Its size, in bytes.
        size: u64,
        /// The most, in bytes.
        most: u64,
    },
    /// Of all that a project has.
    #[error(
        "the project has {has} bytes, and {size} more would be more than {most}, which is the most; remove deploys"
    )]
    ProjectSize {
        /// What it has, in bytes.
        has: u64,
        /// What would be added, in bytes.
        size: u64,
        /// The most, in bytes.
        most: u64,
    },
    /// Of projects.
    #[error("there are {0} projects, which is the most; remove one")]
    Projects(u64),
    /// Of a project's deploys.
    #[error("the project has {0} deploys, which is the most; remove some")]
    Deploys(u64),
    /// Of a project's aliases.
    #[error(
        "the project has {0} aliases, or has removed ten times as many in 30 days, which is the most; remove some"
    )]
    Aliases(u64),
}

/// Why there is no new deploy. Nothing of it is visible then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Content that the manifest names isn't there. It is to be uploaded first.
    #[error("{} of the files have not been uploaded", .0.len())]
    Missing(Vec<Digest>),
    /// The manifest is wrong in itself.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// More than the operator lets anybody have.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// The manifest gives content a size that it doesn't have.
    #[error("{path:?} is said to have {said} bytes, and has {has}")]
    WrongSize {
        /// A file with that content.
        path: String,
        /// The size in the manifest, in bytes.
        said: u64,
        /// The size that it has, in bytes.
        has: u64,
    },
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// Tells a full disk from everything else.
    pub(super) fn io(doing: impl Into<String>, source: io::Error) -> Self {
        let doing = doing.into();
        match is_full(&source) {
            true => Self::Full { doing, source },
            false => Self::Io { doing, source },
        }
    }
}

/// Whether it is space that lacks: of the disk, of a quota, or of what this process may
/// write to a file.
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
