//! Keys of certificates: nobody who is served may come by them, and whoever reloads them
//! has to.

use super::HttpServerBuilder;
use crate::error::Error;
use crate::grants::DirectoryGrant;
use crate::logging::escape_controls;
use crate::tls::TlsError;
use std::fs::File;
use std::path::Path;

impl HttpServerBuilder {
    /// Whether no key lies where clients or the handler could read it, and who hasn't
    /// looked where it was has put it into the directory that is served.
    ///
    /// # Errors
    ///
    /// One does.
    pub(super) fn check_secrets(&self) -> Result<(), Error> {
        let Some(tls) = &self.tls else {
            return Ok(());
        };
        let granted = self.grants.directories.iter().map(DirectoryGrant::host);
        let directories = std::iter::once(self.directory.as_path()).chain(granted);
        for directory in directories {
            let secrets = tls.certificates.secrets();
            if let Some(path) = secrets.into_iter().find(|it| is_within(it, directory)) {
                let directory = directory.to_owned();
                return Err(TlsError::WithinReach { path, directory }.into());
            }
        }
        Ok(())
    }

    /// Says which files the process's user can't read any more.
    pub(super) fn warn_of_unreadable(&self) {
        let Some(user) = &self.user else {
            return;
        };
        let files = self.certificate_files();
        if let Some(file) = files.iter().find(|file| File::open(file).is_err()) {
            tracing::warn!(
                "the user {user} can't read {}: when the certificate is renewed, start the server anew, as SIGHUP won't do",
                escape_controls(&file.display().to_string())
            );
        }
    }
}

/// By where it is, whatever links lead to it; or where it will be, as the local
/// authority's key may have to be made.
fn is_within(file: &Path, directory: &Path) -> bool {
    let mut there = file.ancestors();
    let there = there.find_map(|ancestor| {
        let rest = file.strip_prefix(ancestor).ok()?;
        Some(ancestor.canonicalize().ok()?.join(rest))
    });
    match (there, directory.canonicalize()) {
        (Some(file), Ok(directory)) => file.starts_with(directory),
        _ => false,
    }
}
