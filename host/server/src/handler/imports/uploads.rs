//! The `uploads` interface: files that clients leave beneath the served directory.

use crate::handler::bindings::wasm_host::http::uploads as bound;
use crate::handler::bindings::wasm_host::http::uploads::{ErrorCode, Host, HostUpload};
use crate::handler::state::InstanceState;
use crate::uploads::{Outcome, Upload, UploadError};
use tracing::Level;
use wasmtime::component::Resource;

impl Host for InstanceState {
    async fn finish(
        &mut self,
        upload: Resource<Upload>,
    ) -> wasmtime::Result<Result<bound::Outcome, ErrorCode>> {
        let upload = self.table.delete(upload)?;
        self.uploading = false;
        let activity = self.connection.activity();
        // A disk is slow where it has much to write, which isn't the handler's time.
        let waiting = activity.wait_for_client();
        let finished = upload.finish().await;
        drop(waiting);
        Ok(match finished {
            Ok(Outcome::Created) => Ok(bound::Outcome::Created),
            Ok(Outcome::Replaced) => Ok(bound::Outcome::Replaced),
            Err(error) => Err(self.not_taken(&error)),
        })
    }
}

impl HostUpload for InstanceState {
    async fn begin(
        &mut self,
        path: Vec<u8>,
        length: Option<u64>,
        replaces: bool,
    ) -> wasmtime::Result<Result<Resource<Upload>, ErrorCode>> {
        self.handles.lose_track();
        let Some(uploads) = self.uploads.clone() else {
            return Ok(Err(ErrorCode::Off));
        };
        if self.uploading {
            return Ok(Err(ErrorCode::Busy));
        }
        match Upload::begin(uploads, path, length, replaces).await {
            Ok(upload) => {
                self.uploading = true;
                Ok(Ok(self.table.push(upload)?))
            }
            Err(error) => Ok(Err(self.not_taken(&error))),
        }
    }

    async fn write(
        &mut self,
        upload: Resource<Upload>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        // No progress of the client's: a handler that writes on and on is stopped.
        let written = self.table.get_mut(&upload)?.write(bytes).await;
        Ok(written.map_err(|error| self.not_taken(&error)))
    }

    async fn receive(
        &mut self,
        upload: Resource<Upload>,
        length: u64,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let upload = self.table.get_mut(&upload)?;
        let received = upload.receive(&mut self.connection, length).await;
        if received.is_ok() {
            self.note_progress();
        }
        Ok(received.map_err(|error| self.not_taken(&error)))
    }

    fn content_left(&mut self, upload: Resource<Upload>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&upload)?.left())
    }

    fn drop(&mut self, upload: Resource<Upload>) -> wasmtime::Result<()> {
        self.table.delete(upload)?;
        self.uploading = false;
        Ok(())
    }
}

impl InstanceState {
    /// Logs what is the server's owner's to mend. One whose client has gone is nobody's
    /// error.
    fn not_taken(&mut self, error: &UploadError) -> ErrorCode {
        if let UploadError::ClientClosed = error {
            self.connection.note_departure();
        }
        if let UploadError::Failed(_) | UploadError::NoSpace = error {
            let client = self.connection.client().ip();
            let log = self.log.budget();
            let line = format!("an upload isn't kept: {error}");
            log.line(Some(client), Level::ERROR, &line);
        }
        match error {
            UploadError::BadName => ErrorCode::BadName,
            UploadError::HiddenName => ErrorCode::HiddenName,
            UploadError::NotPermitted => ErrorCode::NotPermitted,
            UploadError::NotWritable => ErrorCode::NotWritable,
            UploadError::Exists => ErrorCode::Exists,
            UploadError::InTheWay => ErrorCode::InTheWay,
            UploadError::TooLarge => ErrorCode::TooLarge,
            UploadError::QuotaExceeded => ErrorCode::QuotaExceeded,
            UploadError::NoSpace => ErrorCode::NoSpace,
            UploadError::Failed(_) => ErrorCode::Failed,
            UploadError::TimedOut => ErrorCode::TimedOut,
            UploadError::ClientClosed => ErrorCode::ClientClosed,
        }
    }
}
