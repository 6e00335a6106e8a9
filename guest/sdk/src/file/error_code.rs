//! What the errors of `wasi:filesystem` mean for a request.

use super::FileError;
use crate::bindings::wasi::filesystem::types::ErrorCode;

impl From<ErrorCode> for FileError {
    fn from(error: ErrorCode) -> Self {
        match error {
            ErrorCode::NoEntry
            | ErrorCode::NotDirectory
            | ErrorCode::Loop
            | ErrorCode::Invalid
            | ErrorCode::NameTooLong => Self::NotFound,
            ErrorCode::Access => Self::Forbidden,
            ErrorCode::NotPermitted => Self::Withheld,
            ErrorCode::Unsupported => Self::Special,
            ErrorCode::InsufficientMemory => Self::Exhausted,
            _ => Self::Unreadable,
        }
    }
}
