//! A message's header fields (`MessageClass`).

use crate::ascii::is_plain;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// The most fields in one header section, as `http.client` has it.
pub const MAX_FIELDS: usize = 100;

/// More than most requests have.
const USUAL_FIELDS: usize = 24;

/// A request's header fields, in the order in which they were sent.
///
/// The counterpart of `http.client.HTTPMessage`: names are compared without
/// regard to case, and values are Latin-1, as in Python.
///
/// ```
/// use wasm_host_sdk::headers::Headers;
///
/// let headers = Headers::parse(b"Host: a\r\nX-Tag: 1\r\nx-tag: 2\r\n\r\n").unwrap();
/// assert_eq!(headers.get("host").as_deref(), Some("a"));
/// assert_eq!(headers.get_all("X-Tag").collect::<Vec<_>>(), ["1", "2"]);
/// ```
#[derive(Default, Clone)]
pub struct Headers {
    section: Vec<u8>,
    fields: Vec<Field>,
    /// Bit `n` is set if a name has `n` letters: where it isn't, a look-up ends,
    /// and most do.
    name_lengths: u64,
}

#[derive(Debug, Clone)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

/// Why a header section was refused (RFC 9112 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// More than [`MAX_FIELDS`] fields: 431.
    #[error("Too many headers")]
    TooMany,
    /// A name that isn't a token, white space before the colon, a line folded
    /// onto the next, or a line without a colon: 400.
    #[error("Bad header name")]
    Name,
    /// A control character in a value: 400.
    #[error("Bad header value")]
    Value,
    /// Anything else that isn't a header section: 400.
    #[error("Bad header line")]
    Line,
}

impl Headers {
    /// Parses a header section, with the empty line that ends it.
    ///
    /// # Errors
    ///
    /// See [`HeaderError`]. A line may end in LF alone, as `http.server` and
    /// RFC 9112 section 2.2 allow; a CR elsewhere is refused.
    pub fn parse(section: impl AsRef<[u8]>) -> Result<Self, HeaderError> {
        let mut headers = Self::default();
        headers.replace(section.as_ref())?;
        Ok(headers)
    }

    /// Forgets all fields, and parses a header section in their place: a
    /// connection's requests share the memory.
    pub(crate) fn replace(&mut self, section: &[u8]) -> Result<(), HeaderError> {
        self.clear();
        // Room for few fields is cheaper to prepare, and few is what most have.
        let mut usual = [httparse::EMPTY_HEADER; USUAL_FIELDS];
        match self.parse_into(section, &mut usual) {
            Err(HeaderError::TooMany) => {
                let mut most = [httparse::EMPTY_HEADER; MAX_FIELDS];
                self.parse_into(section, &mut most).map(drop)
            }
            parsed => parsed.map(drop),
        }
    }

    /// Forgets all fields, and parses the section that these bytes begin with in
    /// their place. Returns its length; none if it isn't whole yet, is wrong, or
    /// has more than [`USUAL_FIELDS`], for the caller to find out which.
    pub(crate) fn replace_by_usual(&mut self, bytes: &[u8]) -> Option<usize> {
        self.clear();
        let mut usual = [httparse::EMPTY_HEADER; USUAL_FIELDS];
        self.parse_into(bytes, &mut usual).ok()
    }

    /// Adds the fields of the section that `bytes` begins with. Returns its
    /// length.
    fn parse_into<'b>(
        &mut self,
        bytes: &'b [u8],
        room: &mut [httparse::Header<'b>],
    ) -> Result<usize, HeaderError> {
        let (length, fields) = match httparse::parse_headers(bytes, room) {
            Ok(httparse::Status::Complete(parsed)) => parsed,
            Ok(httparse::Status::Partial) => return Err(HeaderError::Line),
            Err(httparse::Error::TooManyHeaders) => return Err(HeaderError::TooMany),
            Err(httparse::Error::HeaderName) => return Err(HeaderError::Name),
            Err(httparse::Error::HeaderValue) => return Err(HeaderError::Value),
            Err(_) => return Err(HeaderError::Line),
        };
        self.section.extend_from_slice(&bytes[..length]);
        let start = bytes.as_ptr().addr();
        let range = |part: &[u8]| {
            let from = part.as_ptr().addr() - start;
            from..from + part.len()
        };
        for field in fields {
            self.name_lengths |= length_bit(field.name.len());
            self.fields.push(Field {
                name: range(field.name.as_bytes()),
                value: range(field.value),
            });
        }
        Ok(length)
    }

