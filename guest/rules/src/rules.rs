//! All rules of a site, checked.

use crate::dialect::Dialect;
use crate::field_lines::field_rules;
use crate::field_rule::{FieldRule, Fields, add_applying, merged};
use crate::matching::{Request, folded};
use crate::parts::{Parts, compile};
use crate::policy::Policy;
use crate::problem::Problem;
use crate::redirect::{Decision, Redirect, Seen, first_of};
use crate::redirect_lines::redirects;
use crate::wire::put_bytes;

/// What the two files of a site say. A file that isn't there is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sources<'a> {
    /// The content of `_redirects`.
    pub redirects: &'a [u8],
    /// The content of `_headers`.
    pub headers: &'a [u8],
}

/// All rules of a site, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    pub(crate) dialect: Dialect,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) fields: Vec<FieldRule>,
}

impl Rules {
    /// Reads and checks the files of a site.
    ///
    /// # Errors
    ///
    /// All lines that can't be obeyed, in order. No rule is dropped in silence: one bad
    /// line, and there are no rules.
    ///
    /// ```
    /// use wasm_host_rules::{Dialect, Policy, Rules, Sources};
    ///
    /// let headers = b"/*\n  X-Frame-Options: DENY\n  Content-Length: 1\n";
    /// let sources = Sources { redirects: b"/old /new 302\n", headers };
    /// let problems = Rules::parse(Dialect::Netlify, &Policy::owner(), sources).unwrap_err();
    /// assert_eq!(
    ///     problems[0].to_string(),
    ///     "_headers:3: Content-Length is the server's own to send; remove the line"
    /// );
    /// ```
    pub fn parse(
        dialect: Dialect,
        policy: &Policy,
        sources: Sources<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let redirects = redirects(dialect, sources.redirects, &mut problems);
        let first_of_headers = problems.len();
        let fields = field_rules(dialect, policy, sources.headers, &mut problems);
        problems[..first_of_headers].sort_by_key(|problem| problem.line);
        problems[first_of_headers..].sort_by_key(|problem| problem.line);
        match problems.is_empty() {
            true => Ok(Self {
                dialect,
                redirects,
                fields,
            }),
            false => Err(problems),
        }
    }

    /// How many there are, in both files together.
    #[must_use]
    pub fn count(&self) -> usize {
        self.redirects.len() + self.fields.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.redirects.is_empty() && self.fields.is_empty()
    }

    /// The parts that a host keeps for the guest: see [`Site`](crate::Site).
    #[must_use]
    pub fn compile(&self) -> Parts {
        compile(self.dialect, &self.redirects, &self.fields)
    }

    /// What a request is answered with, looked for among all rules, one after
    /// the other. What [`Site::redirect`](crate::Site::redirect) finds by the parts is the same: this
    /// is what that is tested against.
    #[must_use]
    pub fn redirect(&self, request: &Request) -> Option<Decision> {
        self.redirects.iter().find_map(|rule| {
            let mut part = Vec::new();
            let mut encoded = Vec::new();
            rule.encode(0, &mut encoded);
            put_bytes(&mut part, &encoded);
            request.paths.iter().find_map(|path| {
                let query = &request.query;
                let seen = Seen { path, query };
                first_of(&part, seen).map(|(_, decision)| decision)
            })
        })
    }

    /// What the rules do to the fields of a request's response, as
    /// [`redirect`](Self::redirect) says of its answer.
    #[must_use]
    pub fn fields(&self, request: &Request) -> Fields {
        let mut applying = Vec::new();
        for (order, rule) in self.fields.iter().enumerate() {
            let mut part = Vec::new();
            let mut encoded = Vec::new();
            rule.encode(order, &mut encoded);
            put_bytes(&mut part, &encoded);
            for path in &request.paths {
                let path = folded(self.dialect, path);
                let before = applying.len();
                add_applying(&part, &path, &mut applying);
                if applying.len() > before {
                    break;
                }
            }
        }
        merged(self.dialect, applying)
    }
}
