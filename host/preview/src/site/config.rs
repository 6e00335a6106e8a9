//! `wasm-host.toml`: what a site says of how it is to be served.

use super::problem::{Placed, Problem, Problems};
use super::rules::{self, RuleDialect};
use super::variables::Variables;
use super::{CONFIG_FILE, MAX_CONFIG};
use crate::limits::{Asked, Limits, SiteLimits};
use crate::names::VariableName;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use wasm_host_rules::{Policy, Sources};
use wasm_host_server::{
    Credential, FileName, Missing, OutboundTarget, RelativePath, ResponseField, ResponseOptions,
};

/// What the operator adds to every response of a site: it is nobody's to find by a search
/// engine, to guess the types of, to embed elsewhere.
pub(crate) const PROTECTIVE: [&str; 4] = [
    "X-Robots-Tag: noindex",
    "X-Content-Type-Options: nosniff",
    "Cross-Origin-Resource-Policy: same-origin",
    "Content-Security-Policy: frame-ancestors 'self'",
];

/// The files of a deploy that say how it is served; what isn't there is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct SiteFiles<'a> {
    /// `wasm-host.toml`.
    pub config: &'a [u8],
    /// `_redirects` and `_headers`.
    pub rules: Sources<'a>,
}

/// How a site is to be served.
///
/// ```
/// use wasm_host_preview::limits::Limits;
/// use wasm_host_preview::site::{SiteConfig, SiteFiles};
///
/// let read = |text: &str| {
///     let files = SiteFiles { config: text.as_bytes(), ..SiteFiles::default() };
///     SiteConfig::read(&files, &Limits::default())
/// };
/// assert_eq!(read("spa = true\n[limits]\nrequests = 50\n")?.limits().requests, 50);
/// let wrong = read("sap = true\n").unwrap_err();
/// assert!(wrong.to_string().starts_with("wasm-host.toml:1:1: unknown field `sap`"));
/// # Ok::<(), wasm_host_preview::site::Problems>(())
/// ```
#[derive(Debug, Clone)]
pub struct SiteConfig {
    responses: ResponseOptions,
    limits: SiteLimits,
    asked: Asked,
    variables: Variables,
    outbound: Vec<Placed<OutboundTarget>>,
    secrets: Vec<Placed<VariableName>>,
    keeps_values: bool,
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
    clean_urls: bool,
    rules: RuleDialect,
    fields: BTreeMap<Spanned<String>, Spanned<String>>,
    limits: Option<Spanned<Asked>>,
    env: BTreeMap<Spanned<String>, Spanned<String>>,
    outbound: Vec<Spanned<String>>,
    secrets: Vec<Spanned<String>>,
    keyvalue: bool,
}

impl SiteConfig {
    /// How a site is served that says nothing.
    #[must_use]
    pub fn usual(limits: &Limits) -> Self {
        let mut responses = ResponseOptions::default();
        responses.no_listing = true;
        responses.missing = Missing::NearestPage;
        Self {
            responses,
            limits: limits.usual,
            asked: Asked::default(),
            variables: Variables::default(),
            outbound: Vec::new(),
            secrets: Vec::new(),
            keeps_values: false,
        }
    }

