//! `_headers`: a path a line, and the fields of its responses beneath it.

use crate::dialect::Dialect;
use crate::field_rule::FieldRule;
use crate::lines::lines;
use crate::pattern::Splat;
use crate::pattern_text::{Named, parse};
use crate::policy::Policy;
use crate::problem::{Problem, RuleFile, Wrong};
use crate::target::{Gap, Template};
use crate::target_text::{Names, template};
use std::collections::HashMap;

const FILE: RuleFile = RuleFile::Headers;

/// The rule that is being read.
struct Open {
    rule: FieldRule,
    names: Vec<String>,
    values: Vec<(String, String)>,
}

/// Reads all rules.
pub(crate) fn field_rules(
    dialect: Dialect,
    policy: &Policy,
    text: &[u8],
    problems: &mut Vec<Problem>,
) -> Vec<FieldRule> {
    let mut rules = Vec::new();
    let mut paths: HashMap<String, usize> = HashMap::new();
    let mut open: Option<Open> = None;
    // A bad path says so once, and not again for each of its fields.
    let mut skipping = false;
    for (number, line) in lines(FILE, dialect, text, problems) {
        if line.starts_with('/') || is_url(line) {
            close(dialect, open.take(), &mut rules, problems);
            let opened = begin(dialect, number, line, &mut paths);
            skipping = opened.is_err();
            match opened {
                Ok(begun) => open = Some(begun),
                Err(wrong) => problems.push(wrong.at(FILE, number)),
            }
            continue;
        }
        let added = match &mut open {
            Some(open) => add(dialect, policy, open, line),
            None if skipping => Ok(()),
            None => Err(Wrong::new(
                "the field has no path above it",
                "write a path first, such as /*",
            )),
        };
        if let Err(wrong) = added {
            problems.push(wrong.at(FILE, number));
        }
    }
    close(dialect, open, &mut rules, problems);
    let most = dialect.most_field_rules();
    if rules.len() > most {
        let what = format!(
            "there are {} rules, and {most} at most are obeyed",
            rules.len()
        );
        problems.push(Wrong::new(what, "write fewer").at(FILE, rules[most].line));
    }
    rules
}

fn is_url(line: &str) -> bool {
    let scheme = line.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| !scheme.contains(char::is_whitespace))
}

fn begin(
    dialect: Dialect,
    line: usize,
    path: &str,
    paths: &mut HashMap<String, usize>,
) -> Result<Open, Wrong> {
    if path.contains(char::is_whitespace) {
        let what = format!("{path} isn't one path");
        return Err(Wrong::new(
            what,
            "write a path a line, with %20 for a space",
        ));
    }
    let Named { pattern, names } = parse(dialect, FILE, path)?;
    if let Some(before) = paths.insert(path.to_owned(), line) {
        let what = format!("line {before} is for the same path");
        return Err(Wrong::new(
            what,
            "write all its fields beneath one of the two",
        ));
    }
    Ok(Open {
        rule: FieldRule {
            line,
            pattern,
            removed: Vec::new(),
            set: Vec::new(),
        },
        names,
        values: Vec::new(),
    })
}

/// Adds a field's line to a rule.
fn add(dialect: Dialect, policy: &Policy, open: &mut Open, line: &str) -> Result<(), Wrong> {
    let Some((name, value)) = line.split_once(':') else {
        return match (dialect, line.strip_prefix("! ")) {
            (Dialect::Cloudflare, Some(name)) => {
                let name = name.trim();
                check_name(policy, name)?;
                open.rule.removed.push(name.to_owned());
                Ok(())
            }
            (Dialect::Netlify, Some(_)) => Err(Wrong::new(
                "Netlify's rules remove no field",
                "remove the line",
            )),
            (_, None) => Err(Wrong::new(
                format!("{line} isn't a field"),
                "write Name: value",
            )),
        };
    };
    let (name, value) = (name.trim(), value.trim());
    check_name(policy, name)?;
    if value.is_empty() {
        return Err(Wrong::new(
            format!("{name} has no value"),
            "write Name: value, or remove the line",
        ));
    }
    if !value.is_ascii() {
        return Err(Wrong::new(
            format!("the value of {name} isn't ASCII"),
            "write it in ASCII (RFC 9110 section 5.5)",
        ));
    }
    let value = match dialect {
        Dialect::Netlify => joined(value),
        Dialect::Cloudflare => value.to_owned(),
    };
    policy.check_value(name, &value)?;
    let cookie = name.eq_ignore_ascii_case("Set-Cookie");
    let same = |(other, _): &&mut (String, String)| other.eq_ignore_ascii_case(name);
    match open.values.iter_mut().find(same) {
        Some((_, before)) if !cookie => {
            before.push_str(", ");
            before.push_str(&value);
        }
        _ => open.values.push((name.to_owned(), value)),
    }
    Ok(())
}

/// The name has to be a token (RFC 9110 section 5.1), and one that a rule may set.
fn check_name(policy: &Policy, name: &str) -> Result<(), Wrong> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Wrong::new(
            format!("{name:?} isn't a field's name"),
            "write Name: value",
        ));
    }
    policy.check_name(name)
}

/// Netlify puts one blank after each comma.
fn joined(value: &str) -> String {
    let parts: Vec<&str> = value.split(',').map(str::trim).collect();
    parts.join(", ")
}

/// Ends a rule, which has to say something.
fn close(
    dialect: Dialect,
    open: Option<Open>,
    rules: &mut Vec<FieldRule>,
    problems: &mut Vec<Problem>,
) {
    let Some(Open {
        mut rule,
        names,
        values,
    }) = open
    else {
        return;
    };
    let line = rule.line;
    let known = Names {
        splat: rule.pattern.splat != Splat::None,
        placeholders: &names,
        queries: &[],
    };
    for (name, value) in values {
        // Netlify's values are as they are written.
        let filled = match dialect {
            Dialect::Netlify => Ok(Template(vec![Gap::Text(value.into_bytes())])),
            Dialect::Cloudflare => template(&value, known),
        };
        match filled {
            Ok(value) => rule.set.push((name, value)),
            Err(wrong) => problems.push(wrong.at(FILE, line)),
        }
    }
    match rule.set.is_empty() && rule.removed.is_empty() {
        false => rules.push(rule),
        // What was there has its own word.
        true if problems.iter().any(|it| it.file == FILE && it.line >= line) => {}
        true => {
            let wrong = Wrong::new(
                "the path has no fields",
                "write them in the lines beneath it",
            );
            problems.push(wrong.at(FILE, line));
        }
    }
}
