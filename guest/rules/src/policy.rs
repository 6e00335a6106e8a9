//! Which fields a rule may set.

use crate::problem::Wrong;

/// What the server says itself of each message and its connection: said twice, a client
/// and a proxy could read it in two ways (RFC 9110 section 7.6.1, RFC 9112 section 11).
const OWN: [&str; 19] = [
    "Accept-Ranges",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Date",
    "ETag",
    "Keep-Alive",
    "Last-Modified",
    "Location",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "Server",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "WWW-Authenticate",
    "Status",
];

/// What is said to others than the client, who would obey: proxies in front, and
/// browsers that go to another server for the whole origin (RFC 7838), or forget the
/// cookies of the whole domain (Clear Site Data, section 3.1).
const OF_OTHERS: [&str; 4] = [
    "Alt-Svc",
    "Clear-Site-Data",
    "X-Sendfile",
    "X-Lighttpd-Send-File",
];

/// The beginnings of names that only proxies in front obey.
const OF_PROXIES: [&str; 3] = ["X-Accel-", "X-LiteSpeed-", "X-Reproxy-"];

/// What keeps a preview out of other sites and search engines.
const OF_PREVIEWS: [&str; 4] = [
    "X-Robots-Tag",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Cross-Origin-Resource-Policy",
];

/// Which fields rules may set, and how.
///
/// What no rule may set, whatever the policy: the server's own fields, those of the
/// connection, and what a proxy in front would obey.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Names of further fields that a rule can neither set nor remove, in any case of
    /// their letters.
    pub refused: Vec<String>,
    /// Whether `Content-Security-Policy` may name `frame-ancestors` other than `'self'`
    /// and `'none'`.
    pub foreign_frames: bool,
}

impl Policy {
    /// For rules of the server's owner: `wasm-host serve --rules`.
    #[must_use]
    pub fn owner() -> Self {
        Self {
            refused: Vec::new(),
            foreign_frames: true,
        }
    }

    /// For rules of others: what keeps previews out of search engines, and out of other
    /// sites' frames and pages, isn't theirs to loosen.
    #[must_use]
    pub fn previews() -> Self {
        Self {
            refused: OF_PREVIEWS.map(str::to_owned).to_vec(),
            foreign_frames: false,
        }
    }

    /// Whether a field may be set to a value.
    ///
    /// # Errors
    ///
    /// Why not, and what to do.
    ///
    /// ```
    /// use wasm_host_rules::Policy;
    ///
    /// assert!(Policy::previews().check("Cache-Control", "no-store").is_ok());
    /// let why = Policy::previews().check("Set-Cookie", "a=b; Domain=localhost");
    /// assert_eq!(
    ///     why.unwrap_err(),
    ///     "a cookie with Domain= goes to other sites, too; remove Domain="
    /// );
    /// ```
    pub fn check(&self, name: &str, value: &str) -> Result<(), String> {
        self.check_name(name)
            .and_then(|()| self.check_value(name, value))
            .map_err(|wrong| format!("{}; {}", wrong.what, wrong.instead))
    }

    /// Whether a site's own code may answer with a field: it says itself what is its
    /// answer's, and has to leave alone what others would obey than the site's visitors.
    ///
    /// ```
    /// use wasm_host_rules::Policy;
    ///
    /// let previews = Policy::previews();
    /// assert!(previews.admits("ETag", "\"1\""));
    /// assert!(!previews.admits("X-Accel-Redirect", "/other/site"));
    /// assert!(!previews.admits("Set-Cookie", "a=b; Domain=localhost"));
    /// ```
    #[must_use]
    pub fn admits(&self, name: &str, value: &str) -> bool {
        let is_refused = self.refused.iter().any(|it| it.eq_ignore_ascii_case(name));
        !is_refused && !is_of_others(name) && self.check_value(name, value).is_ok()
    }

