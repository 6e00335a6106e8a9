//! Conditional requests (RFC 9110 section 13): is the client's copy still good?
//!
//! 1. [`EntityTag`] reads and compares validators (section 8.8.3).
//! 2. [`Preconditions::evaluate`] takes the four fields in the order of section 13.2.2.
//! 3. [`if_range_holds`] decides whether a Range field counts (section 13.1.5).
//!
//! What cannot be read never makes a condition true: an entity tag that is
//! malformed equals nothing, and a date that is malformed is ignored, as section 13.1.3
//! and section 13.1.4 require.

#[cfg(test)]
mod tests;

use crate::ascii::trim_ows;
use std::fmt;

/// An entity tag (RFC 9110 section 8.8.3): an opaque text, possibly marked as weak.
///
/// ```
/// use wasm_host_sdk::conditional::EntityTag;
///
/// let tag = EntityTag::parse("W/\"5f-3\"").expect("a well-formed tag");
/// assert!(tag.is_weak());
/// assert_eq!(tag.opaque(), "5f-3");
/// assert_eq!(tag.to_string(), "W/\"5f-3\"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag<'a> {
    weak: bool,
    opaque: &'a str,
}

impl<'a> EntityTag<'a> {
    /// The tag that a field value holds, quotes included (RFC 9110 section 8.8.3);
    /// `None` if it is malformed. `W/` is case-sensitive.
    ///
    /// ```
    /// use wasm_host_sdk::conditional::EntityTag;
    ///
    /// assert_eq!(EntityTag::parse("\"v1\""), EntityTag::strong("v1"));
    /// assert_eq!(EntityTag::parse("v1"), None);
    /// ```
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        let (weak, quoted) = match value.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, value),
        };
        let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
        Self::checked(weak, opaque)
    }

    /// A strong tag of the text between its quotes (RFC 9110 section 8.8.1); `None` if the
    /// text has a byte that a tag may not have, such as a quote or a space.
    ///
    /// ```
    /// use wasm_host_sdk::conditional::EntityTag;
    ///
    /// let tag = EntityTag::strong("v1").expect("no quote, no space");
    /// assert_eq!(tag.to_string(), "\"v1\"");
    /// assert_eq!(EntityTag::strong("\r\n"), None);
    /// ```
    #[must_use]
    pub fn strong(opaque: &'a str) -> Option<Self> {
        Self::checked(false, opaque)
    }

    /// A weak tag of the text between its quotes (RFC 9110 section 8.8.1); `None` as for
    /// [`strong`](Self::strong).
    ///
    /// ```
    /// use wasm_host_sdk::conditional::EntityTag;
    ///
    /// let tag = EntityTag::weak("v1").expect("no quote, no space");
    /// assert_eq!(tag.to_string(), "W/\"v1\"");
    /// ```
    #[must_use]
    pub fn weak(opaque: &'a str) -> Option<Self> {
        Self::checked(true, opaque)
    }

    fn checked(weak: bool, opaque: &'a str) -> Option<Self> {
        // Without an early end, this is a few vector instructions.
        let whole = opaque.bytes().fold(true, |all, byte| all & is_etagc(byte));
        whole.then_some(Self { weak, opaque })
    }

    /// Whether the tag is marked as weak (RFC 9110 section 8.8.1).
    ///
    /// ```
    /// use wasm_host_sdk::conditional::EntityTag;
    ///
    /// assert!(EntityTag::parse("W/\"v1\"").is_some_and(|tag| tag.is_weak()));
    /// ```
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        self.weak
    }

    /// The text between the quotes (RFC 9110 section 8.8.3).
    ///
    /// ```
    /// use wasm_host_sdk::conditional::EntityTag;
    ///
    /// assert_eq!(EntityTag::parse("\"v1\"").map(|tag| tag.opaque()), Some("v1"));
    /// ```
    #[must_use]
    pub const fn opaque(&self) -> &'a str {
        self.opaque
    }

    /// Strong comparison (RFC 9110 section 8.8.3.2): both are strong and the same, so the
    /// representations are equal byte by byte.
    ///
    /// ```
    /// use wasm_host_sdk::conditional::EntityTag;
    ///
    /// let (strong, weak) = (EntityTag::strong("1").unwrap(), EntityTag::weak("1").unwrap());
    /// assert!(strong.strong_eq(&strong));
    /// assert!(!weak.strong_eq(&weak));
    /// ```
    #[must_use]
    pub fn strong_eq(&self, other: &EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Weak comparison (RFC 9110 section 8.8.3.2): the same text, weak or not.
    ///
    /// ```
    /// use wasm_host_sdk::conditional::EntityTag;
    ///
    /// let (strong, weak) = (EntityTag::strong("1").unwrap(), EntityTag::weak("1").unwrap());
    /// assert!(strong.weak_eq(&weak));
    /// ```
    #[must_use]
    pub fn weak_eq(&self, other: &EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }
}

