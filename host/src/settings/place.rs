//! Paths in options' values, and what they are relative to.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What of a value is a path of this system, that may be relative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing.
    None,
    /// All of it.
    Path,
    /// What follows `unix:`.
    Socket,
    /// What is in front of `::`.
    Grant,
}

impl Place {
    /// A value whose path is relative to `folder` as one that isn't relative.
    pub(super) fn based(self, folder: &Path, text: &OsStr) -> OsString {
        // What is wrong with nothing is said of nothing.
        let join = |path: &OsStr| match path.is_empty() {
            true => OsString::new(),
            // Without what `.` adds to it.
            false => folder.join(path).components().collect::<PathBuf>().into(),
        };
        let bytes = text.as_bytes();
        match self {
            Self::None => text.to_owned(),
            Self::Path => join(text),
            Self::Socket => match bytes.strip_prefix(b"unix:") {
                Some(path) => {
                    let mut socket = OsString::from("unix:");
                    socket.push(join(OsStr::from_bytes(path)));
                    socket
                }
                None => text.to_owned(),
            },
            Self::Grant => match bytes.windows(2).position(|pair| pair == b"::") {
                Some(at) => {
                    let host = join(OsStr::from_bytes(&bytes[..at])).into_vec();
                    OsString::from_vec([&host, &bytes[at..]].concat())
                }
                None => grant_by_its_own_name(bytes, join),
            },
        }
    }
}

/// A grant whose handler finds it by the path that was given.
fn grant_by_its_own_name(bytes: &[u8], join: impl Fn(&OsStr) -> OsString) -> OsString {
    let access = [&b":rw"[..], b":ro"];
    let end = access.iter().find(|access| bytes.ends_with(access));
    let end = end.copied().unwrap_or_default();
    let path = &bytes[..bytes.len() - end.len()];
    let host = OsStr::from_bytes(path);
    if host.is_empty() || Path::new(host).is_absolute() {
        return OsString::from_vec(bytes.to_vec());
    }
    OsString::from_vec([join(host).as_bytes(), b"::", path, end].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_relative_to_the_folder() {
        let based =
            |place: Place, text: &str| place.based(Path::new("/etc/site"), OsStr::new(text));
        for (place, text, expected) in [
            (Place::None, "a/b", "a/b"),
            (Place::Path, "a/b", "/etc/site/a/b"),
            (Place::Path, ".", "/etc/site"),
            (Place::Path, "/srv", "/srv"),
            (Place::Path, "", ""),
            (Place::Socket, "unix:s", "unix:/etc/site/s"),
            (Place::Socket, "unix:/run/s", "unix:/run/s"),
            (Place::Socket, "unix:", "unix:"),
            (Place::Socket, "127.0.0.1", "127.0.0.1"),
            (Place::Grant, "data::/d:rw", "/etc/site/data::/d:rw"),
            (Place::Grant, "data:rw", "/etc/site/data::data:rw"),
            (Place::Grant, "data", "/etc/site/data::data"),
            (Place::Grant, "/srv:ro", "/srv:ro"),
            (Place::Grant, ":rw", ":rw"),
            (Place::Grant, "", ""),
        ] {
            assert_eq!(based(place, text), expected, "{text}");
        }
    }
}
