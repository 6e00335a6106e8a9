//! `_redirects`: a rule a line.

use crate::dialect::Dialect;
use crate::lines::lines;
use crate::pattern::Splat;
use crate::pattern_text::{Named, parse};
use crate::problem::{Problem, RuleFile, Wrong};
use crate::query::Condition;
use crate::redirect::Redirect;
use crate::target_text::{Names, template};
use std::collections::HashMap;

/// A line's words, by what they mean.
struct Words<'a> {
    from: &'a str,
    query: Vec<&'a str>,
    to: String,
    status: u16,
    force: bool,
}

/// Reads all rules.
pub(crate) fn redirects(
    dialect: Dialect,
    text: &[u8],
    problems: &mut Vec<Problem>,
) -> Vec<Redirect> {
    let file = RuleFile::Redirects;
    let mut rules: Vec<Redirect> = Vec::new();
    let mut seen = HashMap::new();
    let (mut fixed, mut others) = (0, 0);
    for (number, line) in lines(file, dialect, text, problems) {
        match redirect(dialect, number, line).and_then(|(key, rule)| {
            is_new(&mut seen, key, number)?;
            Ok(rule)
        }) {
            Ok(mut rule) => {
                // As Cloudflare has it: what follows a rule with * is looked at as that is.
                let is_fixed = rule.pattern.is_text() && others == 0;
                rule.single_slashes = dialect == Dialect::Cloudflare && !is_fixed;
                *(if is_fixed { &mut fixed } else { &mut others }) += 1;
                rules.push(rule);
            }
            Err(wrong) => problems.push(wrong.at(file, number)),
        }
    }
    let (most_fixed, most_others) = dialect.most_redirects();
    let last = rules.last().map_or(1, |rule| rule.line);
    for (count, most, what) in [
        (fixed, most_fixed, "rules without * and placeholders"),
        (
            others,
            most_others,
            "rules with * or placeholders, or behind one that has them",
        ),
    ] {
        if count > most {
            let what = format!("there are {count} {what}, and {most} at most are obeyed");
            problems.push(Wrong::new(what, "write fewer").at(file, last));
        }
    }
    rules
}

/// Of two rules for the same, one is never obeyed: which, differs among dialects.
fn is_new(seen: &mut HashMap<String, usize>, key: String, number: usize) -> Result<(), Wrong> {
    match seen.insert(key, number) {
        None => Ok(()),
        Some(before) => Err(Wrong::new(
            format!("line {before} is for the same"),
            "remove one of the two",
        )),
    }
}

/// Reads a rule, and what no other may be for.
fn redirect(dialect: Dialect, line: usize, text: &str) -> Result<(String, Redirect), Wrong> {
    let words = match dialect {
        Dialect::Netlify => netlify_words(text)?,
        Dialect::Cloudflare => cloudflare_words(text)?,
    };
    let Named { pattern, names } = parse(dialect, RuleFile::Redirects, words.from)?;
    check_target(dialect, &words)?;
    let (conditions, queries) = conditions(&words.query)?;
    let known = Names {
        splat: pattern.splat != Splat::None,
        placeholders: &names,
        queries: &queries,
    };
    let target = template(&words.to, known)?;
    let guard = match dialect {
        Dialect::Netlify => netlify_guard(&words),
        Dialect::Cloudflare => Vec::new(),
    };
    let key = format!("{} {}", words.from, words.query.join(" "));
    Ok((
        key,
        Redirect {
            line,
            pattern,
            conditions,
            target,
            status: words.status,
            force: words.force,
            single_slashes: false,
            guard,
        },
    ))
}

/// `from [key=value …] [to] [status[!]]`, and perhaps a comment.
fn netlify_words(text: &str) -> Result<Words<'_>, Wrong> {
    let words: Vec<&str> = text
        .split_whitespace()
        .take_while(|word| !word.starts_with('#'))
        .collect();
    let (&from, rest) = words.split_first().unwrap_or((&"", &[]));
    let is_target = |word: &&str| word.starts_with('/') || is_url(word);
    // `/a/* 200` is `/a/* /a/:splat 200`.
    if let ([status], Some(beginning)) = (rest, from.strip_suffix("/*"))
        && status.starts_with("200")
    {
        let (status, force) = status_of(Dialect::Netlify, status)?;
        let to = format!("{beginning}/:splat");
        return Ok(Words {
            from,
            query: Vec::new(),
            to,
            status,
            force,
        });
    }
    let Some(at) = rest.iter().position(is_target) else {
        return Err(Wrong::new(
            "the line has no target",
            "write the path, then where it leads: a path, or a URL with http:// or https://",
        ));
    };
    let (status, force) = match rest.get(at + 1) {
        Some(word) => status_of(Dialect::Netlify, word)?,
        None => (Dialect::Netlify.default_status(), false),
    };
    if let Some(condition) = rest.get(at + 2) {
        return Err(refused_condition(condition));
    }
    Ok(Words {
        from,
        query: rest[..at].to_vec(),
        to: rest[at].to_owned(),
        status,
        force,
    })
}

