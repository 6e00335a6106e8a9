//! The `Content-Type` of a file, guessed from its name as
//! `SimpleHTTPRequestHandler.guess_type` does (RFC 9110 section 8.3).
//!
//! 1. The extension is what `posixpath.splitext` calls one.
//! 2. The handler's own [`ExtensionsMap`] comes first: exactly, then lower-cased.
//! 3. Then a table of the extensions that sites are made of.
//! 4. Then that of the crate `mime_guess`, in the place of Python's `mimetypes`.
//! 5. Else the default.

mod beginnings;
mod listed;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use memchr::memrchr;

/// The type of a file whose name says nothing, as in `http.server`.
///
/// ```
/// # use wasm_host_sdk::simple::content_type::DEFAULT_CONTENT_TYPE;
/// assert_eq!(DEFAULT_CONTENT_TYPE, "application/octet-stream");
/// ```
pub const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

/// An extension with its dot, and its type.
type Pair = (Cow<'static, str>, Cow<'static, str>);

/// What `SimpleHTTPRequestHandler.extensions_map` holds to begin with: names of
/// compressed files, which are served as they are and not as an encoding.
const HTTP_SERVER: &[Pair] = &[
    (Cow::Borrowed(".gz"), Cow::Borrowed("application/gzip")),
    (Cow::Borrowed(".Z"), Cow::Borrowed(DEFAULT_CONTENT_TYPE)),
    (Cow::Borrowed(".bz2"), Cow::Borrowed("application/x-bzip2")),
    (Cow::Borrowed(".xz"), Cow::Borrowed("application/x-xz")),
];

/// A handler's own types by extension: `SimpleHTTPRequestHandler.extensions_map`.
///
/// Keys are written with their dot, and `""` is the key of names that have no
/// extension, both as in Python. A type is sent as it is written here, without a
/// charset added. Making the default map allocates nothing.
///
/// ```
/// use wasm_host_sdk::simple::content_type::{DEFAULT_CONTENT_TYPE, ExtensionsMap, guess_type};
///
/// let mut map = ExtensionsMap::default();
/// map.insert(".foo", "text/x-foo");
/// map.insert("", "text/plain");
/// assert_eq!(guess_type(b"a.FOO", &map, DEFAULT_CONTENT_TYPE), "text/x-foo");
/// assert_eq!(guess_type(b"README", &map, DEFAULT_CONTENT_TYPE), "text/plain");
/// assert_eq!(guess_type(b"a.tar.gz", &map, DEFAULT_CONTENT_TYPE), "application/gzip");
/// ```
#[derive(Clone, Debug)]
pub struct ExtensionsMap {
    // A handful of entries, for which a scan beats hashing.
    entries: Cow<'static, [Pair]>,
}

impl ExtensionsMap {
    /// The map that `http.server` starts with.
    ///
    /// ```
    /// use wasm_host_sdk::simple::content_type::ExtensionsMap;
    ///
    /// const MAP: ExtensionsMap = ExtensionsMap::new();
    /// assert_eq!(MAP.get(".xz"), Some("application/x-xz"));
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Cow::Borrowed(HTTP_SERVER),
        }
    }

    /// Sets an extension's type, as `extensions_map[extension] = content_type`.
    pub fn insert(
        &mut self,
        extension: impl Into<Cow<'static, str>>,
        content_type: impl Into<Cow<'static, str>>,
    ) {
        let (extension, content_type) = (extension.into(), content_type.into());
        let entries = self.entries.to_mut();
        match entries.iter_mut().find(|(key, _)| *key == extension) {
            Some(entry) => entry.1 = content_type,
            None => entries.push((extension, content_type)),
        }
    }

    /// Forgets an extension, as `del extensions_map[extension]`: what follows
    /// the map then decides.
    ///
    /// ```
    /// use wasm_host_sdk::simple::content_type::ExtensionsMap;
    ///
    /// let mut map = ExtensionsMap::new();
    /// map.remove(".gz");
    /// assert_eq!(map.get(".gz"), None);
    /// ```
    pub fn remove(&mut self, extension: &str) {
        self.entries.to_mut().retain(|(key, _)| key != extension);
    }

    /// The type of exactly this extension, as `extensions_map.get(extension)`.
    #[must_use]
    pub fn get(&self, extension: &str) -> Option<&str> {
        let found = self.find(|key| key == extension.as_bytes())?;
        Some(found)
    }

    /// Whether it is what [`Self::new`] returns.
    fn is_as_begun(&self) -> bool {
        matches!(self.entries, Cow::Borrowed(_))
    }

    /// An extension of a file's name: as it is, else in lower case.
    fn look_up(&self, extension: &[u8]) -> Option<&Cow<'static, str>> {
        let found = self.find(|key| key == extension);
        // Without a capital the second look would be the first once more.
        let capital = || extension.iter().any(u8::is_ascii_uppercase);
        found.or_else(|| capital().then(|| self.find(|key| is_lower_case_of(key, extension)))?)
    }

    fn find(&self, matches: impl Fn(&[u8]) -> bool) -> Option<&Cow<'static, str>> {
        let (_, found) = self
            .entries
            .iter()
            .find(|(key, _)| matches(key.as_bytes()))?;
        Some(found)
    }
}

