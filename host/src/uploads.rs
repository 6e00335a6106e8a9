//! The options of uploads.

use crate::numbers::size;
use clap::Args;
use wasm_host_server::{HttpServer, ListenAddress, UploadOptions};

/// Whether clients may leave files, and how much. Without --upload the others would do
/// nothing, so they ask for it.
#[derive(Debug, Args)]
pub(super) struct Uploads {
    /// Let clients leave files in the directory, by a form in listings and by PUT, as
    /// `curl -T FILE` does: new ones, whose names begin with no dot, and not among
    /// scripts. Directories are made as needed [default: off].
    #[arg(long)]
    upload: bool,

    /// Let an upload take the place of a file [default: refuse it with 409].
    #[arg(long, requires = "upload")]
    overwrite: bool,

    /// Most bytes of one uploaded file; then 413.
    #[arg(long, requires = "upload", value_name = "SIZE", default_value = "10G",
          value_parser = size, allow_negative_numbers = true)]
    upload_max_size: u64,

    /// Most bytes of all uploaded files together, since the start; each file and each new
    /// directory counts as 4 KiB more. Then 507.
    #[arg(long, requires = "upload", value_name = "SIZE", default_value = "10G",
          value_parser = size, allow_negative_numbers = true)]
    upload_quota: u64,
}

impl Uploads {
    /// None if no files are taken.
    pub(super) fn options(&self) -> Option<UploadOptions> {
        let mut options = UploadOptions::default();
        options.overwrite = self.overwrite;
        options.max_size = self.upload_max_size;
        options.quota = self.upload_quota;
        self.upload.then_some(options)
    }

    /// Warns where anybody may leave files who reaches the machine.
    pub(super) fn warn_of_strangers(&self, server: &HttpServer, has_login: bool) {
        let mut addresses = server.addresses().iter().filter_map(ListenAddress::tcp);
        let is_open = addresses.any(|address| !address.ip().to_canonical().is_loopback());
        if self.upload && is_open && !has_login {
            tracing::warn!(
                "anybody who reaches this address may upload files; ask for a login with --auth, or listen on this machine alone with --bind 127.0.0.1"
            );
        }
    }
}
