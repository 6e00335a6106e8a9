//! Whose rules they are, and how many of them there may be.

/// Whose `_redirects` and `_headers` they are: who is asked what a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Netlify's.
    Netlify,
    /// That of Cloudflare Workers' static assets (`wrangler dev`). Cloudflare Pages
    /// has another.
    Cloudflare,
}

impl Dialect {
    /// Its name, as an option has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Netlify => "netlify",
            Self::Cloudflare => "cloudflare",
        }
    }

    /// The statuses that a line of `_redirects` may have.
    pub(crate) fn statuses(self) -> &'static [u16] {
        match self {
            Self::Netlify => &[200, 301, 302, 303, 307, 308, 404, 410],
            Self::Cloudflare => &[200, 301, 302, 303, 307, 308],
        }
    }

    /// The status of a line that has none.
    pub(crate) fn default_status(self) -> u16 {
        match self {
            Self::Netlify => 301,
            Self::Cloudflare => 302,
        }
    }

    /// The most bytes of a line.
    pub(crate) fn longest_line(self) -> usize {
        match self {
            Self::Netlify => 8192,
            Self::Cloudflare => 2000,
        }
    }

    /// The most rules of `_redirects`: without `*` and placeholders, and with them.
    /// Netlify names no number.
    pub(crate) fn most_redirects(self) -> (usize, usize) {
        match self {
            Self::Netlify => (10_000, 10_000),
            Self::Cloudflare => (2000, 100),
        }
    }

    /// The most rules of `_headers`. Netlify names no number.
    pub(crate) fn most_field_rules(self) -> usize {
        match self {
            Self::Netlify => 10_000,
            Self::Cloudflare => 100,
        }
    }
}
