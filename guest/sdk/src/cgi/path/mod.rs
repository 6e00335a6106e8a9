//! Whether a request target names a script: `_url_collapse_path` and `is_cgi`
//! of `http.server`.
//!
//! 1. The query and the fragment are cut off.
//! 2. The path is percent-decoded and split at `/`, an encoded slash included,
//!    as `http.server` does: whatever could be read as a path into a CGI
//!    directory is one, so that no spelling leads to a script's source.
//! 3. Empty segments and dot segments are removed, `..` with the one before it,
//!    and never rises above the root.
//! 4. It is noted whether an encoded slash had a part in that. A proxy in front
//!    takes such a target for another path, so it runs no script (see
//!    [`CgiInfo::names_plainly`]), unless the slash is in PATH_INFO alone.

use crate::simple::origin_form;
use crate::simple::path::split_target;
use percent_encoding::percent_decode;

#[cfg(test)]
mod tests;

/// A target's path, decoded and collapsed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Collapsed {
    segments: Vec<Vec<u8>>,
    /// Whether it ends with a slash, or with a dot segment.
    trailing_slash: bool,
    /// How many of the first segments are the same if encoded slashes aren't
    /// slashes.
    plain: usize,
    /// Whether there is a NUL in it.
    nul: bool,
}

/// `_url_collapse_path`. Where Python raises `IndexError`, for a `..` above the
/// root, it stays at the root here, as for files.
fn collapse(path: &[u8]) -> Collapsed {
    let mut collapsed = Collapsed {
        segments: Vec::new(),
        trailing_slash: false,
        plain: usize::MAX,
        nul: false,
    };
    for written in path.split(|&byte| byte == b'/') {
        let decoded: Vec<u8> = percent_decode(written).collect();
        collapsed.nul |= decoded.contains(&0);
        if decoded.contains(&b'/') {
            collapsed.plain = collapsed.plain.min(collapsed.segments.len());
        }
        for segment in decoded.split(|&byte| byte == b'/') {
            collapsed.push(segment);
        }
    }
    collapsed
}

impl Collapsed {
    fn push(&mut self, segment: &[u8]) {
        self.trailing_slash = matches!(segment, b"" | b"." | b"..");
        if segment == b".." {
            self.segments.pop();
            if self.plain != usize::MAX {
                self.plain = self.plain.min(self.segments.len());
            }
        } else if !self.trailing_slash {
            self.segments.push(segment.to_vec());
        }
    }
}

/// `cgi_info`: a path that leads into a CGI directory, and where that ends.
///
/// ```
/// use wasm_host_sdk::cgi::path::CgiInfo;
///
/// let directories = ["/cgi-bin".to_owned()];
/// let info = CgiInfo::find("/cgi-bin/./hello/a%20b?q", &directories).unwrap();
/// assert_eq!(info.head(1), b"cgi-bin/hello");
/// assert_eq!(info.tail(1), b"/a b");
/// assert_eq!(CgiInfo::find("/index.html", &directories), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CgiInfo {
    path: Collapsed,
    directory: usize,
}

impl CgiInfo {
    /// `is_cgi`: what a request target says, if its path is that of one of
    /// these directories, or leads into it.
    #[must_use]
    pub fn find(target: &str, directories: &[String]) -> Option<Self> {
        if directories.is_empty() {
            return None;
        }
        let (path, _) = split_target(origin_form(target).as_bytes());
        let path = collapse(path);
        let within = |directory: &String| {
            let directory = collapse(directory.as_bytes()).segments;
            path.segments
                .starts_with(&directory)
                .then_some(directory.len())
        };
        let directory = directories.iter().filter_map(within).min()?;
        Some(Self { path, directory })
    }

    /// How many segments follow the CGI directory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.path.segments.len() - self.directory
    }

    /// Whether the path is that of the CGI directory itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the path ends with a slash.
    #[must_use]
    pub fn has_trailing_slash(&self) -> bool {
        self.path.trailing_slash
    }

    /// The path up to this many segments after the CGI directory, beneath the
    /// served one: without a slash in front.
    #[must_use]
    pub fn head(&self, length: usize) -> Vec<u8> {
        self.path.segments[..self.directory + length].join(&b'/')
    }

    /// The last of those segments.
    #[must_use]
    pub fn name(&self, length: usize) -> &[u8] {
        let segments = &self.path.segments[self.directory..self.directory + length];
        segments.last().map_or(b"", Vec::as_slice)
    }

    /// What follows them, decoded, with the slash in front: PATH_INFO.
    #[must_use]
    pub fn tail(&self, length: usize) -> Vec<u8> {
        let mut tail = Vec::new();
        for segment in &self.path.segments[self.directory + length..] {
            tail.push(b'/');
            tail.extend_from_slice(segment);
        }
        if self.path.trailing_slash {
            tail.push(b'/');
        }
        tail
    }

    /// Whether [`head`](Self::head) is the same to those who don't take `%2F`
    /// for a slash, and can name a file.
    #[must_use]
    pub fn names_plainly(&self, length: usize) -> bool {
        self.directory + length <= self.path.plain && !self.path.nul
    }
}

/// QUERY_STRING: what follows the first `?`, as it was sent.
pub(super) fn query(target: &str) -> &[u8] {
    let (_, query) = split_target(target.as_bytes());
    query.strip_prefix(b"?").unwrap_or(query)
}
