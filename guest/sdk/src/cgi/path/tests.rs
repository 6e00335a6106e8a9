use super::*;
use crate::simple::translate_path;

/// The collapsed path, as Python writes it.
fn collapsed(path: &str) -> String {
    let Collapsed {
        mut segments,
        trailing_slash,
        ..
    } = collapse(path.as_bytes());
    let tail = if trailing_slash { None } else { segments.pop() };
    let head = segments.join(&b'/');
    let tail = tail.unwrap_or_default();
    format!(
        "/{}/{}",
        String::from_utf8_lossy(&head),
        String::from_utf8_lossy(&tail)
    )
}

/// From CPython's `Lib/test/test_httpservers.py`, but for `IndexError`.
#[test]
fn collapses_as_python_does() {
    for (path, expected) in [
        ("", "//"),
        ("/", "//"),
        ("//", "//"),
        ("/\\", "//\\"),
        ("/.//", "//"),
        ("cgi-bin/file1.py", "/cgi-bin/file1.py"),
        ("/cgi-bin/file1.py", "/cgi-bin/file1.py"),
        ("a", "//a"),
        ("/a", "//a"),
        ("//a", "//a"),
        ("./a", "//a"),
        ("./C:/", "/C:/"),
        ("/a/b", "/a/b"),
        ("/a/b/", "/a/b/"),
        ("/a/b/.", "/a/b/"),
        ("/a/b/..", "/a/"),
        ("/a/b/c/..", "/a/b/"),
        ("/a/b/c/../d", "/a/b/d"),
        ("/a/b/c/../d/e/../f", "/a/b/d/f"),
        ("/a/b/c/../d/e/../../f", "/a/b/f"),
        ("/a/b/c/../d/e/.././././..//f", "/a/b/f"),
        ("/a/b/c/../d/e/../../../f", "/a/f"),
        ("/a/b/c/../d/e/../../../../f", "//f"),
        ("..", "//"),
        ("/..", "//"),
        ("/../a", "//a"),
    ] {
        assert_eq!(collapsed(path), expected, "{path}");
    }
}

fn find(target: &str) -> Option<CgiInfo> {
    let directories = ["/cgi-bin", "/htbin", "/deep/er/"].map(str::to_owned);
    CgiInfo::find(target, &directories)
}

#[test]
fn splits_a_path_after_the_directory() {
    for (target, length, head, tail) in [
        ("/cgi-bin/hello", 1, "cgi-bin/hello", ""),
        ("/cgi-bin/hello?a/b", 1, "cgi-bin/hello", ""),
        ("/cgi-bin/hello/", 1, "cgi-bin/hello", "/"),
        ("/cgi-bin/hello/a/b/", 1, "cgi-bin/hello", "/a/b/"),
        ("/cgi-bin/sub/hello/a%2Fb", 2, "cgi-bin/sub/hello", "/a/b"),
        ("//x/../htbin//./h%65llo/%2e", 1, "htbin/hello", "/"),
        ("/deep/er/x", 1, "deep/er/x", ""),
        ("http://host/cgi-bin/x?y", 1, "cgi-bin/x", ""),
    ] {
        let info = find(target).unwrap();
        assert_eq!(info.head(length), head.as_bytes(), "{target}");
        assert_eq!(info.tail(length), tail.as_bytes(), "{target}");
        assert!(info.names_plainly(length), "{target}");
    }
}

#[test]
fn other_paths_are_not_scripts() {
    for target in [
        "/",
        "/cgi-bin2/x",
        "/CGI-BIN/x",
        "/cgi-bin./x",
        "/x/cgi-bin/y",
        "/deep/x",
        "/cgi-bin/../x",
        "/cgi-bin%00/x",
        "/x?/cgi-bin/y",
        "*",
    ] {
        assert_eq!(find(target), None, "{target}");
    }
    assert_eq!(CgiInfo::find("/cgi-bin/x", &[]), None);
}

/// What a proxy reads differently runs nothing.
#[test]
fn an_encoded_slash_names_no_script() {
    for target in [
        "/cgi-bin%2Fhello",
        "/%2fcgi-bin/hello",
        "/a%2f../cgi-bin/hello",
        "/cgi-bin/hello%2Finfo",
        "/cgi-bin/x%2f..%2fhello",
        "/cgi-bin/x%2f../../hello/../cgi-bin/hello",
        "/x/a%2Fb/../../../cgi-bin/hello",
        "/cgi-bin/hello%00",
        "/cgi-bin/hello/%00",
    ] {
        let info = find(target).expect(target);
        assert!(!info.names_plainly(1), "{target}");
    }
}

/// Whatever the handler of files would open in a CGI directory is known
/// here to be there.
#[test]
fn agrees_with_the_handler_of_files() {
    let parts = [
        "cgi-bin",
        "%63gi-bin",
        "x",
        "..",
        "%2e%2e",
        ".",
        "",
        "%2f",
        "x%2f..",
        "..%2fcgi-bin",
        "%5c",
        "cgi-bin?",
        "%00",
        "#",
    ];
    for number in 0..parts.len().pow(4) {
        let digit = |place: u32| parts[number / parts.len().pow(place) % parts.len()];
        let target = format!("/{}/{}/{}/{}", digit(0), digit(1), digit(2), digit(3));
        let Ok(file) = translate_path(&target) else {
            continue;
        };
        let first = file.relative.split(|&byte| byte == b'/').next();
        assert_eq!(
            find(&target).is_some(),
            first == Some(b"cgi-bin"),
            "{target}"
        );
    }
}
