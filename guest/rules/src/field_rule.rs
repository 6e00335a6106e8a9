//! A rule of `_headers`.

use crate::dialect::Dialect;
use crate::pattern::{Captures, EncodedPattern, Pattern};
use crate::target::{Template, filled};
use crate::url_path::push_encoded;
use crate::wire::{Reader, put_bytes, put_number};

/// A rule of `_headers`, as it was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldRule {
    pub(crate) line: usize,
    pub(crate) pattern: Pattern,
    /// Names of fields that are removed.
    pub(crate) removed: Vec<String>,
    pub(crate) set: Vec<(String, Template)>,
}

/// What the rules that are for a path do to the fields of its response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Names of fields that the response hasn't, whoever else has set them.
    pub removed: Vec<Vec<u8>>,
    /// Fields that the response has, in place of others of the same names: tokens as
    /// names, and values of visible ASCII, spaces and tabs.
    pub set: Vec<(Vec<u8>, Vec<u8>)>,
}

impl FieldRule {
    /// Appends the rule; `order` is its place among all rules.
    pub(crate) fn encode(&self, order: usize, out: &mut Vec<u8>) {
        put_bytes(out, self.pattern.beginning());
        put_number(out, order);
        self.pattern.encode(out);
        put_number(out, self.removed.len());
        for name in &self.removed {
            put_bytes(out, name.as_bytes());
        }
        put_number(out, self.set.len());
        for (name, value) in &self.set {
            put_bytes(out, name.as_bytes());
            value.encode(out);
        }
    }
}

/// A rule of a part that is for a path.
#[derive(Debug)]
pub(crate) struct Applying {
    pub(crate) order: usize,
    removed: Vec<Vec<u8>>,
    set: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Adds the rules of a part that are for a path. What can't be read ends the part.
pub(crate) fn add_applying(part: &[u8], path: &[u8], applying: &mut Vec<Applying>) -> Option<()> {
    let mut rules = Reader::new(part);
    while !rules.is_empty() {
        let mut rule = rules.nested()?;
        if !path.starts_with(rule.bytes()?) {
            continue;
        }
        let order = rule.number()?;
        let pattern = EncodedPattern::read(&mut rule)?;
        if let Some(captures) = pattern.captures(path) {
            applying.push(read(order, &mut rule, &captures)?);
        }
    }
    Some(())
}

fn read(order: usize, rule: &mut Reader<'_>, captures: &Captures<'_>) -> Option<Applying> {
    let mut removed = Vec::new();
    for _ in 0..rule.number()? {
        removed.push(rule.bytes()?.to_vec());
    }
    let mut set = Vec::new();
    for _ in 0..rule.number()? {
        let name = rule.bytes()?.to_vec();
        set.push((name, printable(&filled(rule, captures, &[])?)));
    }
    Some(Applying {
        order,
        removed,
        set,
    })
}

/// What a client chose must not end the field (RFC 9110 section 5.5).
fn printable(value: &[u8]) -> Vec<u8> {
    let mut printable = Vec::with_capacity(value.len());
    for &byte in value {
        match byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t') {
            true => printable.push(byte),
            false => push_encoded(&mut printable, byte),
        }
    }
    printable
}

/// Puts together what rules say, in their order.
///
/// Netlify: of a field that several rules set, the last rule's is sent. Cloudflare: all
/// are, joined, and `! Name` removes what was there before.
pub(crate) fn merged(dialect: Dialect, mut applying: Vec<Applying>) -> Fields {
    applying.sort_by_key(|rule| rule.order);
    let mut fields = Fields::default();
    for rule in applying {
        for name in rule.removed {
            fields
                .set
                .retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
            fields.removed.push(name);
        }
        if dialect == Dialect::Netlify {
            let again = |name: &[u8]| rule.set.iter().any(|(it, _)| it.eq_ignore_ascii_case(name));
            fields.set.retain(|(name, _)| !again(name));
            fields.set.extend(rule.set);
            continue;
        }
        for (name, value) in rule.set {
            // Cookies can't be joined (RFC 9110 section 5.3).
            let joined = !name.eq_ignore_ascii_case(b"Set-Cookie");
            let same = |(other, _): &&mut (Vec<u8>, Vec<u8>)| other.eq_ignore_ascii_case(&name);
            match fields.set.iter_mut().find(same) {
                Some((_, before)) if joined => {
                    before.extend_from_slice(b", ");
                    before.extend_from_slice(&value);
                }
                _ => fields.set.push((name, value)),
            }
        }
    }
    fields
}
