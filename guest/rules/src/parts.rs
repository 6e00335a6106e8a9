//! From rules to the parts that a host keeps, each by a key.
//!
//! A request asks for the one with the empty key, which says what else there is to ask
//! for, and then for few others, however many rules there are:
//!
//! | key | what is in the part |
//! |---|---|
//! | nothing | the dialect, which of the others there are, and the rules for paths of any beginning |
//! | `=` and a path | the redirects for that path alone |
//! | `<` and the first segments of a path | other redirects for paths that begin so |
//! | `e` and a path | the rules of fields for that path alone |
//! | `f` and the first segments of a path | other rules of fields for paths that begin so |
//!
//! Each rule has its place among all with it, so that their order is kept across parts.

use crate::dialect::Dialect;
use crate::field_rule::FieldRule;
use crate::pattern::{End, Pattern, Splat};
use crate::redirect::Redirect;
use crate::wire::put_bytes;
use std::collections::BTreeMap;

/// Small texts by key, which mean something to [`Site`](crate::Site) alone.
pub type Parts = BTreeMap<Vec<u8>, Vec<u8>>;

/// The version of what is in the parts.
pub(crate) const VERSION: u8 = 1;

/// The most first segments that a key has.
pub(crate) const DEEPEST: usize = 7;

/// The first byte of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    RedirectsOf = b'=',
    RedirectsBeneath = b'<',
    FieldsOf = b'e',
    FieldsBeneath = b'f',
}

/// Which kinds of parts there are.
#[derive(Debug, Default)]
struct Index {
    exact: bool,
    /// A bit for each number of first segments.
    depths: u8,
    parts: Parts,
    /// What is for paths of any beginning.
    rest: Vec<u8>,
}

impl Index {
    fn add(&mut self, [exact, beneath]: [Kind; 2], pattern: &Pattern, encoded: &[u8]) {
        if pattern.is_text() {
            self.exact = true;
            let key = key(exact, exact_path(pattern));
            return put_bytes(self.parts.entry(key).or_default(), encoded);
        }
        let segments = first_segments(pattern);
        let depth = depth(segments);
        self.depths |= 1 << depth;
        let part = match depth {
            0 => &mut self.rest,
            _ => self.parts.entry(key(beneath, segments)).or_default(),
        };
        put_bytes(part, encoded);
    }

    fn put_summary(&self, summary: &mut Vec<u8>) {
        summary.extend_from_slice(&[u8::from(self.exact), self.depths]);
        put_bytes(summary, &self.rest);
    }
}

/// Puts each rule where a request that it may be for looks.
pub(crate) fn compile(
    dialect: Dialect,
    redirect_rules: &[Redirect],
    field_rules: &[FieldRule],
) -> Parts {
    let mut redirects = Index::default();
    let mut fields = Index::default();
    let mut encoded = Vec::new();
    for (order, rule) in redirect_rules.iter().enumerate() {
        encoded.clear();
        rule.encode(order, &mut encoded);
        let kinds = [Kind::RedirectsOf, Kind::RedirectsBeneath];
        redirects.add(kinds, &rule.pattern, &encoded);
    }
    for (order, rule) in field_rules.iter().enumerate() {
        encoded.clear();
        rule.encode(order, &mut encoded);
        let kinds = [Kind::FieldsOf, Kind::FieldsBeneath];
        fields.add(kinds, &rule.pattern, &encoded);
    }
    let dialect = match dialect {
        Dialect::Netlify => b'n',
        Dialect::Cloudflare => b'c',
    };
    let forced = redirect_rules.iter().any(|rule| rule.force);
    let mut summary = vec![VERSION, dialect, u8::from(forced)];
    redirects.put_summary(&mut summary);
    fields.put_summary(&mut summary);
    let mut parts = redirects.parts;
    parts.extend(fields.parts);
    parts.insert(Vec::new(), summary);
    parts
}

pub(crate) fn key(kind: Kind, path: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(path.len() + 1);
    key.push(kind as u8);
    key.extend_from_slice(path);
    key
}

/// The one path of a pattern, without the slash that may follow.
fn exact_path(pattern: &Pattern) -> &[u8] {
    asked(pattern.beginning(), pattern.end == End::Slash)
}

/// A path without the slash at its end, where that makes no difference.
pub(crate) fn asked(path: &[u8], ignores_slash: bool) -> &[u8] {
    match path.strip_suffix(b"/") {
        Some(shorter) if ignores_slash && !shorter.is_empty() => shorter,
        _ => path,
    }
}

/// The whole segments that all paths of a pattern begin with.
fn first_segments(pattern: &Pattern) -> &[u8] {
    let text = pattern.beginning();
    let is_whole = pattern.splat == Splat::Segments && pattern.head.len() == 1;
    let end = match is_whole {
        true => text.len(),
        false => memchr::memrchr(b'/', text).unwrap_or(0),
    };
    prefix(&text[..end], DEEPEST).unwrap_or(&text[..end])
}

fn depth(segments: &[u8]) -> usize {
    segments.iter().filter(|&&byte| byte == b'/').count()
}

/// The first segments of a path, so many of them, if it has as many.
pub(crate) fn prefix(path: &[u8], depth: usize) -> Option<&[u8]> {
    let mut slashes = memchr::memchr_iter(b'/', path);
    slashes.nth(depth.checked_sub(1)?)?;
    Some(&path[..slashes.next().unwrap_or(path.len())])
}