/// The tag as the ETag field has it (RFC 9110 section 8.8.3).
impl fmt::Display for EntityTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.weak { "W/" } else { "" };
        write!(f, "{mark}\"{}\"", self.opaque)
    }
}

/// What is known of the representation that would be sent (RFC 9110 section 8.8): the
/// validators that its ETag and Last-Modified fields show.
///
/// ```
/// use wasm_host_sdk::conditional::{EntityTag, Validators};
///
/// let validators = Validators {
///     etag: EntityTag::parse("\"5f-3\""),
///     last_modified: Some(784_111_777),
/// };
/// assert!(validators.etag.is_some());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validators<'a> {
    /// The ETag field, if one is sent (RFC 9110 section 8.8.3).
    pub etag: Option<EntityTag<'a>>,
    /// The Last-Modified field in Unix seconds, if one is sent (RFC 9110 section 8.8.2).
    pub last_modified: Option<i64>,
}

/// What to do with a conditional request (RFC 9110 section 13.2.2).
///
/// ```
/// use wasm_host_sdk::conditional::{Evaluation, Preconditions, Validators};
///
/// let nothing_asked = Preconditions::default();
/// assert_eq!(nothing_asked.evaluate(true, &Validators::default()), Evaluation::Proceed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// Answer as if no condition had been there.
    Proceed,
    /// Answer 304 (RFC 9110 section 15.4.5).
    NotModified,
    /// Answer 412 (RFC 9110 section 15.5.13).
    PreconditionFailed,
}

/// The conditions of a request (RFC 9110 section 13.1), each the field's combined value
/// (lines joined by `", "`, section 5.3).
///
/// `http.server` knows If-Modified-Since alone, and ignores it, as here, when
/// If-None-Match is there.
///
/// ```
/// use wasm_host_sdk::conditional::{EntityTag, Evaluation, Preconditions, Validators};
///
/// let request = Preconditions {
///     if_none_match: Some("\"old\", W/\"new\""),
///     ..Preconditions::default()
/// };
/// let file = Validators { etag: EntityTag::parse("\"new\""), last_modified: None };
/// assert_eq!(request.evaluate(true, &file), Evaluation::NotModified);
/// assert_eq!(request.evaluate(false, &file), Evaluation::PreconditionFailed);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preconditions<'a> {
    /// If-Match (RFC 9110 section 13.1.1).
    pub if_match: Option<&'a str>,
    /// If-None-Match (RFC 9110 section 13.1.2).
    pub if_none_match: Option<&'a str>,
    /// If-Modified-Since (RFC 9110 section 13.1.3).
    pub if_modified_since: Option<&'a str>,
    /// If-Unmodified-Since (RFC 9110 section 13.1.4).
    pub if_unmodified_since: Option<&'a str>,
}

