use super::*;

fn relative(target: &str) -> Vec<u8> {
    decode(target).expect(target).relative
}

#[test]
fn ordinary_paths() {
    assert_eq!(relative("/"), b"");
    assert_eq!(relative(""), b"");
    assert_eq!(relative("/index.html"), b"index.html");
    assert_eq!(relative("/a/b/c"), b"a/b/c");
    assert_eq!(relative("a/b"), b"a/b");
    assert_eq!(relative("/a%20b/%c3%a9"), "a b/é".as_bytes());
    assert_eq!(relative("/%FF%fe"), b"\xff\xfe");
    assert_eq!(decode(b"/\xff").expect("raw byte").relative, b"\xff");
}

#[test]
fn query_and_fragment_are_cut() {
    assert_eq!(relative("/a?b/../c"), b"a");
    assert_eq!(relative("/a#b?c"), b"a");
    assert_eq!(relative("/a?b#c"), b"a");
    assert_eq!(relative("/a%3Fb%23c"), b"a?b#c");
    assert_eq!(relative("?"), b"");
}

#[test]
fn decodes_exactly_once_and_keeps_invalid_escapes() {
    assert_eq!(relative("/%zz%4%%41%"), b"%zz%4%A%");
    assert_eq!(relative("/%252e%252e/%2541"), b"%2e%2e/%41");
    assert_eq!(relative("/a+b"), b"a+b");
}

#[test]
fn dot_segments_never_leave_the_root() {
    for (target, expected) in [
        ("/..", ""),
        ("/../", ""),
        ("/../../a", "a"),
        ("/a/../../b", "b"),
        ("/a/b/../c", "a/c"),
        ("/a/b/../..", ""),
        ("/a/b/../../c", "c"),
        ("/./a/./b/.", "a/b"),
        ("//a///b//", "a/b"),
        ("/%2e%2e/%2E./.%2e/a", "a"),
        ("/a/%2e/b", "a/b"),
        ("../../a", "a"),
        ("/.../a", ".../a"),
        ("/..a/b..", "..a/b.."),
        ("/..?/../..", ""),
    ] {
        assert_eq!(relative(target), expected.as_bytes(), "{target}");
    }
}

#[test]
fn refuses_what_no_name_can_hold() {
    for target in ["/%00", "/a%00.html", "/a/\0", "/x/%00/../a"] {
        assert_eq!(decode(target), Err(PathError::Nul), "{target:?}");
    }
    for target in [
        "/..%2f..%2fetc",
        "/%2e%2e%2fa",
        "/a/%2e%2E%2Fb",
        "/a/.%2fb",
        "/a%2f..",
        "/a%2f.%2fb",
        "/%2f..%2f..%2f",
        "/x/..%2fa/../b",
    ] {
        assert_eq!(decode(target), Err(PathError::EncodedSlash), "{target}");
    }
    for target in ["/a%2f%00", "/%00%2f..", "/..%2f\0"] {
        assert_eq!(decode(target), Err(PathError::Nul), "{target:?}");
    }
    assert_eq!(relative("/a?%2f%00"), b"a");
}

#[test]
fn an_encoded_slash_separates_names() {
    for (target, expected) in [
        ("/a%2fb", "a/b"),
        ("/@scope%2Fname", "@scope/name"),
        ("/x/a%2fb/c", "x/a/b/c"),
        ("/%2F", ""),
        ("/%2fa%2f%2fb%2f", "a/b"),
        ("%2fa/b", "a/b"),
        ("/a%2fb/../c", "a/c"),
        ("/a%2fb/../../../c", "c"),
        ("/%2f/../a", "a"),
        ("/a%2f..b%2f...", "a/..b/..."),
        ("/a%252fb", "a%2fb"),
        ("/a%5c..%2fb", "a\\../b"),
    ] {
        assert_eq!(relative(target), expected.as_bytes(), "{target}");
    }
    // The target's own slash says whether a directory is meant.
    assert!(!decode("/a%2f").expect("valid").trailing_slash);
    assert!(decode("/a%2f/").expect("valid").trailing_slash);
}

#[test]
fn a_backslash_is_a_byte_of_a_name() {
    assert_eq!(relative("/a\\b"), b"a\\b");
    assert_eq!(relative("/..%5c..%5cetc"), b"..\\..\\etc");
}

