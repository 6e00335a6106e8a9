//! `wasm-host.toml`: what a site says of how it is to be served.

use super::fields::{protective_fields, refusal};
use super::problem::{Problem, Problems};
use super::{CONFIG_FILE, MAX_CONFIG};
use crate::limits::{Asked, Limits, SiteLimits};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use wasm_host_server::{
    Credential, FileName, Missing, RelativePath, ResponseField, ResponseOptions,
};

/// How a site is to be served.
///
/// ```
/// use wasm_host_preview::limits::Limits;
/// use wasm_host_preview::site::SiteConfig;
///
/// let config = SiteConfig::read("spa = true\n[limits]\nrequests = 50\n", &Limits::default())?;
/// assert_eq!(config.limits().requests, 50);
/// let wrong = SiteConfig::read("sap = true\n", &Limits::default()).unwrap_err();
/// assert!(wrong.to_string().starts_with("wasm-host.toml:1:1: unknown field `sap`"));
/// # Ok::<(), wasm_host_preview::site::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct SiteConfig {
    responses: ResponseOptions,
    limits: SiteLimits,
    asked: Asked,
    says_missing: bool,
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Written {
    index: Vec<Spanned<String>>,
    listing: bool,
    spa: Option<Spanned<bool>>,
    not_found: Option<Spanned<String>>,
    precompressed: bool,
    fields: BTreeMap<Spanned<String>, Spanned<String>>,
    limits: Option<Spanned<Asked>>,
}

impl SiteConfig {
    /// How a site is served that says nothing.
    #[must_use]
    pub fn usual(limits: &Limits) -> Self {
        let mut responses = ResponseOptions::default();
        responses.no_listing = true;
        Self {
            responses,
            limits: limits.usual,
            asked: Asked::default(),
            says_missing: false,
        }
    }

    /// Reads what a site says. `limits`: the operator's.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, each with its line and column; or the first, where
    /// it can't be read on.
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Problems> {
        if text.len() as u64 > MAX_CONFIG {
            let what = format!("it has more than {MAX_CONFIG} bytes");
            return Err(problem(text, 0, what).into());
        }
        let written: Written = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Problems::from(problem(text, at, error.message().trim()))
        })?;
        let mut config = Self::usual(limits);
        let mut problems = Vec::new();
        config.take(written, text, limits, &mut problems);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(Problems(problems))
        }
    }

    fn take(&mut self, written: Written, text: &str, limits: &Limits, problems: &mut Vec<Problem>) {
        let mut wrong = |at: usize, what: String| problems.push(problem(text, at, what));
        self.responses.no_listing = !written.listing;
        self.responses.precompressed = written.precompressed;
        for name in written.index {
            match name.get_ref().parse::<FileName>() {
                Ok(parsed) => self.responses.index.push(parsed),
                Err(error) => wrong(name.span().start, format!("index: {error}")),
            }
        }
        let spa = written.spa.as_ref().filter(|spa| *spa.get_ref());
        self.says_missing = spa.is_some() || written.not_found.is_some();
        match (spa, written.not_found) {
            (Some(_), Some(page)) => wrong(
                page.span().start,
                "spa has index.html sent for what isn't there; leave out one of the two".to_owned(),
            ),
            (Some(_), None) => self.responses.missing = Missing::SinglePage,
            (None, Some(page)) => match page.get_ref().parse::<RelativePath>() {
                Ok(parsed) => self.responses.missing = Missing::Page(parsed),
                Err(error) => wrong(page.span().start, format!("not-found: {error}")),
            },
            (None, None) => {}
        }
        for (name, value) in written.fields {
            if let Some(why) = refusal(name.get_ref()) {
                let name_of = name.get_ref();
                wrong(
                    name.span().start,
                    format!("{name_of} can't be set here: {why}"),
                );
                continue;
            }
            match format!("{}: {}", name.get_ref(), value.get_ref()).parse::<ResponseField>() {
                Ok(field) => self.responses.fields.push(field),
                Err(error) => wrong(name.span().start, error.to_string()),
            }
        }
        if let Some(asked) = written.limits {
            match limits.of_site(asked.get_ref()) {
                Ok(limits) => (self.limits, self.asked) = (limits, *asked.get_ref()),
                Err(error) => wrong(asked.span().start, error.to_string()),
            }
        }
    }

    /// What the site may have.
    #[must_use]
    pub fn limits(&self) -> &SiteLimits {
        &self.limits
    }

    /// What the site asks for.
    #[must_use]
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// How its responses are made: with the fields that every site has. `has_page`:
    /// whether there is a `404.html`, which is the page for what isn't there unless the
    /// site says otherwise. `login`: who may see it; none for everybody.
    #[must_use]
    pub fn responses(&self, has_page: bool, login: Option<Credential>) -> ResponseOptions {
        let mut responses = self.responses.clone();
        let own = protective_fields().map(|field| field.parse::<ResponseField>());
        responses.fields.extend(own.into_iter().flatten());
        if has_page
            && !self.says_missing
            && let Ok(page) = NOT_FOUND_PAGE.parse()
        {
            responses.missing = Missing::Page(page);
        }
        responses.auth.extend(login);
        responses
    }
}

