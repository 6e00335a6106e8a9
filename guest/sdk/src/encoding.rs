//! Which precompressed file to send: Accept-Encoding (RFC 9110 section 12.5.3).
//!
//! The answer is an order of preference; the caller takes the first coding that
//! it has a file for. `http.server` has no content codings.

use crate::ascii::trim_ows;
use crate::quality::{self, Quality};
use std::cmp::Reverse;

/// A content coding (RFC 9110 section 8.4.1) that a file can be stored in.
///
/// ```
/// use wasm_host_sdk::encoding::Coding;
///
/// assert_eq!(Coding::Zstd.token(), "zstd");
/// assert_eq!(Coding::Zstd.suffix(), "zst");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Brotli,
    /// Zstandard (RFC 8878).
    Zstd,
    /// gzip (RFC 1952, RFC 9110 section 8.4.1.3).
    Gzip,
    /// No coding (RFC 9110 section 12.5.3).
    Identity,
}

impl Coding {
    /// In the server's order: the smallest file first.
    pub(crate) const ALL: [Self; 4] = [Self::Brotli, Self::Zstd, Self::Gzip, Self::Identity];

    /// The name in Content-Encoding (RFC 9110 section 8.4.1). A response without a coding
    /// has no Content-Encoding at all.
    ///
    /// ```
    /// use wasm_host_sdk::encoding::Coding;
    ///
    /// assert_eq!(Coding::Brotli.token(), "br");
    /// ```
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// What the compressed file's name ends with, without the dot: the suffix of
    /// the coding's own tool (`.gz` is RFC 1952's). Empty for no coding.
    ///
    /// ```
    /// use wasm_host_sdk::encoding::Coding;
    ///
    /// assert_eq!(Coding::Gzip.suffix(), "gz");
    /// assert_eq!(Coding::Identity.suffix(), "");
    /// ```
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zst",
            Self::Gzip => "gz",
            Self::Identity => "",
        }
    }

    /// Whether this is the coding's name in any case, or its old one: `x-gzip` is
    /// `gzip` (RFC 9110 section 8.4.1.3).
    fn is_named(self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.token())
            || (self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip"))
    }
}

/// The acceptable codings, most wanted first (RFC 9110 section 12.5.3): by descending
/// weight and, among equals, in the order br, zstd, gzip, identity.
///
/// Without the field, or with an empty one, only identity: a client that cannot
/// decode says nothing, too. Identity is acceptable unless excluded by name or by
/// `*`, and comes last if neither mentions it. A weight that is malformed excludes
/// its coding, and so does any mention that excludes it.
///
/// There may be none at all: that is a client's way to ask for 406
/// (RFC 9110 section 15.5.7).
///
/// ```
/// use wasm_host_sdk::encoding::{Coding, preferences};
///
/// let browser: Vec<_> = preferences(Some("gzip, deflate, br")).collect();
/// assert_eq!(browser, [Coding::Brotli, Coding::Gzip, Coding::Identity]);
///
/// let silent: Vec<_> = preferences(None).collect();
/// assert_eq!(silent, [Coding::Identity]);
/// ```
pub fn preferences(accept_encoding: Option<&str>) -> impl Iterator<Item = Coding> + use<> {
    let accepted = Accepted::parse(accept_encoding.unwrap_or_default());
    let mut ranked = Coding::ALL.map(|coding| (accepted.weight(coding), coding));
    ranked.sort_by_key(|&(weight, _)| Reverse(weight));
    ranked
        .into_iter()
        .filter(|&(weight, _)| weight > 0)
        .map(|(_, coding)| coding)
}

/// The least weight that is acceptable: that of identity where nothing mentions it.
const LEAST: Quality = 1;

/// The weights of a field; `None` for what it doesn't mention.
#[derive(Default)]
struct Accepted {
    /// In the order of [`Coding::ALL`].
    codings: [Option<Quality>; 4],
    any: Option<Quality>,
}

impl Accepted {
    fn parse(field: &str) -> Self {
        let mut accepted = Self::default();
        for element in field.split(',') {
            let (name, weight) = parse_element(element);
            if name == "*" {
                mention(&mut accepted.any, weight);
                continue;
            }
            let known = Coding::ALL.iter().position(|coding| coding.is_named(name));
            if let Some(index) = known {
                mention(&mut accepted.codings[index], weight);
            }
        }
        accepted
    }

    /// `*` stands for all that isn't mentioned by name (RFC 9110 section 12.5.3).
    fn weight(&self, coding: Coding) -> Quality {
        let unmentioned = if coding == Coding::Identity { LEAST } else { 0 };
        self.codings[coding as usize]
            .or(self.any)
            .unwrap_or(unmentioned)
    }
}

/// Of contradicting mentions the lowest counts, so that nothing is sent that any
/// of them refused.
fn mention(slot: &mut Option<Quality>, weight: Quality) {
    *slot = Some(slot.map_or(weight, |before| before.min(weight)));
}

