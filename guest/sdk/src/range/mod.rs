//! Byte ranges (RFC 9110 section 14): which parts of a file a Range field asks for.
//!
//! 1. Read the field. What isn't understood is ignored, as section 14.2 allows, so the
//!    whole file is sent.
//! 2. Resolve each range against the size; drop those beyond the end (section 14.1.2).
//! 3. Guard against requests for more than the file (section 14.2, section 17.15): few ranges,
//!    overlapping and adjacent ones made one, and no parts that add up to the file.
//!
//! Range counts for GET only (section 14.2), and only if If-Range holds
//! ([`if_range_holds`](crate::conditional::if_range_holds)); the caller sees to
//! both. `http.server` has no ranges.

#[cfg(test)]
mod tests;

use crate::ascii::trim_ows;
use crate::decimal;

/// The number of ranges in one field beyond which it is ignored (RFC 9110 section 14.2,
/// section 17.15): more than a reader of any document needs, too few to hurt.
pub const MAX_RANGES: usize = 100;

/// Part of a file, both ends included (RFC 9110 section 14.1.2); never empty.
///
/// ```
/// use wasm_host_sdk::range::ByteRange;
///
/// let range = ByteRange { start: 0, end: 499 };
/// assert_eq!(range.len(), 500);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::len_without_is_empty,
    reason = "a range of bytes has at least one"
)]
pub struct ByteRange {
    /// The first byte's position.
    pub start: u64,
    /// The last byte's position.
    pub end: u64,
}

impl ByteRange {
    /// The number of bytes, for Content-Length (RFC 9110 section 8.6).
    ///
    /// ```
    /// use wasm_host_sdk::range::ByteRange;
    ///
    /// assert_eq!(ByteRange { start: 7, end: 7 }.len(), 1);
    /// ```
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.end.saturating_sub(self.start).saturating_add(1)
    }

    /// Whether the two overlap or are adjacent, so that together they are one range.
    fn touches(&self, other: &Self) -> bool {
        self.start <= other.end.saturating_add(1) && other.start <= self.end.saturating_add(1)
    }

    fn union(&self, other: &Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// What a Range field asks for (RFC 9110 section 14.2).
///
/// ```
/// use wasm_host_sdk::range::{ByteRange, RangeRequest, resolve};
///
/// let first_half = RangeRequest::Partial(vec![ByteRange { start: 0, end: 499 }]);
/// assert_eq!(resolve("bytes=0-499", 1000), first_half);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeRequest {
    /// Answer as if there were no Range field.
    Whole,
    /// Answer 206 with these, at least one, that neither overlap nor touch
    /// (RFC 9110 section 15.3.7).
    Partial(Vec<ByteRange>),
    /// Answer 416 with [`unsatisfied_range`] (RFC 9110 section 15.5.17).
    Unsatisfiable,
}

/// Resolves a Range field against the size of the file (RFC 9110 section 14.1.2, section 14.2).
///
/// Parts come in the order of the request; those that overlap or are adjacent
/// become one in the place of the first.
///
/// ```
/// use wasm_host_sdk::range::{ByteRange, RangeRequest, resolve};
///
/// let last_byte = RangeRequest::Partial(vec![ByteRange { start: 999, end: 999 }]);
/// assert_eq!(resolve("bytes=-1", 1000), last_byte);
/// assert_eq!(resolve("bytes=999-", 1000), last_byte);
/// assert_eq!(resolve("bytes=1000-", 1000), RangeRequest::Unsatisfiable);
/// assert_eq!(resolve("lines=1-2", 1000), RangeRequest::Whole);
/// assert_eq!(resolve("bytes=0-700,300-", 1000), RangeRequest::Whole);
/// ```
#[must_use]
pub fn resolve(value: &str, size: u64) -> RangeRequest {
    let Some(specs) = byte_range_set(value) else {
        return RangeRequest::Whole;
    };
    let mut asked = 0;
    let mut parts = Vec::new();
    let mut whole_asked = false;
    for spec in specs {
        asked += 1;
        let Some(spec) = RangeSpec::parse(spec).filter(|_| asked <= MAX_RANGES) else {
            return RangeRequest::Whole;
        };
        match spec.resolve(size) {
            Resolved::Part(part) => insert(&mut parts, part),
            Resolved::EmptyFile => whole_asked = true,
            Resolved::Beyond => {}
        }
    }
    // An empty list isn't a range-set (section 14.1.1). Several parts that add up to the
    // file would only make it longer.
    let total: u64 = parts.iter().map(ByteRange::len).sum();
    if asked == 0 || whole_asked || (asked > 1 && !parts.is_empty() && total >= size) {
        RangeRequest::Whole
    } else if parts.is_empty() {
        RangeRequest::Unsatisfiable
    } else {
        RangeRequest::Partial(parts)
    }
}

