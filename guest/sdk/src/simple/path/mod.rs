//! From a request target to a file path relative to the served directory:
//! `SimpleHTTPRequestHandler.translate_path`, hardened.
//!
//! 1. The query and the fragment are cut off (RFC 9112 section 3.2.1 allows no
//!    fragment; `http.server` drops one all the same).
//! 2. The path is split at `/`, and each segment is percent-decoded exactly once.
//! 3. An encoded slash in a segment separates names, as in `http.server` and nginx:
//!    clients of package registries write `@scope%2fname`. A dot segment beside one
//!    is refused: a proxy in front that takes `..%2f` for a part of a name would
//!    let pass what it means to hold up (RFC 3986 section 2.2).
//! 4. Dot segments are removed (RFC 3986 section 5.2.4), encoded ones too, and
//!    `..` never rises above the root.
//!
//! What comes out holds no `..`, no empty segment and no NUL. It is still only a
//! name: symbolic links are the business of whoever opens it.

#[cfg(test)]
mod tests;

use memchr::{memchr, memchr2, memrchr};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode, percent_encode};
use std::borrow::Cow;

/// What a path segment may hold unencoded: `pchar` of RFC 3986 section 3.3, but for
/// the colon, which a relative reference's first segment may not have (section
/// 4.2). A backslash is not among them, and that matters to [`redirect_location`].
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// What a query may not hold as it is: anything that could end a header field
/// or the `Location` in it. All else is the client's own text.
const QUERY: &AsciiSet = &CONTROLS.add(b' ');

/// Why a request target names no file. Both are a 404 for the client: such a
/// file can't exist.
///
/// ```
/// use wasm_host_sdk::simple::path::{PathError, decode};
///
/// assert_eq!(decode("/a%00b"), Err(PathError::Nul));
/// assert_eq!(decode("/a%2F..%2Fb"), Err(PathError::EncodedSlash));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A NUL byte, where system calls would cut the name short.
    #[error("the path holds a NUL byte, which no file name can hold")]
    Nul,
    /// A dot segment beside `%2F`: by it, a proxy and this server could disagree
    /// about where the path leads.
    #[error("the path holds a dot segment beside an encoded slash (%2F)")]
    EncodedSlash,
}

/// A request target's path, decoded and without dot segments.
///
/// ```
/// use wasm_host_sdk::simple::path::decode;
///
/// let path = decode("/docs/a%20b/../c/?x=1").expect("a valid path");
/// assert_eq!(path.relative, b"docs/c");
/// assert!(path.trailing_slash);
/// assert_eq!(path.display(), b"/docs/c/");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedPath {
    /// The path relative to the served directory, as raw bytes: segments joined
    /// by `/`, without a slash at either end, and empty for the root itself.
    pub relative: Vec<u8>,
    /// Whether the target's path ended with `/`, as it must for a directory.
    pub trailing_slash: bool,
}

impl DecodedPath {
    /// The path to show in a listing's title: `displaypath` of
    /// `SimpleHTTPRequestHandler.list_directory`, without dot segments and
    /// doubled slashes. Raw bytes: escape before echoing.
    #[must_use]
    pub fn display(&self) -> Vec<u8> {
        let mut shown = Vec::with_capacity(self.relative.len() + 2);
        shown.push(b'/');
        shown.extend_from_slice(&self.relative);
        if self.trailing_slash && !self.relative.is_empty() {
            shown.push(b'/');
        }
        shown
    }
}

/// Decodes a request target's path, as
/// `SimpleHTTPRequestHandler.translate_path` does.
///
/// As with `urllib.parse.unquote`, an invalid escape such as `%zz` stays as it
/// is, and an encoded slash separates names. A backslash is an ordinary byte of a
/// file name, as it is to Linux.
///
/// # Errors
///
/// A [`PathError`] if the path can't name a file on any system that we serve.
///
/// ```
/// use wasm_host_sdk::simple::path::decode;
///
/// assert_eq!(decode("/../../etc/passwd").expect("valid").relative, b"etc/passwd");
/// assert_eq!(decode("/%2e%2e/%2E/x").expect("valid").relative, b"x");
/// assert_eq!(decode("/%252e%252e/x").expect("valid").relative, b"%2e%2e/x");
/// assert_eq!(decode("/@scope%2fname").expect("valid").relative, b"@scope/name");
/// ```
pub fn decode(target: impl AsRef<[u8]>) -> Result<DecodedPath, PathError> {
    let (path, _) = split_target(target.as_ref());
    let mut relative = Vec::with_capacity(path.len());
    for segment in path.split(|&byte| byte == b'/') {
        let start = relative.len();
        if start > 0 {
            relative.push(b'/');
        }
        let name = relative.len();
        // Most segments have nothing to decode, and are copied as they are.
        relative.extend_from_slice(&Cow::from(percent_decode(segment)));
        if let Some(at) = memchr2(0, b'/', &relative[name..]) {
            if relative[name + at..].contains(&0) {
                return Err(PathError::Nul);
            }
            let names = relative.split_off(name);
            relative.truncate(start);
            push_names(&mut relative, &names)?;
            continue;
        }
        match &relative[name..] {
            b"" | b"." => relative.truncate(start),
            b".." => {
                let parent = memrchr(b'/', &relative[..start]).unwrap_or(0);
                relative.truncate(parent);
            }
            _ => {}
        }
    }
    Ok(DecodedPath {
        relative,
        trailing_slash: path.ends_with(b"/"),
    })
}

