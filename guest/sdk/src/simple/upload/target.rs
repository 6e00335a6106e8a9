//! From a request's target to the path of a file, or of the directory whose listing has
//! the form. Where a target of a download that leads upwards means what is there by then,
//! that of an upload is refused: its sender meant another place.

use super::refusal::Refusal;
use crate::simple::path::split_target;
use crate::status::HttpStatus;
use percent_encoding::percent_decode;

/// The path of a file.
///
/// # Errors
///
/// It has no name, or names that can't be.
pub(super) fn file_path(target: &str) -> Result<Vec<u8>, Refusal> {
    let (path, _) = split_target(target.as_bytes());
    if path.ends_with(b"/") {
        return Err(bad(
            "the target is a directory; give the file a name, as in /dir/name",
        ));
    }
    plain(path)
}

/// The path of a directory, with a slash at its end, or empty.
///
/// # Errors
///
/// As [`file_path`].
pub(super) fn directory_path(target: &str) -> Result<Vec<u8>, Refusal> {
    let (path, _) = split_target(target.as_bytes());
    let Some(path) = path.strip_suffix(b"/") else {
        return Err(bad(
            "forms are sent to a directory, whose path ends in a slash",
        ));
    };
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let mut directory = plain(path)?;
    directory.push(b'/');
    Ok(directory)
}

fn plain(path: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    for segment in path
        .strip_prefix(b"/")
        .unwrap_or(path)
        .split(|&byte| byte == b'/')
    {
        let name: Vec<u8> = percent_decode(segment).collect();
        if matches!(&name[..], b"." | b"..") {
            return Err(bad("the path leads upwards; give one of names alone"));
        }
        if name.contains(&b'/') {
            return Err(bad("a name in the path has an encoded slash (%2F)"));
        }
        names.push(name);
    }
    Ok(names.join(&b'/'))
}

fn bad(reason: &'static str) -> Refusal {
    Refusal::new(HttpStatus::BAD_REQUEST, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_names_alone() {
        assert_eq!(file_path("/a%20b/%C3%A9?x/..").unwrap(), "a b/é".as_bytes());
        assert_eq!(file_path("/%252e%252e").unwrap(), b"%2e%2e");
        for target in [
            "/",
            "/a/",
            "/../a",
            "/a/../b",
            "/%2e%2e/a",
            "/a/.%2E",
            "/./a",
            "/a%2fb",
            "/..%2fa",
        ] {
            assert!(file_path(target).is_err(), "{target}");
        }
        assert_eq!(directory_path("/").unwrap(), b"");
        assert_eq!(directory_path("/a/b/?sort=size").unwrap(), b"a/b/");
        for target in ["", "/a", "/../", "/a/%2e%2e/"] {
            assert!(directory_path(target).is_err(), "{target}");
        }
    }
}
