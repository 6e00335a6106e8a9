//! From a path as it is written in a rule to its [`Pattern`].

use crate::dialect::Dialect;
use crate::pattern::{End, Pattern, Piece, Splat};
use crate::problem::{RuleFile, Wrong};
use crate::url_path::{normal, push_encoded};

/// A pattern, and its placeholders' names in their order.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) pattern: Pattern,
    pub(crate) names: Vec<String>,
}

/// Reads the path of a rule.
///
/// # Errors
///
/// It isn't a path, or has what the dialect has and we don't.
pub(crate) fn parse(dialect: Dialect, file: RuleFile, text: &str) -> Result<Named, Wrong> {
    check(text)?;
    let named = match (dialect, file) {
        (Dialect::Netlify, RuleFile::Redirects) => netlify_redirect(text)?,
        (Dialect::Netlify, RuleFile::Headers) => netlify_fields(text)?,
        (Dialect::Cloudflare, _) => cloudflare(text)?,
    };
    for (index, name) in named.names.iter().enumerate() {
        let taken = named.names[..index].contains(name);
        if taken || (name == "splat" && named.pattern.splat != Splat::None) {
            let what = format!("two parts of the path are named :{name}");
            return Err(Wrong::new(what, "give each a name of its own"));
        }
    }
    Ok(named)
}

fn check(text: &str) -> Result<(), Wrong> {
    if text.contains("://") {
        return Err(Wrong::new(
            format!("{text} is for one host, and a server here has one site"),
            "write the path alone, such as /old",
        ));
    }
    if !text.starts_with('/') {
        return Err(Wrong::new(
            format!("{text} isn't a path"),
            format!("write /{text}"),
        ));
    }
    if text.contains(['?', '#']) {
        return Err(Wrong::new(
            format!("{text} has a query or a fragment, which no path has"),
            "write the path alone; in Netlify's _redirects a condition on the query is a word of its own, such as id=:id",
        ));
    }
    if text.bytes().filter(|&byte| byte == b'*').count() > 1 {
        return Err(Wrong::new(
            format!("{text} has more than one *"),
            "keep one, which stands for any text, slashes included",
        ));
    }
    Ok(())
}

/// Collects the pieces of a pattern.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    text: Vec<u8>,
    names: Vec<String>,
}

impl Pieces {
    /// A text, with what no client sends as it is percent-encoded.
    fn push_text(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte.is_ascii_graphic() {
                true => self.text.push(byte),
                false => push_encoded(&mut self.text, byte),
            }
        }
    }

    fn push_placeholder(&mut self, name: &str) {
        self.end_text();
        self.done.push(Piece::Placeholder);
        self.names.push(name.to_owned());
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn take(&mut self) -> Vec<Piece> {
        self.end_text();
        std::mem::take(&mut self.done)
    }
}

/// Netlify: placeholders and `*` are whole segments, `*` the last; a slash at the end
/// makes no difference.
fn netlify_redirect(text: &str) -> Result<Named, Wrong> {
    let mut pieces = Pieces::default();
    let trimmed = text.strip_suffix('/').unwrap_or(text);
    let segments = trimmed.strip_suffix("/*").unwrap_or(trimmed);
    let has_splat = segments.len() < trimmed.len();
    if segments.contains('*') {
        return Err(Wrong::new(
            format!("the * in {text} isn't the last segment"),
            format!(
                "write {}*",
                &text[..=text[..text.find('*').unwrap_or(0)].rfind('/').unwrap_or(0)]
            ),
        ));
    }
    for segment in segments.split('/').skip(1) {
        pieces.text.push(b'/');
        push_segment(&mut pieces, segment)?;
    }
    let mut head = pieces.take();
    if head.is_empty() && !has_splat {
        head.push(Piece::Text(b"/".to_vec()));
    }
    Ok(Named {
        pattern: Pattern {
            head,
            splat: if has_splat {
                Splat::Segments
            } else {
                Splat::None
            },
            tail: Vec::new(),
            end: if has_splat || text == "/" {
                End::Nothing
            } else {
                End::Slash
            },
        },
        names: pieces.names,
    })
}