/// Appends the names of a segment that holds encoded slashes.
#[cold]
fn push_names(relative: &mut Vec<u8>, names: &[u8]) -> Result<(), PathError> {
    for name in names.split(|&byte| byte == b'/') {
        match name {
            b"" => continue,
            b"." | b".." => return Err(PathError::EncodedSlash),
            _ => {}
        }
        if !relative.is_empty() {
            relative.push(b'/');
        }
        relative.extend_from_slice(name);
    }
    Ok(())
}

/// The `Location` that sends a client from a directory to the same directory
/// with its slash, as `SimpleHTTPRequestHandler.send_head` does.
///
/// The result is a relative reference (RFC 3986 section 4.2), as a listing's links
/// are: the target's last segment, decoded and encoded anew, with a slash. So it
/// also leads there behind a proxy that serves this server under a prefix. It
/// begins neither with a slash, nor with a scheme, which browsers could read as
/// another host, nor can it hold a control character. The query is kept as it was
/// sent.
///
/// ```
/// use wasm_host_sdk::simple::path::redirect_location;
///
/// assert_eq!(redirect_location("/all/docs?page=2"), "docs/?page=2");
/// assert_eq!(redirect_location("//evil.example/%2e%2e"), "../");
/// assert_eq!(redirect_location("/\\evil.example"), "%5Cevil.example/");
/// ```
#[must_use]
pub fn redirect_location(target: impl AsRef<[u8]>) -> String {
    let (path, query) = split_target(target.as_ref());
    let last = memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..]);
    let decoded: Vec<u8> = percent_decode(last).collect();
    let mut location = String::with_capacity(last.len() + query.len() + 8);
    for name in decoded.split(|&byte| byte == b'/') {
        if !name.is_empty() {
            location.extend(percent_encode(name, SEGMENT));
            location.push('/');
        }
    }
    if location.is_empty() {
        location.push_str("./");
    }
    location.extend(percent_encode(query, QUERY));
    location
}

/// The `Location` of another path beneath the served directory, with the query of a
/// target as it was sent. It begins with one slash, after which comes a name, if any.
pub(crate) fn location(relative: &[u8], slash: bool, target: &str) -> String {
    let (_, query) = split_target(target.as_bytes());
    let mut location = String::with_capacity(relative.len() + query.len() + 2);
    for name in relative.split(|&byte| byte == b'/') {
        location.push('/');
        location.extend(percent_encode(name, SEGMENT));
    }
    if slash && !relative.is_empty() {
        location.push('/');
    }
    location.extend(percent_encode(query, QUERY));
    location
}

/// Whether a segment of a [decoded path](DecodedPath::relative) begins with a
/// dot (`.git`, `.env`), which a server of files had better not show.
///
/// A first segment `.well-known` is meant to be served (RFC 8615 section 3) and
/// doesn't count. `http.server` knows no hidden files.
///
/// ```
/// use wasm_host_sdk::simple::path::is_hidden;
///
/// assert!(is_hidden(b"project/.git/config"));
/// assert!(!is_hidden(b".well-known/security.txt"));
/// ```
#[must_use]
pub fn is_hidden(relative: &[u8]) -> bool {
    let mut before = b'/';
    let mut begins_with_dot =
        |&byte: &u8| std::mem::replace(&mut before, byte) == b'/' && byte == b'.';
    if !relative.iter().any(&mut begins_with_dot) {
        return false;
    }
    relative
        .split(|&byte| byte == b'/')
        .enumerate()
        .any(|(index, name)| name.starts_with(b".") && (index > 0 || name != b".well-known"))
}

/// Splits a target into its path and its query (with the `?`), and drops the
/// fragment.
pub(crate) fn split_target(target: &[u8]) -> (&[u8], &[u8]) {
    let Some(at) = memchr2(b'?', b'#', target) else {
        return (target, b"");
    };
    let end = memchr(b'#', &target[at..]).map_or(target.len(), |mark| at + mark);
    (&target[..at], &target[at..end])
}