/// The page for what isn't there, as Netlify, Cloudflare, GitHub and Vercel have it.
pub const NOT_FOUND_PAGE: &str = "404.html";

fn problem(text: &str, at: usize, what: impl Into<String>) -> Problem {
    Problem::at(CONFIG_FILE, text, at, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let read = SiteConfig::read(text, &Limits::default());
        read.expect_err(text).to_string()
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, said) in [
            ("spa = 1", "wasm-host.toml:1:7: "),
            (
                "spa = true\nspa = false",
                "wasm-host.toml:2:1: duplicate key",
            ),
            (
                "listing = true\nlisting2 = true",
                "wasm-host.toml:2:1: unknown field `listing2`",
            ),
            (
                "not-found = \"../x\"",
                "wasm-host.toml:1:13: not-found: give a path beneath",
            ),
            (
                "index = [\"a\", \"a/b\"]",
                "wasm-host.toml:1:15: index: give a file's name",
            ),
            (
                "spa = true\nnot-found = \"x\"",
                "wasm-host.toml:2:13: spa has index.html",
            ),
            (
                "[fields]\nSet-Cookie = \"a=b\"",
                "wasm-host.toml:2:1: Set-Cookie can't be set here",
            ),
            (
                "[fields]\n\"A b\" = \"c\"",
                "wasm-host.toml:2:1: give it as 'Name: value'",
            ),
            (
                "[fields]\nX-Y = \"a\\r\\nb\"",
                "wasm-host.toml:2:1: a field value has no",
            ),
            (
                "[limits]\nrequests = 999999999",
                "wasm-host.toml:1:1: requests = 999999999 is more",
            ),
            (
                "[limits]\nnothing = 1",
                "wasm-host.toml:2:1: unknown field `nothing`",
            ),
            ("= 1", "wasm-host.toml:1:1: "),
        ] {
            let what = wrong(text);
            assert!(what.starts_with(said), "{text:?}: {what}");
        }
        assert_eq!(
            wrong("index = [\"/\"]\n[fields]\nSet-Cookie = \"x\"")
                .lines()
                .count(),
            2
        );
    }

    #[test]
    fn each_site_has_what_protects_the_others() {
        let text = "[fields]\nCache-Control = \"max-age=1\"\n";
        let config = SiteConfig::read(text, &Limits::default()).expect("right");
        let fields = config.responses(false, None).fields;
        let fields: Vec<_> = fields.iter().map(ResponseField::as_str).collect();
        assert_eq!(fields[0], "Cache-Control: max-age=1");
        assert_eq!(fields[1..], protective_fields());
    }

    #[test]
    fn a_page_of_its_own_is_sent_unless_it_says_otherwise() {
        let missing = |text: &str, has_page| {
            let config = SiteConfig::read(text, &Limits::default()).expect("right");
            config.responses(has_page, None).missing
        };
        let page = |name: &str| Missing::Page(name.parse().expect("a path"));
        assert_eq!(missing("", false), Missing::NotFound);
        assert_eq!(missing("", true), page("404.html"));
        assert_eq!(missing("spa = true", true), Missing::SinglePage);
        assert_eq!(missing("spa = false", true), page("404.html"));
        assert_eq!(missing("not-found = \"a.html\"", true), page("a.html"));
    }
}