/// `from to [status]`.
fn cloudflare_words(text: &str) -> Result<Words<'_>, Wrong> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let dialect = Dialect::Cloudflare;
    let (from, to, status) = match *words.as_slice() {
        [from, to] => (from, to, dialect.default_status()),
        [from, to, status] => (from, to, status_of(dialect, status)?.0),
        _ => {
            return Err(Wrong::new(
                format!("the line has {} words", words.len()),
                "write a path, where it leads, and perhaps a status; a comment is a line of its own",
            ));
        }
    };
    Ok(Words {
        from,
        query: Vec::new(),
        to: to.to_owned(),
        status,
        force: true,
    })
}

fn status_of(dialect: Dialect, word: &str) -> Result<(u16, bool), Wrong> {
    let (digits, force) = match (dialect, word.strip_suffix('!')) {
        (Dialect::Netlify, Some(digits)) => (digits, true),
        _ => (word, false),
    };
    if word.contains('=') {
        return Err(refused_condition(word));
    }
    match digits.parse() {
        Ok(status) if dialect.statuses().contains(&status) => Ok((status, force)),
        _ => {
            let statuses: Vec<_> = dialect.statuses().iter().map(u16::to_string).collect();
            Err(Wrong::new(
                format!("{word} isn't a status that a rule can have"),
                format!("write one of {}", statuses.join(", ")),
            ))
        }
    }
}

fn refused_condition(word: &str) -> Wrong {
    let name = word.split('=').next().unwrap_or(word);
    let what = match name.to_ascii_lowercase().as_str() {
        "country" | "language" | "role" | "cookie" => {
            format!("a rule for some visitors only ({name}) isn't served here")
        }
        "sign" | "signed" => "signed proxies aren't served here".to_owned(),
        _ => format!("{word} means nothing behind the status"),
    };
    Wrong::new(
        what,
        "remove the word, and the line if it isn't for everybody",
    )
}

fn is_url(word: &str) -> bool {
    word.starts_with("http://") || word.starts_with("https://")
}

fn check_target(dialect: Dialect, words: &Words<'_>) -> Result<(), Wrong> {
    let to = words.to.as_str();
    if is_url(to) {
        if !(300..400).contains(&words.status) {
            let what = format!(
                "status {} with a URL is a proxy, which isn't served here",
                words.status
            );
            return Err(Wrong::new(what, "write a path, or a status such as 302"));
        }
        if dialect == Dialect::Cloudflare && !to.starts_with("https://") {
            return Err(Wrong::new(format!("{to} isn't https"), "write https://"));
        }
    } else if !to.starts_with('/') {
        return Err(Wrong::new(
            format!("{to} isn't where a rule can lead"),
            "write a path that begins with /, or a URL with https://",
        ));
    }
    if to.starts_with("/.netlify/") || words.from.starts_with("/.netlify") {
        return Err(Wrong::new("/.netlify is Netlify's own", "remove the line"));
    }
    let index = to.ends_with("/index") || to.ends_with("/index.html");
    let loops = words.from.ends_with("/*") || words.from.ends_with('/');
    if dialect == Dialect::Cloudflare && index && loops && !is_url(to) {
        return Err(Wrong::new(
            "Cloudflare ignores this rule, as it could lead to itself",
            "remove it; for a single-page application give --spa",
        ));
    }
    Ok(())
}

/// The conditions on the query, and the names of those that a target can name.
fn conditions(words: &[&str]) -> Result<(Vec<Condition>, Vec<String>), Wrong> {
    let mut conditions: Vec<Condition> = Vec::new();
    let mut names = Vec::new();
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            return Err(Wrong::new(
                format!("{word} is neither a target nor a condition on the query"),
                "write key=value or key=:name, or a target that begins with /",
            ));
        };
        if key.is_empty()
            || value.contains('=')
            || conditions.iter().any(|it| it.key == key.as_bytes())
        {
            return Err(Wrong::new(
                format!("{word} isn't a condition on a parameter of its own"),
                "write each parameter once, as key=value or key=:name",
            ));
        }
        if let Some(name) = value.strip_prefix(':') {
            names.push(name.to_owned());
        }
        conditions.push(Condition {
            key: key.as_bytes().to_vec(),
            value: (!value.starts_with(':')).then(|| value.as_bytes().to_vec()),
        });
    }
    Ok((conditions, names))
}

/// Netlify doesn't obey a rule with `*`, unless it is a 200, for paths that begin with
/// its target.
fn netlify_guard(words: &Words<'_>) -> Vec<u8> {
    let from = words.from.strip_suffix('/').unwrap_or(words.from);
    let to = words.to.split("/:splat").next().unwrap_or_default();
    match from.strip_suffix('*') {
        Some(beginning) if words.status != 200 && to.starts_with(beginning) => to.into(),
        _ => Vec::new(),
    }
}
