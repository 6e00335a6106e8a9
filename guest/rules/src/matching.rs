//! Matching a request with the parts of a site.

use crate::dialect::Dialect;
use crate::field_rule::{Applying, Fields, add_applying, merged};
use crate::parts::{DEEPEST, Kind, VERSION, asked, key, prefix};
use crate::redirect::{Decision, Seen, first_of};
use crate::url_path::{Look, canonical, normal};
use crate::wire::Reader;
use std::borrow::Cow;

/// How a host is asked for the part under a key.
pub type LookUp<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// The rules of a site, which a host keeps as parts by key.
///
/// ```
/// use wasm_host_rules::{Action, Dialect, Policy, Request, Rules, Site, Sources};
///
/// let sources = Sources { redirects: b"/blog/* /news/:splat 302\n", headers: b"" };
/// let rules = Rules::parse(Dialect::Netlify, &Policy::owner(), sources).unwrap();
/// let parts = rules.compile();
/// let host = |key: &[u8]| parts.get(key).cloned();
///
/// let site = Site::new(&host).unwrap();
/// let request = Request::of(b"/blog/2026/rust?x=1");
/// let decision = site.redirect(&request, &host).unwrap();
/// assert_eq!(decision.status, 302);
/// assert_eq!(decision.action, Action::Redirect(b"/news/2026/rust?x=1".to_vec()));
/// ```
#[derive(Debug)]
pub struct Site {
    dialect: Dialect,
    summary: Vec<u8>,
    forced: bool,
}

/// What a summary says of the redirects, or of the rules of fields.
#[derive(Clone, Copy)]
struct Index<'a> {
    exact: bool,
    depths: u8,
    /// The rules for paths of any beginning.
    rest: &'a [u8],
}

impl<'a> Index<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        Some(Self {
            exact: reader.byte()? == 1,
            depths: reader.byte()?,
            rest: reader.bytes()?,
        })
    }

    fn is_empty(self) -> bool {
        !self.exact && self.depths == 0
    }
}

impl Site {
    /// Asks for what there is. None: the host keeps no rules, or none that can be read.
    #[must_use]
    pub fn new(look_up: LookUp<'_>) -> Option<Self> {
        let summary = look_up(b"")?;
        let [VERSION, dialect, forced, ..] = summary[..] else {
            return None;
        };
        let dialect = match dialect {
            b'n' => Dialect::Netlify,
            b'c' => Dialect::Cloudflare,
            _ => return None,
        };
        Some(Self {
            dialect,
            summary,
            forced: forced == 1,
        })
    }

    /// Whose rules they are.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether a rule may have an answer even where the path leads to a file. If not,
    /// none has to be looked for where it does.
    #[must_use]
    pub fn may_force(&self) -> bool {
        self.forced
    }

    /// What a request is answered with: by the first rule that is for its path
    /// as it was sent, or in the usual spelling of the file that it means.
    #[must_use]
    pub fn redirect(&self, request: &Request, look_up: LookUp<'_>) -> Option<Decision> {
        let (index, _) = self.indexes()?;
        if index.is_empty() {
            return None;
        }
        let kinds = [Kind::RedirectsOf, Kind::RedirectsBeneath];
        let mut first: Option<(usize, Decision)> = None;
        for path in &request.paths {
            let query = &request.query;
            let seen = Seen { path, query };
            self.each_part(index, kinds, path, look_up, &mut |part| {
                if let Some(found) = first_of(part, seen)
                    && first.as_ref().is_none_or(|(order, _)| found.0 < *order)
                {
                    first = Some(found);
                }
            });
        }
        first.map(|(_, decision)| decision)
    }

    /// What the rules do to the fields of a request's response: all rules that are for the
    /// path as it was sent, or in its usual spelling.
    #[must_use]
    pub fn fields(&self, request: &Request, look_up: LookUp<'_>) -> Fields {
        let Some((_, index)) = self.indexes() else {
            return Fields::default();
        };
        if index.is_empty() {
            return Fields::default();
        }
        let kinds = [Kind::FieldsOf, Kind::FieldsBeneath];
        let mut all: Vec<Applying> = Vec::new();
        for path in &request.paths {
            let path = folded(self.dialect, path);
            let mut applying = Vec::new();
            self.each_part(index, kinds, &path, look_up, &mut |part| {
                add_applying(part, &path, &mut applying);
            });
            applying.retain(|rule| all.iter().all(|before| before.order != rule.order));
            all.append(&mut applying);
        }
        merged(self.dialect, all)
    }

    fn indexes(&self) -> Option<(Index<'_>, Index<'_>)> {
        let mut reader = Reader::new(self.summary.get(3..)?);
        Some((Index::read(&mut reader)?, Index::read(&mut reader)?))
    }

    /// Asks for each part that may have rules for a path.
    fn each_part(
        &self,
        index: Index<'_>,
        [exact, beneath]: [Kind; 2],
        path: &[u8],
        look_up: LookUp<'_>,
        take: &mut dyn FnMut(&[u8]),
    ) {
        if index.exact {
            let ignores_slash = self.dialect == Dialect::Netlify;
            if let Some(part) = look_up(&key(exact, asked(path, ignores_slash))) {
                take(&part);
            }
        }
        for depth in (1..=DEEPEST).filter(|depth| index.depths & 1 << depth != 0) {
            let Some(segments) = prefix(path, depth) else {
                break;
            };
            if let Some(part) = look_up(&key(beneath, segments)) {
                take(&part);
            }
        }
        take(index.rest);
    }
}

/// A request, as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The path, in the spellings that rules are asked about.
    pub(crate) paths: Vec<Vec<u8>>,
    pub(crate) query: Vec<u8>,
}

impl Request {
    /// Takes a target apart: a path with its query, as the client sent it.
    #[must_use]
    pub fn of(target: &[u8]) -> Self {
        let target = &target[..memchr::memchr(b'#', target).unwrap_or(target.len())];
        let end = memchr::memchr(b'?', target).unwrap_or(target.len());
        let path = &target[..end];
        let look = Look::at(path);
        let sent = match look.is_normal {
            true => path.to_vec(),
            false => normal(path),
        };
        let usual = (!look.is_canonical).then(|| canonical(path));
        let usual = usual.filter(|usual| *usual != sent);
        Self {
            paths: [Some(sent), usual].into_iter().flatten().collect(),
            query: target.get(end + 1..).unwrap_or_default().to_vec(),
        }
    }
}

/// A path as rules of fields are compared with it: Netlify's are for any case of its
/// letters.
pub(crate) fn folded(dialect: Dialect, path: &[u8]) -> Cow<'_, [u8]> {
    match dialect {
        Dialect::Netlify if path.iter().any(u8::is_ascii_uppercase) => {
            Cow::Owned(path.to_ascii_lowercase())
        }
        _ => Cow::Borrowed(path),
    }
}
