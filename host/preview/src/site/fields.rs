//! Fields of responses: which a site may not set, and which each has.

/// What the operator adds to every response of a site: it is nobody's to find by a search
/// engine, to guess the types of, to embed elsewhere.
pub fn protective_fields() -> [&'static str; 4] {
    [
        "X-Robots-Tag: noindex",
        "X-Content-Type-Options: nosniff",
        "Cross-Origin-Resource-Policy: same-origin",
        "Content-Security-Policy: frame-ancestors 'self'",
    ]
}

/// What a site may not set, in lower case, and why.
const REFUSED: [(&str, &str); 14] = [
    ("alt-svc", "it would lead clients to another server"),
    ("clear-site-data", "it would reach beyond this site"),
    (
        "cross-origin-resource-policy",
        "the operator decides who may embed what this site has",
    ),
    (
        "nel",
        "it would have clients report to others for the whole domain",
    ),
    ("public-key-pins", "it would bind all sites of the domain"),
    ("refresh", "a redirect says where to go"),
    (
        "report-to",
        "it would have clients report to others for the whole domain",
    ),
    (
        "service-worker-allowed",
        "a service worker's scope is the site, as it is without",
    ),
    (
        "set-cookie",
        "a site of files has nothing to remember; set cookies by script, for this site alone",
    ),
    ("sourcemap", "write it into the file"),
    (
        "strict-transport-security",
        "it would bind all sites of the domain",
    ),
    (
        "x-content-type-options",
        "the operator has it as nosniff for every site",
    ),
    (
        "x-robots-tag",
        "the operator has it as noindex for every site",
    ),
    ("x-sendfile", "a proxy in front would obey it"),
];

/// Prefixes of such names.
const REFUSED_PREFIXES: [(&str, &str); 3] = [
    ("x-accel-", "a proxy in front would obey it"),
    ("proxy-", "it is for proxies"),
    ("sec-", "it is the browser's to set"),
];

/// Why a site may not set a field. None: it may.
pub(super) fn refusal(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let whole = REFUSED.iter().find(|(refused, _)| *refused == name);
    let begun = REFUSED_PREFIXES
        .iter()
        .find(|(prefix, _)| name.starts_with(prefix));
    whole.or(begun).map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn what_reaches_beyond_a_site_is_refused_in_any_case() {
        for name in [
            "Set-Cookie",
            "X-ACCEL-Redirect",
            "x-sendfile",
            "Alt-Svc",
            "Strict-Transport-Security",
            "Service-Worker-Allowed",
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
        for name in [
            "X-Frame-Options",
            "Cache-Control",
            "Content-Security-Policy",
        ] {
            assert!(refusal(name).is_none(), "{name}");
        }
    }
}
