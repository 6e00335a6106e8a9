//! Matching a request with the parts of a site.

use crate::dialect::Dialect;
use crate::field_rule::{Applying, Fields, add_applying, merged};
use crate::parts::{DEEPEST, Kind, VERSION, asked, key, prefix};
use crate::redirect::{Decision, Seen, first_of};
use crate::url_path::{canonical, is_canonical, is_normal, normal};
use crate::wire::Reader;

/// How a host is asked for the part under a key.
pub type LookUp<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// The rules of a site, which a host keeps as parts by key.
///
/// ```
/// use wasm_host_rules::{Action, Dialect, Policy, Rules, Site, Sources};
///
/// let sources = Sources { redirects: b"/blog/* /news/:splat 302\n", headers: b"" };
/// let rules = Rules::parse(Dialect::Netlify, &Policy::owner(), sources).unwrap();
/// let parts = rules.compile();
/// let host = |key: &[u8]| parts.get(key).cloned();
///
/// let site = Site::new(&host).unwrap();
/// let decision = site.redirect(b"/blog/2026/rust?x=1", &host).unwrap();
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

    /// What a request's target is answered with: by the first rule that is for its path
    /// as it was sent, or in the usual spelling of the file that it means.
    ///
    /// `target` is a path with its query, as the client sent it.
    #[must_use]
    pub fn redirect(&self, target: &[u8], look_up: LookUp<'_>) -> Option<Decision> {
        let (index, _) = self.indexes()?;
        if index.is_empty() {
            return None;
        }
        let (paths, query) = spellings(target);
        let kinds = [Kind::RedirectsOf, Kind::RedirectsBeneath];
        let mut first: Option<(usize, Decision)> = None;
        for path in &paths {
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

    /// What the rules do to the fields of a target's response: all rules that are for the
    /// path as it was sent, or in its usual spelling.
    ///
    /// `target` is a path with its query, as the client sent it.
    #[must_use]
    pub fn fields(&self, target: &[u8], look_up: LookUp<'_>) -> Fields {
        let Some((_, index)) = self.indexes() else {
            return Fields::default();
        };
        if index.is_empty() {
            return Fields::default();
        }
        let (paths, _) = spellings(target);
        let kinds = [Kind::FieldsOf, Kind::FieldsBeneath];
        let mut all: Vec<Applying> = Vec::new();
        for mut path in paths {
            fold(self.dialect, &mut path);
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

/// A target's path, in the spellings that rules are asked about, and its query.
pub(crate) fn spellings(target: &[u8]) -> (Vec<Vec<u8>>, &[u8]) {
    let target = &target[..memchr::memchr(b'#', target).unwrap_or(target.len())];
    let end = memchr::memchr(b'?', target);
    let path = &target[..end.unwrap_or(target.len())];
    let query = end.map_or(&b""[..], |end| &target[end + 1..]);
    let sent = match is_normal(path) {
        true => path.to_vec(),
        false => normal(path),
    };
    let mut paths = vec![sent];
    if !is_canonical(path) {
        let canonical = canonical(path);
        if canonical != paths[0] {
            paths.push(canonical);
        }
    }
    (paths, query)
}

/// Netlify's rules of fields are for paths in any case of their letters.
pub(crate) fn fold(dialect: Dialect, path: &mut [u8]) {
    if dialect == Dialect::Netlify {
        path.make_ascii_lowercase();
    }
}