/// The coding and its weight, which is 0 if it is malformed.
fn parse_element(element: &str) -> (&str, Quality) {
    match element.split_once(';') {
        Some((name, weight)) => (trim_ows(name), parse_weight(trim_ows(weight)).unwrap_or(0)),
        None => (trim_ows(element), quality::MOST),
    }
}

/// `"q=" qvalue` (RFC 9110 section 12.4.2).
fn parse_weight(weight: &str) -> Option<Quality> {
    quality::parse(weight.strip_prefix(['q', 'Q'])?.strip_prefix('=')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The preferences as their tokens.
    fn tokens(field: Option<&str>) -> String {
        preferences(field)
            .map(Coding::token)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn no_field_and_no_coding() {
        assert_eq!(tokens(None), "identity");
        for field in [
            "",
            " ",
            ",",
            "deflate",
            "compress, deflate;q=1",
            "identity",
            "gzi",
            "gzip2",
        ] {
            assert_eq!(tokens(Some(field)), "identity", "{field}");
        }
    }

    #[test]
    fn orders_by_weight_then_by_the_server() {
        let cases = [
            ("gzip", "gzip identity"),
            ("gzip, deflate, br, zstd", "br zstd gzip identity"),
            ("zstd,br,gzip", "br zstd gzip identity"),
            ("gzip;q=1.0, br;q=0.5", "gzip br identity"),
            (
                "br;q=0.001, zstd;q=0.002, gzip;q=0.003",
                "gzip zstd br identity",
            ),
            ("identity, gzip;q=0.5", "identity gzip"),
            ("identity;q=0.5, gzip;q=0.5", "gzip identity"),
            ("gzip;q=0.001", "gzip identity"),
            ("x-gzip", "gzip identity"),
            ("X-GZIP, BR;Q=0.1", "gzip br identity"),
            (" ,\tgzip\t;\tq=0.5 ,, br ; q=0.4 ", "gzip br identity"),
        ];
        for (field, expected) in cases {
            assert_eq!(tokens(Some(field)), expected, "{field}");
        }
    }

    #[test]
    fn star_and_exclusions() {
        let cases = [
            ("*", "br zstd gzip identity"),
            ("*;q=0.5, gzip", "gzip br zstd identity"),
            ("*;q=0.5, gzip;q=0.1", "br zstd identity gzip"),
            ("*, br;q=0", "zstd gzip identity"),
            ("*;q=0", ""),
            ("*;q=0, identity", "identity"),
            ("*;q=0, gzip", "gzip"),
            ("gzip;q=0", "identity"),
            ("gzip;q=0.000, br", "br identity"),
            ("identity;q=0", ""),
            ("gzip, identity;q=0", "gzip"),
            ("identity;q=0, *", "br zstd gzip"),
            ("identity;q=0.001, *;q=0", "identity"),
            ("gzip;q=0, gzip", "identity"),
            ("gzip, x-gzip;q=0", "identity"),
        ];
        for (field, expected) in cases {
            assert_eq!(tokens(Some(field)), expected, "{field}");
        }
    }

    #[test]
    fn malformed_weights_exclude() {
        for weight in [
            "",
            "q",
            "q=",
            "q=2",
            "q=1.001",
            "q=1.1",
            "q=-1",
            "q=+1",
            "q=.5",
            "q=0.1234",
            "q=1.0000",
            "q=0,5",
            "q=0.x",
            "q=abc",
            "q =1",
            "q= 1",
            "p=1",
            "q=1;q=1",
            "level=9;q=1",
            "q=\"1\"",
            "q=0.\u{0665}",
            "q=01",
            "q=1e0",
        ] {
            let field = format!("br, gzip;{weight}");
            assert_eq!(tokens(Some(&field)), "br identity", "{field}");
        }
    }

    #[test]
    fn weights() {
        let cases = [
            ("q=0", Some(0)),
            ("q=0.", Some(0)),
            ("q=0.5", Some(500)),
            ("q=0.05", Some(50)),
            ("q=0.005", Some(5)),
            ("q=0.999", Some(999)),
            ("q=1", Some(1000)),
            ("q=1.", Some(1000)),
            ("Q=1.000", Some(1000)),
            ("q=1.001", None),
            ("q=1.9", None),
            ("q=0.0000", None),
        ];
        for (weight, expected) in cases {
            assert_eq!(parse_weight(weight), expected, "{weight}");
        }
    }

    #[test]
    fn names_and_suffixes() {
        let expected = [
            ("br", "br"),
            ("zstd", "zst"),
            ("gzip", "gz"),
            ("identity", ""),
        ];
        assert_eq!(
            Coding::ALL.map(|coding| (coding.token(), coding.suffix())),
            expected
        );
        for (index, coding) in Coding::ALL.into_iter().enumerate() {
            assert_eq!(
                coding as usize, index,
                "the table of weights is in this order"
            );
        }
    }
}
