//! From a target, or a field's value, as it is written in a rule to its [`Template`].

use crate::pattern_text::is_word;
use crate::problem::Wrong;
use crate::target::{Gap, Template};

/// What a target can name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) splat: bool,
    pub(crate) placeholders: &'a [String],
    pub(crate) queries: &'a [String],
}

impl Names<'_> {
    /// What a name stands for.
    fn gap(self, name: &str) -> Option<Gap> {
        let among = |names: &[String]| names.iter().position(|it| it == name);
        if name == "splat" && self.splat {
            return Some(Gap::Splat);
        }
        let placeholder = among(self.placeholders).map(Gap::Placeholder);
        placeholder.or_else(|| among(self.queries).map(Gap::Query))
    }

    /// Whether a known name is the beginning of another: the peers then fill in a part.
    fn has_beginning_of(self, name: &str) -> bool {
        let mut known = self.placeholders.iter().chain(self.queries);
        known.any(|known| name.starts_with(known.as_str()))
            || (self.splat && name.starts_with("splat"))
    }
}

/// Reads a text in which `:name` stands for what the request has.
///
/// # Errors
///
/// It names what the rule doesn't have, or the client would choose the host.
pub(crate) fn template(text: &str, names: Names<'_>) -> Result<Template, Wrong> {
    let mut gaps = Vec::new();
    let mut pending = String::new();
    let authority = authority(text);
    let mut at = 0;
    while let Some(found) = text[at..].find(':') {
        let colon = at + found;
        pending.push_str(&text[at..colon]);
        let word = &text[colon + 1..];
        let length = word.bytes().position(|byte| !is_word(byte));
        let word = &word[..length.unwrap_or(word.len())];
        at = colon + 1 + word.len();
        match names.gap(word) {
            Some(_) if authority.contains(&colon) => {
                let what = format!("by :{word} in the host's name, a visitor would choose it");
                return Err(Wrong::new(
                    what,
                    "write the host, and :splat or a placeholder behind it",
                ));
            }
            Some(gap) => {
                if !pending.is_empty() {
                    gaps.push(Gap::Text(std::mem::take(&mut pending).into_bytes()));
                }
                gaps.push(gap);
            }
            None => {
                check_unknown(text, colon, word, names)?;
                pending.push(':');
                pending.push_str(word);
            }
        }
    }
    pending.push_str(&text[at..]);
    if !pending.is_empty() {
        gaps.push(Gap::Text(pending.into_bytes()));
    }
    Ok(Template(gaps))
}

/// A colon that names nothing is a colon, but where it looks like a name.
fn check_unknown(text: &str, colon: usize, word: &str, names: Names<'_>) -> Result<(), Wrong> {
    let is_name = word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let begins = text[..colon].ends_with(['/', '=', '?', '&', '#']) && is_name;
    if word == "splat" || begins || (is_name && names.has_beginning_of(word)) {
        return Err(Wrong::new(
            format!(":{word} is nowhere in the rule's path"),
            "name what is there, * as :splat",
        ));
    }
    Ok(())
}

/// Where the host is in a URL. Empty in a path.
fn authority(text: &str) -> std::ops::Range<usize> {
    let Some(start) = text.find("://").map(|at| at + 3) else {
        return 0..0;
    };
    let end = text[start..].find(['/', '\\', '?', '#']);
    start..end.map_or(text.len(), |end| start + end)
}