    /// Whether a rule may set or remove a field.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), Wrong> {
        let among = |names: &[&str]| names.iter().any(|it| it.eq_ignore_ascii_case(name));
        // Netlify takes it for itself: here everybody would be sent the passwords.
        if name.eq_ignore_ascii_case("Basic-Auth") {
            let what = "Basic-Auth asks nobody for a password here";
            return Err(Wrong::new(
                what,
                "remove the line, and give the site a password by --auth",
            ));
        }
        let why = if among(&OWN) {
            "is the server's own to send"
        } else if is_of_others(name) {
            "would be obeyed by a proxy in front, or for other sites"
        } else if self.refused.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            "is the operator's to set"
        } else {
            return Ok(());
        };
        Err(Wrong::new(format!("{name} {why}"), "remove the line"))
    }

    /// Whether a rule may give a field this value.
    pub(crate) fn check_value(&self, name: &str, value: &str) -> Result<(), Wrong> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let has = |separator: char, wanted: &str| {
            value.split([separator, ',']).any(|part| {
                let word = part.split('=').next().unwrap_or_default();
                word.trim().eq_ignore_ascii_case(wanted)
            })
        };
        if is("Set-Cookie") && has(';', "domain") {
            let what = "a cookie with Domain= goes to other sites, too";
            return Err(Wrong::new(what, "remove Domain="));
        }
        if is("Strict-Transport-Security") && has(';', "includesubdomains") {
            let what = "includeSubDomains speaks for other sites";
            return Err(Wrong::new(what, "remove includeSubDomains"));
        }
        if is("Service-Worker-Allowed") && (!value.starts_with('/') || is_foreign(value)) {
            let what = "a service worker's scope is a path of this origin";
            return Err(Wrong::new(what, "write a path, such as /"));
        }
        let is_policy = is("Content-Security-Policy");
        if is_policy && !self.foreign_frames && !frames_are_own(value) {
            let what = "frame-ancestors would let other sites frame this one";
            return Err(Wrong::new(
                what,
                "write frame-ancestors 'self' or 'none', or leave it out",
            ));
        }
        Ok(())
    }
}

/// Whether others than the client would obey a field.
fn is_of_others(name: &str) -> bool {
    let begins = |beginning: &&str| {
        let start = name.get(..beginning.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(beginning))
    };
    OF_OTHERS.iter().any(|it| it.eq_ignore_ascii_case(name)) || OF_PROXIES.iter().any(begins)
}

/// Whether a browser takes a text that begins with a slash for another host's.
fn is_foreign(value: &str) -> bool {
    value.len() > 1 && matches!(value.as_bytes()[1], b'/' | b'\\')
}

/// Whether no `frame-ancestors` of a policy, or list of them, is wider than `'self'`.
fn frames_are_own(value: &str) -> bool {
    value.split([';', ',']).all(|directive| {
        let mut words = directive.split_ascii_whitespace();
        match words.next() {
            Some(name) if name.eq_ignore_ascii_case("frame-ancestors") => words.all(|word| {
                word.eq_ignore_ascii_case("'self'") || word.eq_ignore_ascii_case("'none'")
            }),
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_rule_may_set() {
        let owner = Policy::owner();
        for name in [
            "content-length",
            "Set-cookie2",
            "X-Accel-Redirect",
            "x-sendfile",
            "Alt-Svc",
        ] {
            let refused = owner.check_name(name).is_err();
            assert_eq!(refused, name != "Set-cookie2", "{name}");
        }
        for (name, value, allowed) in [
            ("Set-Cookie", "a=b; Path=/", true),
            ("Set-Cookie", "a=b; DOMAIN =x", false),
            ("set-cookie", "a=b;domain=x", false),
            ("Set-Cookie", "a=b, c=d; Domain=x", false),
            ("Set-Cookie", "domain=x", false),
            (
                "Strict-Transport-Security",
                "max-age=1; IncludeSubDomains",
                false,
            ),
            ("Strict-Transport-Security", "max-age=1", true),
            ("Service-Worker-Allowed", "/", true),
            ("Service-Worker-Allowed", "//x", false),
            ("Service-Worker-Allowed", "https://x/", false),
        ] {
            assert_eq!(
                owner.check_value(name, value).is_ok(),
                allowed,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn what_a_preview_may_not_loosen() {
        let previews = Policy::previews();
        assert!(previews.check_name("x-robots-tag").is_err());
        assert!(Policy::owner().check_name("x-robots-tag").is_ok());
        let name = "Content-Security-Policy";
        assert!(previews.check_value(name, "frame-ancestors *").is_err());
        assert!(
            previews
                .check_value(name, "default-src *, Frame-Ancestors x")
                .is_err()
        );
        assert!(
            previews
                .check_value(name, "img-src *; frame-ancestors 'self'")
                .is_ok()
        );
        assert!(
            Policy::owner()
                .check_value(name, "frame-ancestors *")
                .is_ok()
        );
    }
}
