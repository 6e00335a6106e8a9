use super::*;

const MODIFIED: i64 = 784_111_777;
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const EXACTLY: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const AFTER: &str = "Sunday, 06-Nov-94 08:49:38 GMT";

fn strong_file() -> Validators<'static> {
    Validators {
        etag: EntityTag::parse("\"a,b\""),
        last_modified: Some(MODIFIED),
    }
}

fn weak_file() -> Validators<'static> {
    Validators {
        etag: EntityTag::parse("W/\"a,b\""),
        last_modified: Some(MODIFIED),
    }
}

#[test]
fn parses_entity_tags() {
    let cases = [
        ("\"\"", Some((false, ""))),
        ("\"a\"", Some((false, "a"))),
        ("W/\"a\"", Some((true, "a"))),
        ("\"!#~\u{e9}\"", Some((false, "!#~\u{e9}"))),
        ("\"a\\b\"", Some((false, "a\\b"))),
        ("w/\"a\"", None),
        ("W/ \"a\"", None),
        ("W\"a\"", None),
        ("W/", None),
        ("W/\"", None),
        ("\"", None),
        ("", None),
        ("a", None),
        ("\"a", None),
        ("a\"", None),
        ("\"a\"b\"", None),
        ("\"a b\"", None),
        ("\"a\tb\"", None),
        ("\"a\u{7f}\"", None),
        (" \"a\"", None),
        ("*", None),
    ];
    for (value, expected) in cases {
        let parsed = EntityTag::parse(value).map(|tag| (tag.is_weak(), tag.opaque()));
        assert_eq!(parsed, expected, "{value}");
    }
}

#[test]
fn compares_as_in_rfc_9110_table_3() {
    let cases = [
        ("W/\"1\"", "W/\"1\"", false, true),
        ("W/\"1\"", "W/\"2\"", false, false),
        ("W/\"1\"", "\"1\"", false, true),
        ("\"1\"", "\"1\"", true, true),
    ];
    for (a, b, strong, weak) in cases {
        let a = EntityTag::parse(a).expect("well-formed");
        let b = EntityTag::parse(b).expect("well-formed");
        assert_eq!(
            (a.strong_eq(&b), b.strong_eq(&a)),
            (strong, strong),
            "{a} {b}"
        );
        assert_eq!((a.weak_eq(&b), b.weak_eq(&a)), (weak, weak), "{a} {b}");
    }
}

#[test]
fn splits_lists() {
    let cases: [(&str, &[&str]); 13] = [
        ("", &[]),
        (",,, ,", &[]),
        ("\"a\"", &["\"a\""]),
        ("\"a\",W/\"b\"", &["\"a\"", "W/\"b\""]),
        (" ,\t\"a\" ,, \"b\"\t,", &["\"a\"", "\"b\""]),
        ("\"a,b\", \",\"", &["\"a,b\"", "\",\""]),
        ("a, \"b\"", &["\"b\""]),
        ("\"a\"x, \"b\"", &["\"b\""]),
        ("\"a\" \"b\", \"c\"", &["\"c\""]),
        ("\"a b, c\", \"d\"", &["\"d\""]),
        ("\"a\", \"b", &["\"a\""]),
        ("\"a, \"b\", \"c\"", &[]),
        ("*, \"a\"", &["\"a\""]),
    ];
    for (list, expected) in cases {
        let found: Vec<_> = tags(list).map(|tag| tag.to_string()).collect();
        assert_eq!(found, expected, "{list}");
    }
}

/// Evaluates for a GET and for another method.
fn evaluate(request: Preconditions<'_>, file: &Validators<'_>) -> (Evaluation, Evaluation) {
    (request.evaluate(true, file), request.evaluate(false, file))
}

const PROCEED: (Evaluation, Evaluation) = (Evaluation::Proceed, Evaluation::Proceed);
const FAILED: (Evaluation, Evaluation) = (
    Evaluation::PreconditionFailed,
    Evaluation::PreconditionFailed,
);
const KNOWN: (Evaluation, Evaluation) = (Evaluation::NotModified, Evaluation::PreconditionFailed);

#[test]
fn if_match() {
    let cases = [
        ("*", PROCEED, PROCEED),
        (" * ", PROCEED, PROCEED),
        ("\"a,b\"", PROCEED, FAILED),
        ("\"x\" ,, \"a,b\"", PROCEED, FAILED),
        ("W/\"a,b\"", FAILED, FAILED),
        ("\"a\", \"b\"", FAILED, FAILED),
        ("", FAILED, FAILED),
        ("a,b", FAILED, FAILED),
    ];
    for (value, for_strong, for_weak) in cases {
        let request = Preconditions {
            if_match: Some(value),
            ..Preconditions::default()
        };
        assert_eq!(evaluate(request, &strong_file()), for_strong, "{value}");
        assert_eq!(evaluate(request, &weak_file()), for_weak, "{value}");
    }
}