impl Preconditions<'_> {
    /// Takes the conditions in the order of RFC 9110 section 13.2.2, for a representation
    /// that exists and would otherwise be answered with 2xx (section 13.2.1). `*`
    /// therefore always matches.
    ///
    /// ```
    /// use wasm_host_sdk::conditional::{Evaluation, Preconditions, Validators};
    ///
    /// let request = Preconditions {
    ///     if_modified_since: Some("Sun, 06 Nov 1994 08:49:37 GMT"),
    ///     ..Preconditions::default()
    /// };
    /// let older = Validators { etag: None, last_modified: Some(784_111_777) };
    /// let newer = Validators { etag: None, last_modified: Some(784_111_778) };
    /// assert_eq!(request.evaluate(true, &older), Evaluation::NotModified);
    /// assert_eq!(request.evaluate(true, &newer), Evaluation::Proceed);
    /// ```
    #[must_use]
    pub fn evaluate(&self, is_get_or_head: bool, current: &Validators<'_>) -> Evaluation {
        if !self.is_still_expected(current) {
            Evaluation::PreconditionFailed
        } else if !self.is_known_to_client(is_get_or_head, current) {
            Evaluation::Proceed
        } else if is_get_or_head {
            Evaluation::NotModified
        } else {
            Evaluation::PreconditionFailed
        }
    }

    /// Steps 1 and 2: If-Match or, only without it, If-Unmodified-Since.
    fn is_still_expected(&self, current: &Validators<'_>) -> bool {
        if let Some(list) = self.if_match {
            return lists_current(list, current, EntityTag::strong_eq);
        }
        // Without a valid date on either side the field is ignored (section 13.1.4).
        match (
            self.if_unmodified_since.and_then(http_date),
            current.last_modified,
        ) {
            (Some(since), Some(modified)) => modified <= since,
            _ => true,
        }
    }

    /// Steps 3 and 4: If-None-Match or, only without it and for GET and HEAD,
    /// If-Modified-Since.
    fn is_known_to_client(&self, is_get_or_head: bool, current: &Validators<'_>) -> bool {
        if let Some(list) = self.if_none_match {
            return lists_current(list, current, EntityTag::weak_eq);
        }
        if !is_get_or_head {
            return false;
        }
        // Without a valid date on either side the field is ignored (section 13.1.3).
        match (
            self.if_modified_since.and_then(http_date),
            current.last_modified,
        ) {
            (Some(since), Some(modified)) => modified <= since,
            _ => false,
        }
    }
}

/// Whether an If-Range condition is true, so that Range counts (RFC 9110 section 13.1.5);
/// if it isn't, the whole representation is sent. `now` is in Unix seconds.
///
/// A tag is compared strongly. A date must be exactly Last-Modified and a strong
/// validator (section 8.8.2.2): the second of the last change has to be over, since a
/// file can change again within it under the same date.
///
/// ```
/// use wasm_host_sdk::conditional::{EntityTag, Validators, if_range_holds};
///
/// let file = Validators {
///     etag: EntityTag::parse("\"5f-3\""),
///     last_modified: Some(784_111_777),
/// };
/// assert!(if_range_holds("\"5f-3\"", &file, 800_000_000));
/// assert!(if_range_holds("Sun, 06 Nov 1994 08:49:37 GMT", &file, 800_000_000));
/// assert!(!if_range_holds("Sun, 06 Nov 1994 08:49:37 GMT", &file, 784_111_777));
/// ```
#[must_use]
pub fn if_range_holds(value: &str, current: &Validators<'_>, now: i64) -> bool {
    if let Some(tag) = EntityTag::parse(trim_ows(value)) {
        return current.etag.is_some_and(|etag| etag.strong_eq(&tag));
    }
    match (http_date(value), current.last_modified) {
        (Some(date), Some(modified)) => date == modified && modified < now,
        _ => false,
    }
}

/// Whether `*` or a tag of the list is the current tag (RFC 9110 section 13.1.1, section 13.1.2).
fn lists_current<'a>(
    list: &'a str,
    current: &Validators<'a>,
    equal: fn(&EntityTag<'a>, &EntityTag<'a>) -> bool,
) -> bool {
    let list = trim_ows(list);
    if list == "*" {
        return true;
    }
    let Some(etag) = current.etag else {
        return false;
    };
    // Most lists are the one tag that was sent: a tag's text has no quote in it,
    // so what equals it is a tag.
    let one = list
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    if one == Some(etag.opaque) {
        return equal(
            &etag,
            &EntityTag {
                weak: false,
                ..etag
            },
        );
    }
    tags(list).any(|tag| equal(&etag, &tag))
}

/// The well-formed tags of a list (RFC 9110 section 5.6.1); empty and malformed elements
/// are left out.
fn tags(list: &str) -> impl Iterator<Item = EntityTag<'_>> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let (element, tail) = split_element(rest?);
        rest = tail;
        Some(element)
    })
    .filter_map(|element| EntityTag::parse(trim_ows(element)))
}

/// Cuts off the first element. A comma between quotes belongs to a tag; after a
/// quote that is never closed, all the rest is one (malformed) element.
fn split_element(list: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    let comma = list.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    });
    match comma {
        Some(at) => (&list[..at], Some(&list[at + 1..])),
        None => (list, None),
    }
}

/// `etagc`: visible bytes but the quote, and those beyond ASCII (RFC 9110 section 8.8.3).
const fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..)
}

/// The Unix time of an HTTP-date (RFC 9110 section 5.6.7).
fn http_date(value: &str) -> Option<i64> {
    crate::date::parse_http_date(value)
}
