//! Where a file is in its site.

use super::refused::{Kind, NameError};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::marker::PhantomData;
use std::str::FromStr;

/// The longest path, in bytes.
pub const MAX_PATH: usize = 1024;

/// The most segments that a path has.
pub const MAX_DEPTH: usize = 64;

/// The longest segment, in bytes: no file system of Linux takes a longer name.
pub const MAX_SEGMENT: usize = 255;

/// The path of a file in its site, such as `images/logo.svg`.
///
/// It is relative, with `/` between its segments, in UTF-8, and leads nowhere but down:
/// no segment is empty, `.` or `..`, and there is neither a backslash, which some take
/// for a slash, nor a control character in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SitePath(String);

impl SitePath {
    /// # Errors
    ///
    /// It isn't the path of a file in a site.
    pub fn new(path: impl Into<String>) -> Result<Self, NameError> {
        let path = path.into();
        match wrong(&path) {
            Some(wrong) => Err(NameError::new(Kind::Path, &path, wrong)),
            None => Ok(Self(path)),
        }
    }

    /// The path itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders that it is in, outermost first, each as a path.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(end, _)| &self.0[..end])
    }
}

/// What is wrong with a path, if anything is.
fn wrong(path: &str) -> Option<String> {
    if path.is_empty() {
        return Some("it is empty".into());
    }
    // The length first: what follows looks at each byte.
    if path.len() > MAX_PATH {
        let has = path.len();
        return Some(format!("it has {has} bytes, {MAX_PATH} is the most"));
    }
    if path.starts_with('/') {
        return Some("it begins with a slash, but paths are relative to the site".into());
    }
    if let Some(character) = path.chars().find(|c| c.is_control()) {
        return Some(format!("{character:?} is a control character"));
    }
    if path.contains('\\') {
        return Some("there is a backslash in it; folders are parted by /".into());
    }
    let segments = path.split('/').count();
    if segments > MAX_DEPTH {
        return Some(format!(
            "it is {segments} segments deep, {MAX_DEPTH} is the most"
        ));
    }
    path.split('/').find_map(|segment| match segment {
        "" => Some("a segment of it is empty".into()),
        "." | ".." => Some(format!("a segment of it is {segment:?}")),
        long if long.len() > MAX_SEGMENT => Some(format!(
            "a segment of it has {} bytes, {MAX_SEGMENT} is the most",
            long.len()
        )),
        _ => None,
    })
}

/// Reads a map by path, and fails where it names a path twice.
///
/// JSON lets a name occur twice (RFC 8259 section 4), and whichever of the two would
/// count, somebody meant the other. To be named as serde's `deserialize_with`.
///
/// # Errors
///
/// It isn't a map, a path is none or occurs twice, or a value is wrong.
pub fn each_path_once<'de, D, V>(from: D) -> Result<BTreeMap<SitePath, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    from.deserialize_map(Once(PhantomData))
}

struct Once<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Once<V> {
    type Value = BTreeMap<SitePath, V>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("files by their paths")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut files = BTreeMap::new();
        while let Some(path) = map.next_key::<SitePath>()? {
            let value: V = map.next_value()?;
            if files.contains_key(&path) {
                return Err(A::Error::custom(format!("{:?} occurs twice", path.0)));
            }
            files.insert(path, value);
        }
        Ok(files)
    }
}

impl Display for SitePath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SitePath {
    type Err = NameError;

    fn from_str(path: &str) -> Result<Self, NameError> {
        Self::new(path)
    }
}

impl TryFrom<String> for SitePath {
    type Error = NameError;

    fn try_from(path: String) -> Result<Self, NameError> {
        Self::new(path)
    }
}

impl From<SitePath> for String {
    fn from(path: SitePath) -> Self {
        path.0
    }
}
