//! What is loaded anew while a server serves: its component, and its certificates.

use crate::component::{Binary, ComponentSource, Purpose};
use crate::error::Error;
use crate::service::Service;
use crate::tls::{Tls, TlsError};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

/// Something that another can take the place of.
pub(super) enum Subject {
    /// By the component in that file.
    Component(ComponentSource, PathBuf),
    Certificates(Arc<Tls>),
    /// Of an authority: what has failed is tried again.
    Renewal(Arc<Tls>),
}

impl Subject {
    /// Its name, in the log.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Component(..) => "component",
            Self::Certificates(_) | Self::Renewal(_) => "certificate",
        }
    }

    /// From which files it is loaded.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Component(_, file) => vec![file.clone()],
            Self::Certificates(tls) => tls.files(),
            Self::Renewal(_) => Vec::new(),
        }
    }

    /// Which it is, in the log.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Component(source, _) => source.to_string(),
            Self::Certificates(tls) | Self::Renewal(tls) => {
                let files = tls.certificates();
                let files: Vec<_> = files.iter().map(|it| it.display().to_string()).collect();
                files.join(", ")
            }
        }
    }

    /// Lets what its files have now take over.
    ///
    /// # Errors
    ///
    /// It can't: what was there before goes on.
    pub(super) fn load(&self, service: &Service) -> Result<(), Error> {
        match self {
            Self::Component(source, _) => {
                let binary = Binary::read(source, Purpose::Renewed, &service.compiler)?;
                service.swap(&binary)
            }
            Self::Certificates(tls) | Self::Renewal(tls) => Ok(tls.reload()?),
        }
    }
}

/// What to do about what could be read at the start, and can't any more.
pub(super) fn advice(error: &Error) -> &'static str {
    match error {
        Error::Tls(TlsError::Read { source, .. })
            if source.kind() == ErrorKind::PermissionDenied =>
        {
            ", or start the server anew: what it read at the start it read before it became another user and gave up other files"
        }
        _ => "",
    }
}
