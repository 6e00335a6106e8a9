//! `--content-type PATTERN=TYPE`: types by path, for names that no table knows.

use memchr::memmem;
use std::borrow::Cow;

/// Patterns of paths with a type each, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedPaths(Vec<TypedPath>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct TypedPath {
    pattern: String,
    content_type: Cow<'static, str>,
}

impl TypedPaths {
    /// Adds what the host tells: a type, a tab, a pattern. A type has no tab.
    pub(super) fn add(&mut self, setting: &str) {
        if let Some((content_type, pattern)) = setting.split_once('\t') {
            self.0.push(TypedPath {
                pattern: pattern.to_owned(),
                content_type: Cow::Owned(content_type.to_owned()),
            });
        }
    }

    /// The type of the first pattern that a path beneath the served directory
    /// matches.
    pub(super) fn type_of(&self, path: &[u8]) -> Option<Cow<'static, str>> {
        let found = self.0.iter().find(|it| matches(&it.pattern, path))?;
        Some(found.content_type.clone())
    }
}

/// Whether a path matches a pattern, in which `*` stands for any text, slashes
/// included, as in Python's `fnmatch`; all else stands for itself.
///
/// Each part is looked for once, from where the one before it ended, so that no
/// pattern and no path makes it slow.
fn matches(pattern: &str, path: &[u8]) -> bool {
    let mut parts = pattern.as_bytes().split(|&byte| byte == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match memmem::find(rest, part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("README", "README", true),
            ("README", "README.md", false),
            ("README", "docs/README", false),
            ("*/README", "docs/README", true),
            ("*README", "README", true),
            ("*.foo", "a/b.foo", true),
            ("*.foo", "a/b.foo/c", false),
            ("v2/*/manifests/*", "v2/alpine/manifests/3.20", true),
            (
                "v2/*/manifests/*",
                "v2/library/alpine/manifests/latest",
                true,
            ),
            ("v2/*/manifests/*", "v2/alpine/blobs/x", false),
            ("v2/*/manifests/*", "v2/manifests/x", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*a*b*", "xbxa", false),
            ("*a*b*", "xaxbx", true),
            ("**", "", true),
            ("*", "any/thing", true),
            ("[a]?", "[a]?", true),
            ("[a]?", "ab", false),
        ] {
            assert_eq!(
                matches(pattern, path.as_bytes()),
                expected,
                "{pattern} {path}"
            );
        }
        assert!(matches("*\u{e9}", "caf\u{e9}".as_bytes()));
        assert!(matches("a*", b"a\xff"));
    }

    #[test]
    fn the_first_pattern_counts() {
        let mut typed = TypedPaths::default();
        typed.add("x/first; a=b\ta/*");
        typed.add("x/second\t*");
        assert_eq!(typed.type_of(b"a/b").as_deref(), Some("x/first; a=b"));
        assert_eq!(typed.type_of(b"b").as_deref(), Some("x/second"));
        assert_eq!(TypedPaths::default().type_of(b"b"), None);
    }
}