#[test]
fn if_none_match() {
    let cases = [
        ("*", KNOWN),
        ("\"a,b\"", KNOWN),
        ("W/\"a,b\"", KNOWN),
        ("\"x\",,W/\"a,b\"", KNOWN),
        ("\"x\"", PROCEED),
        ("", PROCEED),
        ("a,b", PROCEED),
        ("\"a,b", PROCEED),
    ];
    for (value, expected) in cases {
        let request = Preconditions {
            if_none_match: Some(value),
            ..Preconditions::default()
        };
        assert_eq!(evaluate(request, &strong_file()), expected, "{value}");
        assert_eq!(evaluate(request, &weak_file()), expected, "{value}");
    }
}

#[test]
fn dates() {
    let cases = [
        (BEFORE, (Evaluation::Proceed, Evaluation::Proceed), FAILED),
        (
            EXACTLY,
            (Evaluation::NotModified, Evaluation::Proceed),
            PROCEED,
        ),
        (
            AFTER,
            (Evaluation::NotModified, Evaluation::Proceed),
            PROCEED,
        ),
        ("yesterday", PROCEED, PROCEED),
        ("", PROCEED, PROCEED),
    ];
    for (value, modified_since, unmodified_since) in cases {
        let request = Preconditions {
            if_modified_since: Some(value),
            ..Preconditions::default()
        };
        assert_eq!(evaluate(request, &strong_file()), modified_since, "{value}");
        assert_eq!(
            evaluate(request, &Validators::default()),
            PROCEED,
            "{value}"
        );
        let request = Preconditions {
            if_unmodified_since: Some(value),
            ..Preconditions::default()
        };
        assert_eq!(
            evaluate(request, &strong_file()),
            unmodified_since,
            "{value}"
        );
        assert_eq!(
            evaluate(request, &Validators::default()),
            PROCEED,
            "{value}"
        );
    }
}

#[test]
fn precedence_of_13_2_2() {
    let ours = Some("\"a,b\"");
    let other = Some("\"x\"");
    let (before, after) = (Some(BEFORE), Some(AFTER));
    // If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since.
    let cases = [
        // If-Match decides alone what If-Unmodified-Since would deny or allow.
        (ours, before, None, None, PROCEED),
        (other, after, None, None, FAILED),
        // If-None-Match decides alone what If-Modified-Since would deny or allow.
        (None, None, other, after, PROCEED),
        (None, None, ours, before, KNOWN),
        // The first pair comes before the second.
        (other, None, ours, None, FAILED),
        (None, before, ours, None, FAILED),
        (ours, None, ours, None, KNOWN),
        (None, after, ours, None, KNOWN),
        (ours, None, other, None, PROCEED),
        (
            None,
            after,
            None,
            after,
            (Evaluation::NotModified, Evaluation::Proceed),
        ),
        (None, None, None, None, PROCEED),
    ];
    for (if_match, if_unmodified_since, if_none_match, if_modified_since, expected) in cases {
        let request = Preconditions {
            if_match,
            if_none_match,
            if_modified_since,
            if_unmodified_since,
        };
        assert_eq!(evaluate(request, &strong_file()), expected, "{request:?}");
    }
}

#[test]
fn without_a_current_tag_no_list_matches() {
    let file = Validators {
        etag: None,
        last_modified: Some(MODIFIED),
    };
    let list = Some("\"a,b\"");
    let request = Preconditions {
        if_match: list,
        ..Preconditions::default()
    };
    assert_eq!(evaluate(request, &file), FAILED);
    let request = Preconditions {
        if_none_match: list,
        ..Preconditions::default()
    };
    assert_eq!(evaluate(request, &file), PROCEED);
    let request = Preconditions {
        if_none_match: Some("*"),
        ..Preconditions::default()
    };
    assert_eq!(evaluate(request, &file), KNOWN);
}

#[test]
fn if_range() {
    let later = MODIFIED + 1;
    let cases = [
        ("\"a,b\"", strong_file(), later, true),
        (" \"a,b\" ", strong_file(), later, true),
        ("\"a,b\"", strong_file(), MODIFIED, true),
        ("\"a,b\"", weak_file(), later, false),
        ("W/\"a,b\"", strong_file(), later, false),
        ("W/\"a,b\"", weak_file(), later, false),
        ("\"x\"", strong_file(), later, false),
        ("\"x\", \"a,b\"", strong_file(), later, false),
        ("*", strong_file(), later, false),
        ("", strong_file(), later, false),
        ("\"a,b", strong_file(), later, false),
        ("\"a,b\"", Validators::default(), later, false),
        (EXACTLY, strong_file(), later, true),
        (EXACTLY, weak_file(), later, true),
        (EXACTLY, strong_file(), MODIFIED, false),
        (EXACTLY, strong_file(), MODIFIED - 10, false),
        (EXACTLY, strong_file(), i64::MIN, false),
        (EXACTLY, strong_file(), i64::MAX, true),
        (BEFORE, strong_file(), later, false),
        (AFTER, strong_file(), i64::MAX, false),
        (EXACTLY, Validators::default(), later, false),
    ];
    for (value, file, now, expected) in cases {
        assert_eq!(
            if_range_holds(value, &file, now),
            expected,
            "{value} {file:?} {now}"
        );
    }
}
