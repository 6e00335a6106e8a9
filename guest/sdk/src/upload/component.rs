//! Files that the host keeps while they arrive.

use super::{Keeper, Upload, UploadError, UploadOutcome};
use crate::bindings::wasm_host::http::uploads::{self, ErrorCode, Outcome};

/// Begins one.
pub(crate) fn begin(
    path: &[u8],
    length: Option<u64>,
    replaces: bool,
) -> Result<Upload, UploadError> {
    Ok(Upload::new(uploads::Upload::begin(path, length, replaces)?))
}

impl Keeper for uploads::Upload {
    fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        Ok(uploads::Upload::write(self, bytes)?)
    }

    fn receive(&mut self, length: u64) -> Result<(), UploadError> {
        Ok(uploads::Upload::receive(self, length)?)
    }

    fn content_left(&self) -> u64 {
        uploads::Upload::content_left(self)
    }

    fn finish(self: Box<Self>) -> Result<UploadOutcome, UploadError> {
        Ok(match uploads::finish(*self)? {
            Outcome::Created => UploadOutcome::Created,
            Outcome::Replaced => UploadOutcome::Replaced,
        })
    }
}

impl From<ErrorCode> for UploadError {
    fn from(error: ErrorCode) -> Self {
        match error {
            ErrorCode::Off => Self::Off,
            ErrorCode::BadName => Self::BadName,
            ErrorCode::HiddenName => Self::HiddenName,
            ErrorCode::NotPermitted => Self::NotPermitted,
            ErrorCode::NotWritable => Self::NotWritable,
            ErrorCode::Exists => Self::Exists,
            ErrorCode::InTheWay => Self::InTheWay,
            ErrorCode::TooLarge => Self::TooLarge,
            ErrorCode::QuotaExceeded => Self::QuotaExceeded,
            ErrorCode::NoSpace => Self::NoSpace,
            ErrorCode::Failed => Self::Failed,
            ErrorCode::Busy => Self::Busy,
            ErrorCode::TimedOut => Self::TimedOut,
            ErrorCode::ClientClosed => Self::ClientClosed,
        }
    }
}
