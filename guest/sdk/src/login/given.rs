//! The user and the password that a request gives.

use super::same;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The longest user and password together: SHA-crypt takes the square of a password's
/// length.
const MAX_LENGTH: usize = 512;

/// `user:password`.
pub(super) struct Given {
    text: String,
    colon: usize,
}

impl Given {
    /// Reads it from the Authorization fields, of which there may be one (RFC 7617
    /// section 2).
    pub(super) fn of<'f>(mut fields: impl Iterator<Item = &'f [u8]>) -> Option<Self> {
        let field = fields.next()?;
        if fields.next().is_some() {
            return None;
        }
        let field = std::str::from_utf8(field).ok()?;
        let (scheme, token) = field.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Basic") || token.len() > 2 * MAX_LENGTH {
            return None;
        }
        let bytes = BASE64_STANDARD.decode(token.trim_matches(' ')).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        // RFC 7617 section 2: no control characters. bcrypt would end at a NUL.
        if text.len() > MAX_LENGTH || text.chars().any(char::is_control) {
            return None;
        }
        let colon = text.find(':')?;
        Some(Self { text, colon })
    }

    pub(super) fn user(&self) -> &str {
        &self.text[..self.colon]
    }

    pub(super) fn password(&self) -> &[u8] {
        &self.text.as_bytes()[self.colon + 1..]
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        same(self.text.as_bytes(), other.text.as_bytes())
    }
}
