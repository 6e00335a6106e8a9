//! Which media types a client accepts (RFC 9110 section 12.5.1), and whether it is
//! somebody who goes to a page.

use super::content_type::{self, ExtensionsMap};
use crate::Exchange;
use crate::ascii::trim_ows;
use crate::quality::{self, Quality};

/// What a navigation is for (Fetch Metadata, section 2.1): a page, or a page in a
/// page. All else is a part of one, or asked for by a script.
const NAVIGATIONS: [&str; 3] = ["document", "iframe", "frame"];

/// What an application's page depends on, besides its path (RFC 9110 section
/// 12.5.5).
pub(super) const NAVIGATION_VARY: &str = "Sec-Fetch-Dest, Accept";

/// Whether a request for what doesn't exist is one for a page of an application,
/// and not for a script, a picture or data, which would be taken for it.
///
/// 1. Browsers say it in `Sec-Fetch-Dest`.
/// 2. Else it is one if `Accept` names HTML; `*/*` alone does not.
/// 3. Else it is one, unless the path has the suffix of something that isn't HTML.
///    (`jane.doe` has no suffix that has a type.)
pub(super) fn is_navigation(exchange: &Exchange, path: &[u8]) -> bool {
    let headers = &exchange.headers;
    if let Some(destination) = headers.get("Sec-Fetch-Dest") {
        return NAVIGATIONS.contains(&trim_ows(&destination));
    }
    let accept = headers.get_joined("Accept");
    match accept.as_deref() {
        Some(accept) if accept.split(',').all(is_anything) => has_no_other_type(path),
        Some(accept) => names_html(accept),
        None => has_no_other_type(path),
    }
}

/// `*/*`, or nothing.
fn is_anything(range: &str) -> bool {
    let range = range.split(';').next().unwrap_or_default();
    matches!(trim_ows(range), "*/*" | "")
}

/// Without `*/*`, which the scripts of browsers without `Sec-Fetch-Dest` send.
fn names_html(accept: &str) -> bool {
    let named: Vec<&str> = accept
        .split(',')
        .filter(|range| !is_anything(range))
        .collect();
    let named = named.join(",");
    quality_of(&named, "text", "html") > 0 || quality_of(&named, "application", "xhtml+xml") > 0
}

fn has_no_other_type(path: &[u8]) -> bool {
    let guessed = content_type::guess(path, &ExtensionsMap::new());
    guessed.is_none_or(|guessed| guessed.starts_with("text/html"))
}

/// The quality of a media type in thousandths, by the most specific range that
/// holds it, or 0. A range whose quality can't be read is passed over.
pub(super) fn quality_of(accept: &str, kind: &str, subtype: &str) -> Quality {
    let mut best = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(trim_ows);
        let Some((range_kind, range_subtype)) =
            parts.next().and_then(|range| range.split_once('/'))
        else {
            continue;
        };
        let specificity = match (range_kind, range_subtype) {
            ("*", "*") => 1,
            (a, "*") if a.eq_ignore_ascii_case(kind) => 2,
            (a, b) if a.eq_ignore_ascii_case(kind) && b.eq_ignore_ascii_case(subtype) => 3,
            _ => continue,
        };
        let weight = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("q"));
        let weight = weight.map_or(Some(quality::MOST), |(_, value)| quality::parse(value));
        best = weight.map_or(best, |weight| best.max((specificity, weight)));
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_has_to_be_named() {
        for accept in [
            "text/html",
            "TEXT/HTML;q=0.1",
            "text/*",
            "application/xhtml+xml",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ] {
            assert!(names_html(accept), "{accept}");
        }
        for accept in [
            "text/css,*/*;q=0.1",
            "image/avif,image/webp,*/*",
            "application/json",
            "text/html;q=0, */*",
            "text/html;q=x, image/png",
        ] {
            assert!(!names_html(accept), "{accept}");
        }
    }

    #[test]
    fn a_suffix_tells_where_nothing_else_does() {
        for path in [
            "route",
            "users/jane.doe",
            "a.html",
            "v1.2",
            "",
            "x/",
            "a.b/c",
        ] {
            assert!(has_no_other_type(path.as_bytes()), "{path}");
        }
        for path in [
            "a.js",
            "assets/gone.MJS",
            "a.css",
            "a.png",
            "a.json",
            "a.js.map",
            "a.txt",
            "a.gz",
        ] {
            assert!(!has_no_other_type(path.as_bytes()), "{path}");
        }
    }
}