/// The Content-Range value of a part (RFC 9110 section 14.4).
///
/// ```
/// use wasm_host_sdk::range::{ByteRange, content_range};
///
/// assert_eq!(content_range(ByteRange { start: 0, end: 499 }, 1234), "bytes 0-499/1234");
/// ```
#[must_use]
pub fn content_range(range: ByteRange, size: u64) -> String {
    let ByteRange { start, end } = range;
    format!("bytes {start}-{end}/{size}")
}

/// The Content-Range value of a 416 response (RFC 9110 section 14.4, section 15.5.17).
///
/// ```
/// use wasm_host_sdk::range::unsatisfied_range;
///
/// assert_eq!(unsatisfied_range(1234), "bytes */1234");
/// ```
#[must_use]
pub fn unsatisfied_range(size: u64) -> String {
    format!("bytes */{size}")
}

/// The elements of `bytes=…`, without the empty ones that lists may have
/// (RFC 9110 section 5.6.1.2); `None` for any other unit (section 14.1).
fn byte_range_set(value: &str) -> Option<impl Iterator<Item = &str>> {
    let (unit, set) = value.split_once('=')?;
    let elements = || {
        set.split(',')
            .map(trim_ows)
            .filter(|element| !element.is_empty())
    };
    trim_ows(unit).eq_ignore_ascii_case("bytes").then(elements)
}

/// One element of a range-set, as written (RFC 9110 section 14.1.1).
#[derive(Clone, Copy)]
enum RangeSpec {
    /// `first-` or `first-last`.
    From { first: u64, last: u64 },
    /// `-length`: the last bytes.
    Suffix { length: u64 },
}

/// A [`RangeSpec`] against a size.
enum Resolved {
    Part(ByteRange),
    /// The last bytes of an empty file: satisfiable (RFC 9110 section 14.1.2), but
    /// Content-Range has no way to say so, hence 200 instead of 206.
    EmptyFile,
    Beyond,
}

impl RangeSpec {
    fn parse(spec: &str) -> Option<Self> {
        let (first, last) = spec.split_once('-')?;
        if first.is_empty() {
            return Some(Self::Suffix {
                length: position(last)?,
            });
        }
        let first = position(first)?;
        let last = if last.is_empty() {
            u64::MAX
        } else {
            position(last)?
        };
        // A range that ends before it starts makes the whole field invalid (section 14.1.1).
        (first <= last).then_some(Self::From { first, last })
    }

    fn resolve(self, size: u64) -> Resolved {
        match (self, size.checked_sub(1)) {
            (Self::Suffix { length: 0 }, _) => Resolved::Beyond,
            (Self::Suffix { .. }, None) => Resolved::EmptyFile,
            (Self::Suffix { length }, Some(end)) => Resolved::Part(ByteRange {
                start: size.saturating_sub(length),
                end,
            }),
            (Self::From { first, last }, Some(end)) if first <= end => Resolved::Part(ByteRange {
                start: first,
                end: last.min(end),
            }),
            (Self::From { .. }, _) => Resolved::Beyond,
        }
    }
}

/// `1*DIGIT`. What doesn't fit is beyond the end of any file, and so is the
/// largest number.
fn position(digits: &str) -> Option<u64> {
    let only_digits = || !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    decimal::parse(digits.as_bytes()).or_else(|| only_digits().then_some(u64::MAX))
}

/// Adds a part; all that it touches become one, in the place of the first. They
/// didn't touch each other, so the one touches nothing more.
fn insert(parts: &mut Vec<ByteRange>, part: ByteRange) {
    let Some(place) = parts.iter().position(|other| other.touches(&part)) else {
        parts.push(part);
        return;
    };
    let mut merged = part;
    parts.retain(|other| {
        let apart = !other.touches(&part);
        if !apart {
            merged = merged.union(other);
        }
        apart
    });
    parts.insert(place, merged);
}