    /// Forgets all fields.
    pub(crate) fn clear(&mut self) {
        self.section.clear();
        self.fields.clear();
        self.name_lengths = 0;
    }

    /// The value of the first field of this name.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get_bytes(name).map(latin1)
    }

    /// The value of the first field of this name, as the bytes that were sent.
    #[must_use]
    #[inline]
    pub fn get_bytes(&self, name: &str) -> Option<&[u8]> {
        if self.lacks(name) {
            return None;
        }
        self.find(name)
    }

    #[inline(never)]
    fn find(&self, name: &str) -> Option<&[u8]> {
        self.get_all_bytes(name).next()
    }

    /// The values of all fields of this name, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
        self.get_all_bytes(name).map(latin1)
    }

    /// The values of all fields of this name as one, joined by commas (RFC
    /// 9110 section 5.3): what a field that is a list means.
    #[must_use]
    #[inline]
    pub fn get_joined(&self, name: &str) -> Option<Cow<'_, str>> {
        if self.lacks(name) {
            return None;
        }
        self.join(name)
    }

    #[inline(never)]
    fn join(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.get_all_bytes(name).map(latin1);
        let first = values.next()?;
        Some(values.fold(first, |mut joined, value| {
            let text = joined.to_mut();
            text.push_str(", ");
            text.push_str(&value);
            joined
        }))
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get_bytes(name).is_some()
    }

    /// All names and values, in order, names as they were spelt.
    pub fn items(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.fields
            .iter()
            .map(|field| (self.name(field), latin1(self.value(field))))
    }

    /// The same, values as the bytes that were sent.
    pub(crate) fn raw_items(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields
            .iter()
            .map(|field| (self.name(field), self.value(field)))
    }

    /// Forgets the fields of this name.
    pub(crate) fn remove(&mut self, name: &str) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.retain(|field| !self.is_named(field, name));
        self.fields = fields;
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The values of all fields of this name, as the bytes that were sent.
    pub(crate) fn get_all_bytes<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        let fields: &[Field] = if self.lacks(name) { &[] } else { &self.fields };
        fields
            .iter()
            .filter(move |field| self.is_named(field, name))
            .map(|field| self.value(field))
    }

    /// Whether no field can have this name, by its length: for a name that is
    /// known when this is compiled, one comparison where it is looked up.
    #[inline]
    fn lacks(&self, name: &str) -> bool {
        self.name_lengths & length_bit(name.len()) == 0
    }

    fn is_named(&self, field: &Field, name: &str) -> bool {
        self.section[field.name.clone()].eq_ignore_ascii_case(name.as_bytes())
    }

    fn name(&self, field: &Field) -> &str {
        // The parser has checked that a name is a token, and so ASCII.
        std::str::from_utf8(&self.section[field.name.clone()]).unwrap_or_default()
    }

    fn value(&self, field: &Field) -> &[u8] {
        &self.section[field.value.clone()]
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.items()).finish()
    }
}

/// A name's length as a bit; the last stands for all greater ones.
#[inline]
fn length_bit(length: usize) -> u64 {
    1 << length.min(63)
}

