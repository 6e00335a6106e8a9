//! A rule of `_redirects`.

use crate::pattern::{EncodedPattern, Pattern};
use crate::query::{Condition, meets};
use crate::target::{Template, filled, location, rewritten, without_doubled_slashes};
use crate::wire::{Reader, put_bytes, put_number};

/// A rule of `_redirects`, as it was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirect {
    pub(crate) line: usize,
    pub(crate) pattern: Pattern,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) target: Template,
    pub(crate) status: u16,
    pub(crate) force: bool,
    /// Whether each run of slashes in what the target comes to is one.
    pub(crate) single_slashes: bool,
    /// The rule isn't for paths that begin so, as it would send them round in circles.
    /// Empty: for all.
    pub(crate) guard: Vec<u8>,
}

/// What is to be done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether that is so even where the request's path leads to a file.
    pub force: bool,
    /// The response's status.
    pub status: u16,
    /// What is sent.
    pub action: Action,
}

/// What is sent in place of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing, and this `Location`: visible ASCII, which is a path with one slash in
    /// front unless the rule itself names a host.
    Redirect(Vec<u8>),
    /// The file of this path: percent-encoded, with one slash in front, without dot
    /// segments.
    Rewrite(Vec<u8>),
}

impl Redirect {
    /// Appends the rule; `order` is its place among all rules.
    pub(crate) fn encode(&self, order: usize, out: &mut Vec<u8>) {
        put_bytes(out, self.pattern.beginning());
        put_number(out, order);
        put_number(out, usize::from(self.status));
        out.push(u8::from(self.force) | u8::from(self.single_slashes) << 1);
        self.pattern.encode(out);
        put_bytes(out, &self.guard);
        put_number(out, self.conditions.len());
        for condition in &self.conditions {
            condition.encode(out);
        }
        self.target.encode(out);
    }
}

/// A request, as rules see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) path: &'a [u8],
    pub(crate) query: &'a [u8],
}

/// The first rule of a part that is for a request, with its place among all. None if
/// there is none, or it can't be read.
pub(crate) fn first_of(part: &[u8], seen: Seen<'_>) -> Option<(usize, Decision)> {
    let mut rules = Reader::new(part);
    while !rules.is_empty() {
        let mut rule = rules.nested()?;
        if !seen.path.starts_with(rule.bytes()?) {
            continue;
        }
        let order = rule.number()?;
        if let Some(decision) = decide(&mut rule, seen)? {
            return Some((order, decision));
        }
    }
    None
}

/// What a rule says to a request. The outer none: it can't be read.
fn decide(rule: &mut Reader<'_>, seen: Seen<'_>) -> Option<Option<Decision>> {
    let status = u16::try_from(rule.number()?).ok()?;
    let flags = rule.byte()?;
    let pattern = EncodedPattern::read(rule)?;
    let guard = rule.bytes()?;
    let Some(captures) = pattern.captures(seen.path) else {
        return Some(None);
    };
    if !guard.is_empty() && seen.path.starts_with(guard) {
        return Some(None);
    }
    let mut queries = Vec::new();
    for _ in 0..rule.number()? {
        if !meets(rule, seen.query, &mut queries)? {
            return Some(None);
        }
    }
    let mut text = filled(rule, &captures, &queries)?;
    if flags & 2 != 0 {
        text = without_doubled_slashes(text);
    }
    let action = match status {
        300..400 => Action::Redirect(location(&text, seen.query)),
        200 | 404 | 410 => Action::Rewrite(rewritten(&text)),
        _ => return None,
    };
    Some(Some(Decision {
        force: flags & 1 != 0,
        status,
        action,
    }))
}