/// A segment that is a placeholder, or a text.
fn push_segment(pieces: &mut Pieces, segment: &str) -> Result<(), Wrong> {
    match segment.strip_prefix(':') {
        None => pieces.push_text(segment),
        Some(name) if !name.is_empty() && name.bytes().all(is_word) => {
            pieces.push_placeholder(name);
        }
        Some(_) => {
            return Err(Wrong::new(
                format!("{segment} isn't a placeholder's name"),
                "a placeholder is a whole segment: a colon, letters, digits and underscores",
            ));
        }
    }
    Ok(())
}

/// Netlify: in any case of letters; `*` may be a part of a segment, and a segment that
/// is `*` may as well be absent; a slash at the end makes no difference.
fn netlify_fields(text: &str) -> Result<Named, Wrong> {
    let lower = text.to_ascii_lowercase();
    let mut pieces = Pieces::default();
    let mut head = None;
    let mut is_segment = false;
    for segment in lower.split('/').filter(|it| !it.is_empty()) {
        if segment == "*" {
            head = Some(pieces.take());
            is_segment = true;
            continue;
        }
        pieces.text.push(b'/');
        match segment.split_once('*') {
            None => push_segment(&mut pieces, segment)?,
            Some((before, after)) => {
                pieces.push_text(before);
                head = Some(pieces.take());
                pieces.push_text(after);
            }
        }
    }
    let last = pieces.take();
    let (mut head, splat, tail) = match head {
        // Netlify's expression lets `/a/*` be for `/ab`, too. We don't, as where a part
        // of a segment counts, no key leads to few rules.
        Some(head) if is_segment && last.is_empty() => (head, Splat::Segments, last),
        Some(head) => (head, Splat::Text, last),
        None => (last, Splat::None, Vec::new()),
    };
    let is_root = head.is_empty() && splat == Splat::None;
    if is_root {
        head.push(Piece::Text(b"/".to_vec()));
    }
    Ok(Named {
        pattern: Pattern {
            head,
            splat,
            tail,
            end: if is_root { End::Nothing } else { End::Slash },
        },
        names: pieces.names,
    })
}

/// Cloudflare: placeholders and `*` anywhere; a slash at the end makes a difference. A
/// segment has one of them here, where Cloudflare tries all ways to split it.
fn cloudflare(text: &str) -> Result<Named, Wrong> {
    let normal = normal(text.as_bytes());
    let text = String::from_utf8_lossy(&normal);
    let mut pieces = Pieces::default();
    let mut head = None;
    for segment in text.split('/').skip(1) {
        pieces.text.push(b'/');
        let mut gaps = 0;
        let mut rest = segment;
        while let Some(at) = rest.find(['*', ':']) {
            let (before, from) = rest.split_at(at);
            pieces.push_text(before);
            let name = placeholder(from);
            rest = &from[1 + name.len()..];
            match (from.starts_with('*'), name) {
                (true, _) => head = Some(pieces.take()),
                (false, "") => {
                    pieces.push_text(":");
                    continue;
                }
                (false, name) => pieces.push_placeholder(name),
            }
            gaps += 1;
        }
        if gaps > 1 {
            return Err(Wrong::new(
                format!("{segment} has more than one of * and placeholders"),
                "write one in each segment",
            ));
        }
        pieces.push_text(rest);
    }
    let last = pieces.take();
    let (head, splat, tail) = match head {
        Some(head) => (head, Splat::Text, last),
        None => (last, Splat::None, Vec::new()),
    };
    let names = pieces.names;
    Ok(Named {
        pattern: Pattern {
            head,
            splat,
            tail,
            end: End::Nothing,
        },
        names,
    })
}

/// The name of a placeholder that begins here: a letter, then letters, digits and
/// underscores. Empty if none does.
fn placeholder(text: &str) -> &str {
    let Some(name) = text.strip_prefix(':') else {
        return "";
    };
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return "";
    }
    let end = name.bytes().position(|byte| !is_word(byte));
    &name[..end.unwrap_or(name.len())]
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