    /// Reads what a site says. `limits`: the operator's.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, each with its line and column; or the first, where
    /// it can't be read on.
    pub fn read(files: &SiteFiles<'_>, limits: &Limits) -> Result<Self, Problems> {
        let text = text(files.config)?;
        let written: Written = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Problems::from(problem(text, at, error.message().trim()))
        })?;
        let mut config = Self::usual(limits);
        let mut problems = Vec::new();
        let dialect = written.rules;
        config.take(written, text, limits, &mut problems);
        match rules::compile(dialect, files.rules, &config.limits) {
            Ok(parts) => config.responses.rules = Some(parts),
            Err(wrong) => problems.extend(wrong.0),
        }
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
        self.responses.clean_urls = written.clean_urls;
        self.keeps_values = written.keyvalue;
        for name in written.index {
            match name.get_ref().parse::<FileName>() {
                Ok(parsed) => self.responses.index.push(parsed),
                Err(error) => wrong(name.span().start, format!("index: {error}")),
            }
        }
        let spa = written.spa.as_ref().filter(|spa| *spa.get_ref());
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
            if let Err(why) = Policy::previews().check(name.get_ref(), value.get_ref()) {
                wrong(name.span().start, why);
                continue;
            }
            match format!("{}: {}", name.get_ref(), value.get_ref()).parse::<ResponseField>() {
                Ok(field) => self.responses.fields.push(field),
                Err(error) => wrong(name.span().start, error.to_string()),
            }
        }
        for (name, value) in written.env {
            if let Err(why) = self.variables.add(name.get_ref(), value.get_ref()) {
                wrong(name.span().start, why);
            }
        }
        for target in written.outbound {
            match target.get_ref().parse::<OutboundTarget>() {
                Ok(parsed) => self.outbound.push(placed(parsed, text, &target)),
                Err(error) => wrong(target.span().start, format!("outbound: {error}")),
            }
        }
        for name in written.secrets {
            match VariableName::new(name.get_ref().as_str()) {
                Ok(parsed) if self.variables.has(&parsed) => {
                    let what = format!("secrets: {parsed} is in [env] already; leave out one");
                    wrong(name.span().start, what);
                }
                Ok(parsed) => self.secrets.push(placed(parsed, text, &name)),
                Err(error) => wrong(name.span().start, format!("secrets: {error}")),
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

    /// The variables that its code finds in its environment: names and values.
    #[must_use]
    pub fn environment(&self) -> &[(String, String)] {
        &self.variables.0
    }

    /// Where its code wants to send requests to.
    #[must_use]
    pub fn outbound(&self) -> &[Placed<OutboundTarget>] {
        &self.outbound
    }

    /// Which of its project's secrets its code wants.
    #[must_use]
    pub fn secrets(&self) -> &[Placed<VariableName>] {
        &self.secrets
    }

    /// Whether its code keeps values by `wasi:keyvalue`.
    #[must_use]
    pub fn keeps_values(&self) -> bool {
        self.keeps_values
    }

    /// How its responses are made: with the fields that every site has. `login`: who may
    /// see it; none for everybody.
    #[must_use]
    pub fn responses(&self, login: Option<Credential>) -> ResponseOptions {
        let mut responses = self.responses.clone();
        let own = PROTECTIVE.map(str::parse::<ResponseField>);
        responses.fields.extend(own.into_iter().flatten());
        responses.auth.extend(login);
        responses
    }
}

fn placed<T>(value: T, text: &str, written: &Spanned<String>) -> Placed<T> {
    Placed::new(value, CONFIG_FILE, text, written.span().start)
}

/// What is in the file, if it is text.
fn text(content: &[u8]) -> Result<&str, Problems> {
    if content.len() as u64 > MAX_CONFIG {
        let what = format!("it has more than {MAX_CONFIG} bytes");
        return Err(problem("", 0, what).into());
    }
    std::str::from_utf8(content).map_err(|error| {
        let before = String::from_utf8_lossy(&content[..error.valid_up_to()]);
        let what = "this isn't UTF-8; save the file as that";
        problem(&before, before.len(), what).into()
    })
}

fn problem(text: &str, at: usize, what: impl Into<String>) -> Problem {
    Problem::at(CONFIG_FILE, text, at, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SiteConfig, Problems> {
        let config = text.as_bytes();
        let files = SiteFiles {
            config,
            ..SiteFiles::default()
        };
        SiteConfig::read(&files, &Limits::default())
    }

    fn wrong(text: &str) -> String {
        read(text).expect_err(text).to_string()
    }

    #[test]
    fn rules_are_read_with_the_rest() {
        let read = |config: &'static str, redirects: &'static str| {
            let files = SiteFiles {
                config: config.as_bytes(),
                rules: Sources {
                    redirects: redirects.as_bytes(),
                    headers: b"/*\n  X-Robots-Tag: all\n",
                },
            };
            SiteConfig::read(&files, &Limits::default())
        };
        let wrong = read("spa = 1", "/a\n").expect_err("wrong");
        assert_eq!(wrong.0.len(), 1, "{wrong}");
        let wrong = read("listing = true", "/a\n").expect_err("wrong");
        let lines: Vec<_> = wrong.0.iter().map(ToString::to_string).collect();
        assert!(lines[0].starts_with("_redirects:1: "), "{lines:?}");
        assert!(lines[1].starts_with("_headers:2: X-Robots-Tag is the operator's"));
        let few = "[limits]\nrules = 1\n";
        let files = SiteFiles {
            config: few.as_bytes(),
            rules: Sources {
                redirects: b"/a /b\n/c /d\n",
                headers: b"",
            },
        };
        let wrong = SiteConfig::read(&files, &Limits::default()).expect_err("wrong");
        assert!(
            wrong.to_string().contains("2 rules, 1 is the most"),
            "{wrong}"
        );
    }

    #[test]
    fn what_is_no_text_is_said_where() {
        let files = SiteFiles {
            config: b"# \xc3\xa9\n# \xff",
            ..SiteFiles::default()
        };
        let wrong = SiteConfig::read(&files, &Limits::default()).expect_err("wrong");
        assert!(
            wrong.to_string().starts_with("wasm-host.toml:2:3: "),
            "{wrong}"
        );
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
                "[fields]\nSet-Cookie = \"a=b; Domain=x\"",
                "wasm-host.toml:2:1: a cookie with Domain=",
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
            (
                "[env]\nA = \"b\"\n\"A B\" = \"c\"",
                "wasm-host.toml:3:1: env: \"A B\" is no name",
            ),
            ("[env]\nA = 1", "wasm-host.toml:2:5: "),
            (
                "outbound = [\"a.example\", \"https://b.example\"]",
                "wasm-host.toml:1:26: outbound: \"https://b.example\" is not a host",
            ),
            (
                "secrets = [\"A\", \"B\"]\n[env]\nB = \"c\"",
                "wasm-host.toml:1:17: secrets: B is in [env] already",
            ),
            (
                "secrets = [\"a-b\"]",
                "wasm-host.toml:1:12: secrets: \"a-b\" is no name",
            ),
            ("= 1", "wasm-host.toml:1:1: "),
        ] {
            let what = wrong(text);
            assert!(what.starts_with(said), "{text:?}: {what}");
        }
        assert_eq!(
            wrong("index = [\"/\"]\n[fields]\nX-Sendfile = \"x\"")
                .lines()
                .count(),
            2
        );
    }

    #[test]
    fn each_site_has_what_protects_the_others() {
        let text = "[fields]\nCache-Control = \"max-age=1\"\n";
        let config = read(text).expect("right");
        let fields = config.responses(None).fields;
        let fields: Vec<_> = fields.iter().map(ResponseField::as_str).collect();
        assert_eq!(fields[0], "Cache-Control: max-age=1");
        assert_eq!(fields[1..], PROTECTIVE);
    }

    #[test]
    fn the_nearest_page_is_sent_for_what_is_not_there_unless_it_says_otherwise() {
        let missing = |text: &str| read(text).expect("right").responses(None).missing;
        assert_eq!(missing(""), Missing::NearestPage);
        assert_eq!(missing("spa = false"), Missing::NearestPage);
        assert_eq!(missing("spa = true"), Missing::SinglePage);
        let page = Missing::Page("a.html".parse().expect("a path"));
        assert_eq!(missing("not-found = \"a.html\""), page);
    }
}