/// Latin-1 text: every byte is the character of that number.
pub(crate) fn latin1(bytes: &[u8]) -> Cow<'_, str> {
    if (is_plain(bytes) || bytes.is_ascii())
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    Cow::Owned(bytes.iter().copied().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(section: &str) -> Result<Headers, HeaderError> {
        Headers::parse(section)
    }

    #[test]
    fn keeps_order_spelling_and_duplicates() {
        let headers = parse("B: 1\r\na: 2\nb:3  \r\n\r\n").unwrap();
        let items: Vec<_> = headers.items().collect();
        assert_eq!(
            items,
            [("B", "1".into()), ("a", "2".into()), ("b", "3".into())]
        );
        assert_eq!(headers.get_joined("B").as_deref(), Some("1, 3"));
        assert_eq!(headers.get("c"), None);
    }

    #[test]
    fn values_are_without_the_white_space_around_them() {
        let headers = parse("A:1\r\nB: \t 2\t3 \r\nC:\r\nD_d:  \r\nE: f: g\n\n").unwrap();
        let items: Vec<_> = headers.items().collect();
        let expected = [
            ("A", "1"),
            ("B", "2\t3"),
            ("C", ""),
            ("D_d", ""),
            ("E", "f: g"),
        ];
        assert_eq!(items, expected.map(|(name, value)| (name, value.into())));
    }

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let mut headers = parse("Host: a\r\nCookie: secret\r\n\r\n").unwrap();
        headers.replace(b"Accept: b\r\n\r\n").unwrap();
        let items: Vec<_> = headers.items().collect();
        assert_eq!(items, [("Accept", "b".into())]);
        assert_eq!(headers.get("Cookie"), None);
        assert!(headers.replace(b"broken\r\n\r\n").is_err());
        assert!(headers.is_empty());
    }

    /// As by looking for the empty line first, whatever follows it.
    #[test]
    fn a_usual_section_ends_where_its_empty_line_does() {
        for section in [
            "A: 1\r\nB: 2\r\n\r\n",
            "A: 1\nB: 2\n\n",
            "A: 1\r\n\n",
            "\r\n",
        ] {
            for behind in ["", "\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
                let mut headers = Headers::default();
                let length = headers.replace_by_usual(format!("{section}{behind}").as_bytes());
                assert_eq!(length, Some(section.len()), "{section:?} {behind:?}");
                let items: Vec<_> = headers.items().collect();
                assert_eq!(items, parse(section).unwrap().items().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn an_unusual_section_is_left_to_be_read_line_by_line() {
        let many = format!("{}\r\n", "a: b\r\n".repeat(MAX_FIELDS + 1));
        for section in ["A: 1\r\n", "A: 1\r\n\r", "A : 1\r\n\r\n", many.as_str()] {
            let mut headers = parse("Cookie: secret\r\n\r\n").unwrap();
            assert_eq!(
                headers.replace_by_usual(section.as_bytes()),
                None,
                "{section:?}"
            );
            assert!(headers.is_empty(), "{section:?}");
        }
    }

    #[test]
    fn names_of_any_length_are_found() {
        for length in [1, 62, 63, 64, 65, 1000] {
            let name = "n".repeat(length);
            let headers = parse(&format!("a-b: 1\r\n{name}: 2\r\n\r\n")).unwrap();
            assert_eq!(headers.get(&name).as_deref(), Some("2"), "{length}");
            assert_eq!(headers.get(&"m".repeat(length)), None, "{length}");
        }
    }

    #[test]
    fn values_are_latin_1() {
        let headers = Headers::parse(b"X: D\xe4ngerous\r\n\r\n").unwrap();
        assert_eq!(headers.get("x").as_deref(), Some("Dängerous"));
    }

    #[test]
    fn refuses_what_desynchronises_servers() {
        for (section, error) in [
            ("A : 1\r\n\r\n", HeaderError::Name),
            ("A: 1\r\n folded\r\n\r\n", HeaderError::Name),
            (" A: 1\r\n\r\n", HeaderError::Name),
            ("A: 1\0\r\n\r\n", HeaderError::Value),
            ("A: 1\rB: 2\r\n\r\n", HeaderError::Value),
            ("no colon\r\n\r\n", HeaderError::Name),
            ("A\x01: 1\r\n\r\n", HeaderError::Name),
        ] {
            assert_eq!(parse(section).unwrap_err(), error, "{section:?}");
        }
    }

    #[test]
    fn has_at_most_a_hundred_fields() {
        assert!(parse(&format!("{}\r\n", "a: b\r\n".repeat(100))).is_ok());
        let many = parse(&format!("{}\r\n", "a: b\r\n".repeat(101)));
        assert_eq!(many.unwrap_err(), HeaderError::TooMany);
    }
}
