//! Why a file isn't taken.

use crate::connection::ConnectionError;
use rustix::io::Errno;
use std::io;

/// Why a file isn't taken: what the contract's `uploads.error-code` tells a handler.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error("no file can have this path")]
    BadName,
    #[error("a name begins with a dot")]
    HiddenName,
    #[error("it leads out of the served directory, or to scripts")]
    NotPermitted,
    #[error("the server may not write there")]
    NotWritable,
    #[error("a file is there already")]
    Exists,
    #[error("something else than a file is there")]
    InTheWay,
    #[error("it is too large")]
    TooLarge,
    #[error("as much was uploaded as may be")]
    QuotaExceeded,
    #[error("there is no room on the disk")]
    NoSpace,
    #[error("cannot keep what is uploaded: {0}")]
    Failed(io::Error),
    #[error("the client took too long")]
    TimedOut,
    #[error("the client has gone")]
    ClientClosed,
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::NOSPC | Errno::DQUOT) => Self::NoSpace,
            Some(Errno::FBIG) => Self::TooLarge,
            Some(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Self::NotWritable,
            Some(Errno::EXIST) => Self::Exists,
            Some(Errno::NOTDIR | Errno::ISDIR | Errno::LOOP | Errno::NOTEMPTY) => Self::InTheWay,
            Some(Errno::XDEV) => Self::NotPermitted,
            Some(Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ) => Self::BadName,
            Some(_) => Self::Failed(error),
            // What `cap-primitives` refuses itself, as leading out of the directory.
            None if error.kind() == io::ErrorKind::PermissionDenied => Self::NotPermitted,
            None => Self::Failed(error),
        }
    }
}

impl From<Errno> for UploadError {
    fn from(error: Errno) -> Self {
        io::Error::from(error).into()
    }
}

impl From<ConnectionError> for UploadError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::TimedOut => Self::TimedOut,
            _ => Self::ClientClosed,
        }
    }
}