#[test]
fn trailing_slash_is_the_targets_own() {
    for (target, expected) in [
        ("/", true),
        ("/a/", true),
        ("/a//", true),
        ("/a/?x", true),
        ("/a/../", true),
        ("/a", false),
        ("/a?x/", false),
        ("/a/.", false),
        ("/a/..", false),
        ("", false),
    ] {
        let path = decode(target).expect(target);
        assert_eq!(path.trailing_slash, expected, "{target}");
    }
}

#[test]
fn display_is_normalised() {
    for (target, expected) in [
        ("/", "/"),
        ("/a", "/a"),
        ("/a/", "/a/"),
        ("//a//b/", "/a/b/"),
        ("/a/../", "/"),
        ("/%3Cb%3E/", "/<b>/"),
    ] {
        let shown = decode(target).expect(target).display();
        assert_eq!(shown, expected.as_bytes(), "{target}");
    }
}

#[test]
fn redirects_keep_name_and_query() {
    for (target, expected) in [
        ("/a", "a/"),
        ("/a/b", "b/"),
        ("/a?x=1&y=%2F%zz", "a/?x=1&y=%2F%zz"),
        ("/a?", "a/?"),
        ("/a?x#frag", "a/?x"),
        ("/a#frag", "a/"),
        ("/a?next=//evil", "a/?next=//evil"),
        ("/a(b)!:@,", "a(b)!%3A@,/"),
        ("/%c3%A9 x", "%C3%A9%20x/"),
        ("/é?é", "%C3%A9/?%C3%A9"),
        ("/x/a%2Fb", "a/b/"),
        ("/x/%2Fb%2f", "b/"),
        ("/x/%2F", "./"),
        ("/%zz", "%25zz/"),
        ("/a/b/../c", "c/"),
        ("/a/b/..", "../"),
        ("/a/%2e", "./"),
        ("", "./"),
    ] {
        assert_eq!(redirect_location(target), expected, "{target}");
    }
}

/// Targets by which `http.server` and others were made to redirect elsewhere.
#[test]
fn redirects_never_leave_the_host() {
    for target in [
        "//evil",
        "///evil",
        "//evil/%2e%2e",
        "/\\evil",
        "/\\\\evil/%2e%2e",
        "\\\\evil",
        "/%5cevil",
        "/%5c%5cevil",
        "/%2fevil",
        "/%2f%2fevil/..",
        "/.//evil",
        "/..//evil",
        "/%2e%2e//evil",
        "/a/..//evil",
        "/\t/evil",
        "/%09/evil",
        "/\n/evil",
        "/%0d%0aX:%20y",
        "/ /evil",
        "http://evil/",
        "javascript:alert(1)",
        "//evil@host",
        "/\u{0}/evil?\r\nX: y",
        "/a?\r\n\tX:\u{7f}y",
    ] {
        let location = redirect_location(target);
        let path = location.split('?').next().expect("a first part");
        assert!(!path.starts_with('/'), "{target:?} -> {location}");
        assert!(
            location.bytes().all(|byte| byte.is_ascii_graphic()),
            "{target:?} -> {location}"
        );
        assert!(path.ends_with('/') && !path.contains("//"), "{location}");
        assert!(!path.contains(['\\', ':']), "{location}");
    }
}

#[test]
fn a_redirect_leads_to_the_same_file() {
    for target in [
        "/a%20b/%2e/c",
        "//x//y",
        "/%25zz",
        "/%zz",
        "/\\a",
        "/...",
        "/a/b/..",
        "/a/.",
        "/x/a%2fb",
        "/x/%2fa%2f",
        "/a:b",
    ] {
        let before = decode(target).expect(target);
        // RFC 3986 section 5.2.3: the reference takes the last segment's place.
        let base = &target[..=target.rfind('/').expect("a slash")];
        let after = decode(format!("{base}{}", redirect_location(target))).expect(target);
        assert_eq!(before.relative, after.relative, "{target}");
        assert!(after.trailing_slash);
    }
}

#[test]
fn hidden_names() {
    for name in [".git", "a/.env", ".a/b", "a/.b/c", "a/.well-known", "..."] {
        assert!(is_hidden(name.as_bytes()), "{name}");
    }
    assert!(is_hidden(b".well-known/.secret"));
    assert!(is_hidden(b".well-known2/x"));
    for name in ["", "a", "a.b/c.d", ".well-known", ".well-known/acme/x"] {
        assert!(!is_hidden(name.as_bytes()), "{name}");
    }
}
