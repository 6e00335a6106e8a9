//! The values of options, each of which can only be made well-formed.

use std::str::FromStr;

/// What the server says itself of each message and its connection: said twice, a
/// client and a proxy could read it in two ways (RFC 9112 section 11).
const OWN_FIELDS: [&str; 16] = [
    "Accept-Ranges",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Date",
    "ETag",
    "Keep-Alive",
    "Last-Modified",
    "Location",
    "Proxy-Connection",
    "Server",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// Why a text isn't an option's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseOptionError {
    /// A field has no colon, or its name isn't a token (RFC 9110 section 5.1).
    #[error("give it as 'Name: value'; {0:?} is not a field name")]
    FieldName(String),
    /// A field's value has control characters, by which it could end the field and
    /// begin another.
    #[error("a field value has no control characters")]
    FieldValue,
    /// The field is one that the server sends itself.
    #[error("{0} is the server's own to send; give another field")]
    OwnField(String),
    /// The field is Content-Type, which depends on the file.
    #[error("Content-Type depends on the file; that of unknown files is an option of its own")]
    ContentType,
    /// It isn't a media type.
    #[error("give a media type, such as text/plain")]
    MediaType,
    /// It isn't a pattern of paths and a media type.
    #[error("give a media type, or PATTERN=TYPE, such as '*.foo=text/plain'")]
    TypedPath,
    /// It isn't a charset's name.
    #[error("give a charset's name, such as utf-8")]
    Charset,
    /// It isn't a file's name.
    #[error("give a file's name, without a directory")]
    FileName,
    /// It isn't a path beneath the served directory.
    #[error("give a path beneath the directory that is served")]
    RelativePath,
}

/// A field to add to responses (RFC 9110 section 5), from `Name: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseField(String);

impl FromStr for ResponseField {
    type Err = ResponseOptionError;

    fn from_str(text: &str) -> Result<Self, ResponseOptionError> {
        let (name, value) = text.split_once(':').unwrap_or(("", text));
        let value = value.trim();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(ResponseOptionError::FieldName(name.to_owned()));
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(ResponseOptionError::FieldValue);
        }
        if name.eq_ignore_ascii_case("Content-Type") {
            return Err(ResponseOptionError::ContentType);
        }
        if OWN_FIELDS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return Err(ResponseOptionError::OwnField(name.to_owned()));
        }
        Ok(Self(format!("{name}: {value}")))
    }
}

impl ResponseField {
    /// `Name: value`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A media type: `type/subtype`, with parameters if any (RFC 9110 section
/// 8.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType(String);

impl FromStr for MediaType {
    type Err = ResponseOptionError;

    fn from_str(text: &str) -> Result<Self, ResponseOptionError> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        let well_formed = essence.split_once('/').is_some_and(|(kind, subtype)| {
            [kind, subtype]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(is_token))
        });
        if well_formed && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ResponseOptionError::MediaType)
        }
    }
}

impl MediaType {
    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A media type for the paths that match a pattern, from `PATTERN=TYPE`.
///
/// In the pattern `*` stands for any text, slashes included. A path is beneath the
/// served directory, decoded, without a slash in front.
///
/// ```
/// use wasm_host_server::TypedPath;
///
/// let typed: TypedPath = "v2/*/manifests/*=application/json".parse()?;
/// assert_eq!(typed.pattern(), "v2/*/manifests/*");
/// assert_eq!(typed.media_type().as_str(), "application/json");
/// # Ok::<(), wasm_host_server::ResponseOptionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedPath {
    pattern: String,
    media_type: MediaType,
}

impl FromStr for TypedPath {
    type Err = ResponseOptionError;

    /// The first equals sign that is followed by a media type ends the pattern: a
    /// path may hold some, and so may the type's parameters.
    fn from_str(text: &str) -> Result<Self, ResponseOptionError> {
        let split = text.match_indices('=').find_map(|(at, _)| {
            let media_type = text[at + 1..].parse().ok()?;
            Some((&text[..at], media_type))
        });
        let (pattern, media_type) = split.ok_or(ResponseOptionError::TypedPath)?;
        let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
        if pattern.is_empty() || pattern.contains('\0') {
            return Err(ResponseOptionError::TypedPath);
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            media_type,
        })
    }
}

impl TypedPath {
    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The type of what matches it.
    #[must_use]
    pub fn media_type(&self) -> &MediaType {
        &self.media_type
    }
}

/// A charset's name (RFC 9110 section 8.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charset(String);

impl FromStr for Charset {
    type Err = ResponseOptionError;

    fn from_str(text: &str) -> Result<Self, ResponseOptionError> {
        if text.is_empty() || !text.bytes().all(is_token) {
            return Err(ResponseOptionError::Charset);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Charset {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file's name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FromStr for FileName {
    type Err = ResponseOptionError;

    fn from_str(text: &str) -> Result<Self, ResponseOptionError> {
        if text.is_empty() || text.contains(['/', '\0']) || text == "." || text == ".." {
            return Err(ResponseOptionError::FileName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl FileName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file's path beneath the directory that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelativePath(String);

impl FromStr for RelativePath {
    type Err = ResponseOptionError;

    fn from_str(text: &str) -> Result<Self, ResponseOptionError> {
        let inside = !text.is_empty()
            && !text.starts_with('/')
            && !text.contains('\0')
            && text.split('/').all(|name| name != "..");
        if inside {
            Ok(Self(text.to_owned()))
        } else {
            Err(ResponseOptionError::RelativePath)
        }
    }
}

impl RelativePath {
    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `tchar` (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_cannot_smuggle_another() {
        let field: ResponseField = "X-A:  b ".parse().unwrap();
        assert_eq!(field.as_str(), "X-A: b");
        for bad in ["X-A", ": b", "X A: b", "X-A: b\r\nX-B: c", "X-A\r\nX-B: c"] {
            assert!(bad.parse::<ResponseField>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_the_server_says_itself_is_not_said_twice() {
        for own in [
            "content-length: 1",
            "Connection: close",
            "Content-Type: x/y",
        ] {
            assert!(own.parse::<ResponseField>().is_err(), "{own}");
        }
        assert!("Vary: Accept".parse::<ResponseField>().is_ok());
    }

    #[test]
    fn media_types_and_paths() {
        assert!("text/plain; charset=utf-8".parse::<MediaType>().is_ok());
        assert!("text".parse::<MediaType>().is_err());
        assert!("text/plain\r\nX-A: b".parse::<MediaType>().is_err());
        let typed: TypedPath = "/a=b/*=text/x; c=\"d/e\"".parse().unwrap();
        assert_eq!(
            (typed.pattern(), typed.media_type().as_str()),
            ("a=b/*", "text/x; c=\"d/e\"")
        );
        for bad in [
            "",
            "text/plain",
            "=text/plain",
            "/=text/plain",
            "*.foo=",
            "*.foo=text",
            "a=b/c\r\n",
        ] {
            assert!(bad.parse::<TypedPath>().is_err(), "{bad:?}");
        }
        assert!("windows-1252".parse::<Charset>().is_ok());
        for bad in ["", "utf 8", "utf-8\r\nX-A: b", "utf-8; x=y"] {
            assert!(bad.parse::<Charset>().is_err(), "{bad:?}");
        }
        assert!("a/b".parse::<FileName>().is_err());
        assert!("errors/404.html".parse::<RelativePath>().is_ok());
        assert!("../404.html".parse::<RelativePath>().is_err());
    }
}
