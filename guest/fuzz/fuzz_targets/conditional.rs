//! Preconditions come to what the table of RFC 9110 section 13.2.2 says, whatever
//! stands in the fields; what can't be read makes none of them true.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_sdk::conditional::{
    EntityTag, Evaluation, Preconditions, Validators, if_range_holds,
};
use wasm_host_sdk::date::parse_http_date;

type Input<'a> = (
    bool,
    bool,
    &'a str,
    Option<u32>,
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
    &'a str,
);

fuzz_target!(|input: Input<'_>| {
    let (get, weak, opaque, modified, matches, none_match, since, unmodified, range) = input;
    let tag = if weak {
        EntityTag::weak(opaque)
    } else {
        EntityTag::strong(opaque)
    };
    if let Some(tag) = tag {
        let text = tag.to_string();
        let read = EntityTag::parse(&text).expect("what was written");
        assert_eq!((read.is_weak(), read.opaque()), (weak, opaque));
    }
    let current = Validators {
        etag: tag,
        last_modified: modified.map(i64::from),
    };
    let conditions = Preconditions {
        if_match: matches,
        if_none_match: none_match,
        if_modified_since: since,
        if_unmodified_since: unmodified,
    };
    let evaluated = conditions.evaluate(get, &current);
    assert_eq!(evaluated, by_table(&conditions, get, &current));
    if if_range_holds(range, &current, i64::MAX) {
        let tag = tag.is_some_and(|tag| !tag.is_weak() && range.contains(&tag.to_string()));
        let date = parse_http_date(range).is_some_and(|date| current.last_modified == Some(date));
        assert!(tag || date, "{range:?}");
    }
});

fn by_table(asked: &Preconditions<'_>, get: bool, current: &Validators<'_>) -> Evaluation {
    let modified_after = |field: Option<&str>| {
        let date = field.and_then(parse_http_date)?;
        Some(current.last_modified? > date)
    };
    let first = match asked.if_match {
        Some(list) => lists(list, current.etag.filter(|tag| !tag.is_weak()), false),
        None => modified_after(asked.if_unmodified_since) != Some(true),
    };
    if !first {
        return Evaluation::PreconditionFailed;
    }
    match asked.if_none_match {
        Some(list) if lists(list, current.etag, true) => {
            if get {
                Evaluation::NotModified
            } else {
                Evaluation::PreconditionFailed
            }
        }
        None if get && modified_after(asked.if_modified_since) == Some(false) => {
            Evaluation::NotModified
        }
        _ => Evaluation::Proceed,
    }
}

/// Whether a list has a tag, character by character. `weak`: whether one that is marked
/// as weak counts.
fn lists(list: &str, tag: Option<EntityTag<'_>>, weak: bool) -> bool {
    let blank = |character: char| matches!(character, ' ' | '\t');
    if list.trim_matches(blank) == "*" {
        return true;
    }
    let Some(tag) = tag else { return false };
    let mut elements = vec![String::new()];
    let mut quoted = false;
    for character in list.chars() {
        quoted ^= character == '"';
        match (character, elements.last_mut()) {
            (',', _) if !quoted => elements.push(String::new()),
            (_, Some(element)) => element.push(character),
            (_, None) => unreachable!("there is one from the start"),
        }
    }
    elements.iter().any(|element| {
        let element = element.trim_matches(blank);
        let strong = format!("\"{}\"", tag.opaque());
        element == strong || (weak && element == format!("W/{strong}"))
    })
}
