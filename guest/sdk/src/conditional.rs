//! Conditional requests (RFC 9110 section 13): is the client's copy still good?
//!
//! 1. [`EntityTag`] reads and compares validators (section 8.8.3).
//! 2. [`Preconditions::evaluate`] takes the four fields in the order of section 13.2.2.
//! 3. [`if_range_holds`] decides whether a Range field counts (section 13.1.5).
//!
//! What cannot be read never makes a condition true: an entity tag that is
//! malformed equals nothing, and a date that is malformed is ignored, as section 13.1.3
//! and section 13.1.4 require.

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

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: i64 = 784_111_777;
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const EXACTLY: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sunday, 06-Nov-94 08:49:38 GMT";

    fn strong_file() -> Validators<'static> {
        Validators {
            etag: EntityTag::parse("\"a,b\""),
            last_modified: Some(MODIFIED),
        }
    }

    fn weak_file() -> Validators<'static> {
        Validators {
            etag: EntityTag::parse("W/\"a,b\""),
            last_modified: Some(MODIFIED),
        }
    }

    #[test]
    fn parses_entity_tags() {
        let cases = [
            ("\"\"", Some((false, ""))),
            ("\"a\"", Some((false, "a"))),
            ("W/\"a\"", Some((true, "a"))),
            ("\"!#~\u{e9}\"", Some((false, "!#~\u{e9}"))),
            ("\"a\\b\"", Some((false, "a\\b"))),
            ("w/\"a\"", None),
            ("W/ \"a\"", None),
            ("W\"a\"", None),
            ("W/", None),
            ("W/\"", None),
            ("\"", None),
            ("", None),
            ("a", None),
            ("\"a", None),
            ("a\"", None),
            ("\"a\"b\"", None),
            ("\"a b\"", None),
            ("\"a\tb\"", None),
            ("\"a\u{7f}\"", None),
            (" \"a\"", None),
            ("*", None),
        ];
        for (value, expected) in cases {
            let parsed = EntityTag::parse(value).map(|tag| (tag.is_weak(), tag.opaque()));
            assert_eq!(parsed, expected, "{value}");
        }
    }

    #[test]
    fn compares_as_in_rfc_9110_table_3() {
        let cases = [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ];
        for (a, b, strong, weak) in cases {
            let a = EntityTag::parse(a).expect("well-formed");
            let b = EntityTag::parse(b).expect("well-formed");
            assert_eq!(
                (a.strong_eq(&b), b.strong_eq(&a)),
                (strong, strong),
                "{a} {b}"
            );
            assert_eq!((a.weak_eq(&b), b.weak_eq(&a)), (weak, weak), "{a} {b}");
        }
    }

    #[test]
    fn splits_lists() {
        let cases: [(&str, &[&str]); 13] = [
            ("", &[]),
            (",,, ,", &[]),
            ("\"a\"", &["\"a\""]),
            ("\"a\",W/\"b\"", &["\"a\"", "W/\"b\""]),
            (" ,\t\"a\" ,, \"b\"\t,", &["\"a\"", "\"b\""]),
            ("\"a,b\", \",\"", &["\"a,b\"", "\",\""]),
            ("a, \"b\"", &["\"b\""]),
            ("\"a\"x, \"b\"", &["\"b\""]),
            ("\"a\" \"b\", \"c\"", &["\"c\""]),
            ("\"a b, c\", \"d\"", &["\"d\""]),
            ("\"a\", \"b", &["\"a\""]),
            ("\"a, \"b\", \"c\"", &[]),
            ("*, \"a\"", &["\"a\""]),
        ];
        for (list, expected) in cases {
            let found: Vec<_> = tags(list).map(|tag| tag.to_string()).collect();
            assert_eq!(found, expected, "{list}");
        }
    }

    /// Evaluates for a GET and for another method.
    fn evaluate(request: Preconditions<'_>, file: &Validators<'_>) -> (Evaluation, Evaluation) {
        (request.evaluate(true, file), request.evaluate(false, file))
    }

    const PROCEED: (Evaluation, Evaluation) = (Evaluation::Proceed, Evaluation::Proceed);
    const FAILED: (Evaluation, Evaluation) = (
        Evaluation::PreconditionFailed,
        Evaluation::PreconditionFailed,
    );
    const KNOWN: (Evaluation, Evaluation) =
        (Evaluation::NotModified, Evaluation::PreconditionFailed);

    #[test]
    fn if_match() {
        let cases = [
            ("*", PROCEED, PROCEED),
            (" * ", PROCEED, PROCEED),
            ("\"a,b\"", PROCEED, FAILED),
            ("\"x\" ,, \"a,b\"", PROCEED, FAILED),
            ("W/\"a,b\"", FAILED, FAILED),
            ("\"a\", \"b\"", FAILED, FAILED),
            ("", FAILED, FAILED),
            ("a,b", FAILED, FAILED),
        ];
        for (value, for_strong, for_weak) in cases {
            let request = Preconditions {
                if_match: Some(value),
                ..Preconditions::default()
            };
            assert_eq!(evaluate(request, &strong_file()), for_strong, "{value}");
            assert_eq!(evaluate(request, &weak_file()), for_weak, "{value}");
        }
    }

    #[test]
    fn if_none_match() {
        let cases = [
            ("*", KNOWN),
            ("\"a,b\"", KNOWN),
            ("W/\"a,b\"", KNOWN),
            ("\"x\",,W/\"a,b\"", KNOWN),
            ("\"x\"", PROCEED),
            ("", PROCEED),
            ("a,b", PROCEED),
            ("\"a,b", PROCEED),
        ];
        for (value, expected) in cases {
            let request = Preconditions {
                if_none_match: Some(value),
                ..Preconditions::default()
            };
            assert_eq!(evaluate(request, &strong_file()), expected, "{value}");
            assert_eq!(evaluate(request, &weak_file()), expected, "{value}");
        }
    }

    #[test]
    fn dates() {
        let cases = [
            (BEFORE, (Evaluation::Proceed, Evaluation::Proceed), FAILED),
            (
                EXACTLY,
                (Evaluation::NotModified, Evaluation::Proceed),
                PROCEED,
            ),
            (
                AFTER,
                (Evaluation::NotModified, Evaluation::Proceed),
                PROCEED,
            ),
            ("yesterday", PROCEED, PROCEED),
            ("", PROCEED, PROCEED),
        ];
        for (value, modified_since, unmodified_since) in cases {
            let request = Preconditions {
                if_modified_since: Some(value),
                ..Preconditions::default()
            };
            assert_eq!(evaluate(request, &strong_file()), modified_since, "{value}");
            assert_eq!(
                evaluate(request, &Validators::default()),
                PROCEED,
                "{value}"
            );
            let request = Preconditions {
                if_unmodified_since: Some(value),
                ..Preconditions::default()
            };
            assert_eq!(
                evaluate(request, &strong_file()),
                unmodified_since,
                "{value}"
            );
            assert_eq!(
                evaluate(request, &Validators::default()),
                PROCEED,
                "{value}"
            );
        }
    }

    #[test]
    fn precedence_of_13_2_2() {
        let ours = Some("\"a,b\"");
        let other = Some("\"x\"");
        let (before, after) = (Some(BEFORE), Some(AFTER));
        // If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since.
        let cases = [
            // If-Match decides alone what If-Unmodified-Since would deny or allow.
            (ours, before, None, None, PROCEED),
            (other, after, None, None, FAILED),
            // If-None-Match decides alone what If-Modified-Since would deny or allow.
            (None, None, other, after, PROCEED),
            (None, None, ours, before, KNOWN),
            // The first pair comes before the second.
            (other, None, ours, None, FAILED),
            (None, before, ours, None, FAILED),
            (ours, None, ours, None, KNOWN),
            (None, after, ours, None, KNOWN),
            (ours, None, other, None, PROCEED),
            (
                None,
                after,
                None,
                after,
                (Evaluation::NotModified, Evaluation::Proceed),
            ),
            (None, None, None, None, PROCEED),
        ];
        for (if_match, if_unmodified_since, if_none_match, if_modified_since, expected) in cases {
            let request = Preconditions {
                if_match,
                if_none_match,
                if_modified_since,
                if_unmodified_since,
            };
            assert_eq!(evaluate(request, &strong_file()), expected, "{request:?}");
        }
    }

    #[test]
    fn without_a_current_tag_no_list_matches() {
        let file = Validators {
            etag: None,
            last_modified: Some(MODIFIED),
        };
        let list = Some("\"a,b\"");
        let request = Preconditions {
            if_match: list,
            ..Preconditions::default()
        };
        assert_eq!(evaluate(request, &file), FAILED);
        let request = Preconditions {
            if_none_match: list,
            ..Preconditions::default()
        };
        assert_eq!(evaluate(request, &file), PROCEED);
        let request = Preconditions {
            if_none_match: Some("*"),
            ..Preconditions::default()
        };
        assert_eq!(evaluate(request, &file), KNOWN);
    }

    #[test]
    fn if_range() {
        let later = MODIFIED + 1;
        let cases = [
            ("\"a,b\"", strong_file(), later, true),
            (" \"a,b\" ", strong_file(), later, true),
            ("\"a,b\"", strong_file(), MODIFIED, true),
            ("\"a,b\"", weak_file(), later, false),
            ("W/\"a,b\"", strong_file(), later, false),
            ("W/\"a,b\"", weak_file(), later, false),
            ("\"x\"", strong_file(), later, false),
            ("\"x\", \"a,b\"", strong_file(), later, false),
            ("*", strong_file(), later, false),
            ("", strong_file(), later, false),
            ("\"a,b", strong_file(), later, false),
            ("\"a,b\"", Validators::default(), later, false),
            (EXACTLY, strong_file(), later, true),
            (EXACTLY, weak_file(), later, true),
            (EXACTLY, strong_file(), MODIFIED, false),
            (EXACTLY, strong_file(), MODIFIED - 10, false),
            (EXACTLY, strong_file(), i64::MIN, false),
            (EXACTLY, strong_file(), i64::MAX, true),
            (BEFORE, strong_file(), later, false),
            (AFTER, strong_file(), i64::MAX, false),
            (EXACTLY, Validators::default(), later, false),
        ];
        for (value, file, now, expected) in cases {
            assert_eq!(
                if_range_holds(value, &file, now),
                expected,
                "{value} {file:?} {now}"
            );
        }
    }
}
