//! A directory of this system, and where the handler finds it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a handler may do in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read files and list them.
    ReadOnly,
    /// Make, change and remove files and directories, too.
    ReadWrite,
}

/// A directory of this system, and where the handler finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGrant {
    host: PathBuf,
    /// Names separated by `/`, with one before them if it is absolute.
    guest: String,
    access: Access,
}

/// Why a text names no directory to grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryGrantError {
    /// There is no directory in it.
    #[error("give a directory as HOST, HOST::GUEST or HOST::GUEST:rw")]
    Empty,
    /// The handler couldn't name it.
    #[error(
        "a handler can't name {0:?}; give it a path without .. and control characters, as HOST::GUEST"
    )]
    GuestPath(String),
}

impl DirectoryGrant {
    /// Grants `host` as `guest`.
    ///
    /// # Errors
    ///
    /// A path is empty, or `guest` isn't one that a handler could name: it
    /// leads upwards or has control characters.
    pub fn new(
        host: impl Into<PathBuf>,
        guest: &str,
        access: Access,
    ) -> Result<Self, DirectoryGrantError> {
        let host = host.into();
        if host.as_os_str().is_empty() || guest.is_empty() {
            return Err(DirectoryGrantError::Empty);
        }
        if guest.contains(char::is_control) || guest.split('/').any(|name| name == "..") {
            return Err(DirectoryGrantError::GuestPath(guest.to_owned()));
        }
        Ok(Self {
            host,
            guest: plain(guest),
            access,
        })
    }

    /// From text: `HOST[::GUEST][:rw]`. The first `::` ends HOST, and GUEST is
    /// HOST unless it is given, as with wasmtime's `--dir`. A `:rw` at the end
    /// is no part of a path; a directory whose name ends so is written with a
    /// slash after it.
    ///
    /// ```
    /// use std::ffi::OsStr;
    /// use wasm_host_server::{Access, DirectoryGrant};
    ///
    /// let grant = DirectoryGrant::parse(OsStr::new("/srv/data::/data:rw"))?;
    /// assert_eq!(grant, DirectoryGrant::new("/srv/data", "/data", Access::ReadWrite)?);
    /// # Ok::<(), wasm_host_server::DirectoryGrantError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DirectoryGrant::new`]; or GUEST isn't UTF-8.
    pub fn parse(text: &OsStr) -> Result<Self, DirectoryGrantError> {
        let bytes = text.as_bytes();
        let (paths, access) = match bytes.strip_suffix(b":rw") {
            Some(paths) => (paths, Access::ReadWrite),
            None => (bytes, Access::ReadOnly),
        };
        let (host, guest) = match paths.windows(2).position(|pair| pair == b"::") {
            Some(at) => (&paths[..at], &paths[at + 2..]),
            None => (paths, paths),
        };
        let guest = std::str::from_utf8(guest).map_err(|_| {
            DirectoryGrantError::GuestPath(String::from_utf8_lossy(guest).into_owned())
        })?;
        Self::new(OsStr::from_bytes(host), guest, access)
    }

    /// The directory on this system.
    #[must_use]
    pub fn host(&self) -> &Path {
        &self.host
    }

    /// Where the handler finds it.
    #[must_use]
    pub fn guest(&self) -> &str {
        &self.guest
    }

    /// What the handler may do there.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether a handler's standard library takes both for the same path: its
    /// working directory is `/`.
    pub(super) fn is_at(&self, guest: &str) -> bool {
        plain(&format!("/{}", self.guest)) == plain(&format!("/{guest}"))
    }
}

/// `/srv/data as /data, read and write`.
impl fmt::Display for DirectoryGrant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = match self.access {
            Access::ReadOnly => "read-only",
            Access::ReadWrite => "read and write",
        };
        write!(
            formatter,
            "{} as {}, {access}",
            self.host.display(),
            self.guest
        )
    }
}

/// Without empty names, `.` and a slash at the end: a guest compares names, and
/// wouldn't find its way through those.
fn plain(guest: &str) -> String {
    let names = guest.split('/').filter(|name| !matches!(*name, "" | "."));
    let relative = names.collect::<Vec<_>>().join("/");
    if guest.starts_with('/') {
        format!("/{relative}")
    } else if relative.is_empty() {
        ".".to_owned()
    } else {
        relative
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DirectoryGrant, DirectoryGrantError> {
        DirectoryGrant::parse(OsStr::new(text))
    }

    #[test]
    fn the_first_double_colon_parts_host_and_guest() {
        use Access::{ReadOnly, ReadWrite};
        for (text, host, guest, access) in [
            ("/srv", "/srv", "/srv", ReadOnly),
            ("/srv:rw", "/srv", "/srv", ReadWrite),
            ("/srv::/data", "/srv", "/data", ReadOnly),
            ("/srv::/data:rw", "/srv", "/data", ReadWrite),
            ("data", "data", "data", ReadOnly),
            ("./data/", "./data/", "data", ReadOnly),
            (".", ".", ".", ReadOnly),
            ("/a:b", "/a:b", "/a:b", ReadOnly),
            ("/a:b::/c", "/a:b", "/c", ReadOnly),
            ("/a::/b::c", "/a", "/b::c", ReadOnly),
            ("/a:ro", "/a:ro", "/a:ro", ReadOnly),
            ("/a:rw/", "/a:rw/", "/a:rw", ReadOnly),
            ("../up::/up", "../up", "/up", ReadOnly),
            ("/a::b//c/./d/", "/a", "b/c/d", ReadOnly),
        ] {
            let expected = DirectoryGrant {
                host: host.into(),
                guest: guest.to_owned(),
                access,
            };
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_path_that_no_handler_could_name_is_refused() {
        for text in ["", ":rw", "::", "::/data", "/srv::", "/srv:::rw"] {
            assert_eq!(parse(text), Err(DirectoryGrantError::Empty), "{text}");
        }
        for text in ["../data", "/srv::/a/../b", "/srv::/a\nb", "/srv::.."] {
            assert!(
                matches!(parse(text), Err(DirectoryGrantError::GuestPath(_))),
                "{text}"
            );
        }
        let bytes = OsStr::from_bytes(b"/caf\xe9");
        assert!(DirectoryGrant::parse(bytes).is_err());
        let named = OsStr::from_bytes(b"/caf\xe9::/cafe");
        assert!(DirectoryGrant::parse(named).is_ok());
    }

    #[test]
    fn paths_that_a_standard_library_confuses_are_the_same() {
        for (one, other, same) in [
            ("/", "/", true),
            (".", "/", true),
            ("./", "/", true),
            ("data", "/data", true),
            ("/data/", "/data", true),
            ("/data", "/data/more", false),
            ("/...", "/", false),
            ("/data", "/", false),
        ] {
            let grant = parse(&format!("/host::{one}")).expect("well-formed");
            assert_eq!(grant.is_at(other), same, "{one} {other}");
        }
    }
}