impl Default for ExtensionsMap {
    fn default() -> Self {
        Self::new()
    }
}

/// Guesses a file's `Content-Type` from its path, as
/// `SimpleHTTPRequestHandler.guess_type` does.
///
/// As in `http.server`, no charset is guessed: a name doesn't tell it.
///
/// ```
/// use wasm_host_sdk::simple::content_type::{DEFAULT_CONTENT_TYPE, ExtensionsMap, guess_type};
///
/// let map = ExtensionsMap::default();
/// let guess = |path| guess_type(path, &map, DEFAULT_CONTENT_TYPE);
/// assert_eq!(guess(b"docs/index.html"), "text/html");
/// assert_eq!(guess(b"app.MJS"), "text/javascript");
/// assert_eq!(guess(b"module.wasm"), "application/wasm");
/// assert_eq!(guess(b".html"), "application/octet-stream");
/// ```
#[must_use]
pub fn guess_type<'a>(
    path: &[u8],
    extensions: &'a ExtensionsMap,
    default: &'a str,
) -> Cow<'a, str> {
    guess(path, extensions).unwrap_or(Cow::Borrowed(default))
}

/// The same, without a default. The common types aren't copied.
pub(super) fn guess(path: &[u8], extensions: &ExtensionsMap) -> Option<Cow<'static, str>> {
    let extension = extension_of(path);
    let bare = extension.strip_prefix(b".");
    // The map that handlers start with has none of the common ones.
    if extensions.is_as_begun()
        && let Some(common) = bare.and_then(common_type)
    {
        return Some(common);
    }
    if let Some(chosen) = extensions.look_up(extension) {
        return Some(chosen.clone());
    }
    let bare = bare?;
    common_type(bare).or_else(|| listed_type(bare))
}

/// The extension of a path's last segment with its dot, or nothing: the second
/// half of `posixpath.splitext`, to which leading dots begin no extension.
fn extension_of(path: &[u8]) -> &[u8] {
    let name = memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..]);
    let dots = name.iter().take_while(|&&byte| byte == b'.').count();
    let rest = &name[dots..];
    memrchr(b'.', rest).map_or(&[], |dot| &rest[dot..])
}

fn is_lower_case_of(key: &[u8], extension: &[u8]) -> bool {
    key.len() == extension.len()
        && key
            .iter()
            .zip(extension)
            .all(|(key, byte)| *key == byte.to_ascii_lowercase())
}

/// The length of the longest extension in [`common_type`], `webmanifest`.
const LONGEST_COMMON: usize = 11;

/// The types of the web, without a search or an allocation. It also settles
/// those for which `mime_guess` has no answer or a dated one.
fn common_type(extension: &[u8]) -> Option<Cow<'static, str>> {
    let mut buffer = [0; LONGEST_COMMON];
    let lower = buffer.get_mut(..extension.len())?;
    for (to, from) in lower.iter_mut().zip(extension) {
        *to = from.to_ascii_lowercase();
    }
    let found = match &*lower {
        b"html" | b"htm" => "text/html",
        b"css" => "text/css",
        // RFC 9239 section 6.
        b"js" | b"mjs" | b"cjs" => "text/javascript",
        b"json" | b"map" => "application/json",
        b"png" => "image/png",
        b"jpg" | b"jpeg" => "image/jpeg",
        b"svg" => "image/svg+xml",
        b"txt" => "text/plain",
        b"wasm" => "application/wasm",
        b"woff2" => "font/woff2",
        b"woff" => "font/woff",
        b"otf" => "font/otf",
        b"gif" => "image/gif",
        b"webp" => "image/webp",
        b"avif" => "image/avif",
        b"ico" => "image/vnd.microsoft.icon",
        b"md" | b"markdown" => "text/markdown",
        b"pdf" => "application/pdf",
        b"mp4" => "video/mp4",
        b"webm" => "video/webm",
        b"mp3" => "audio/mpeg",
        b"zip" => "application/zip",
        b"bin" => "application/octet-stream",
        b"webmanifest" => "application/manifest+json",
        // MPEG transport streams, as IANA registers them; for the web's other
        // use of the name there is no type.
        b"ts" => "video/mp2t",
        // RFC 8216 section 4.
        b"m3u8" => "application/vnd.apple.mpegurl",
        b"py" => "text/x-python",
        // RFC 9512.
        b"yaml" | b"yml" => "application/yaml",
        // RFC 4337: MPEG-4 that has sound alone.
        b"m4a" => "audio/mp4",
        // As browsers recognise it: MIME Sniffing, section 6.2.
        b"mid" | b"midi" => "audio/midi",
        // As IANA registers it.
        b"usdz" => "model/vnd.usdz+zip",
        // IANA has none; this is what nginx and Debian's `mime.types` say.
        b"rpm" => "application/x-redhat-package-manager",
        _ => return None,
    };
    Some(Cow::Borrowed(found))
}

/// The type that `mime_guess` lists.
fn listed_type(extension: &[u8]) -> Option<Cow<'static, str>> {
    listed::listed_type(extension).map(Cow::Owned)
}
