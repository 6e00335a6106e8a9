use super::*;

fn guess(path: impl AsRef<[u8]>) -> String {
    guess_type(
        path.as_ref(),
        &ExtensionsMap::default(),
        DEFAULT_CONTENT_TYPE,
    )
    .into_owned()
}

#[test]
fn the_modern_web() {
    for (path, expected) in [
        ("a.html", "text/html"),
        ("a.HTM", "text/html"),
        ("a.css", "text/css"),
        ("a.js", "text/javascript"),
        ("a.mjs", "text/javascript"),
        ("a.txt", "text/plain"),
        ("a.md", "text/markdown"),
        ("a.csv", "text/csv"),
        ("a.json", "application/json"),
        ("a.js.map", "application/json"),
        ("a.wasm", "application/wasm"),
        ("a.svg", "image/svg+xml"),
        ("a.xml", "text/xml"),
        ("a.png", "image/png"),
        ("a.JPG", "image/jpeg"),
        ("a.avif", "image/avif"),
        ("a.webp", "image/webp"),
        ("a.ico", "image/vnd.microsoft.icon"),
        ("a.woff", "font/woff"),
        ("a.woff2", "font/woff2"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.ts", "video/mp2t"),
        ("a.m3u8", "application/vnd.apple.mpegurl"),
        ("a.ttf", "font/ttf"),
        ("a.otf", "font/otf"),
        ("a.jxl", "image/jxl"),
        ("a.heic", "image/heic"),
        ("a.vtt", "text/vtt"),
        ("a.wav", "audio/wav"),
        ("a.flac", "audio/flac"),
        ("a.mov", "video/quicktime"),
        ("a.atom", "application/atom+xml"),
        ("a.xhtml", "application/xhtml+xml"),
        ("a.py", "text/x-python"),
        ("a.pdf", "application/pdf"),
        ("a.m4a", "audio/mp4"),
        ("a.mid", "audio/midi"),
        ("a.midi", "audio/midi"),
        ("a.usdz", "model/vnd.usdz+zip"),
        ("a.rpm", "application/x-redhat-package-manager"),
    ] {
        assert_eq!(guess(path), expected, "{path}");
    }
}

#[test]
fn the_map_of_http_server() {
    for (path, expected) in [
        ("a.gz", "application/gzip"),
        ("a.tar.GZ", "application/gzip"),
        ("a.Z", "application/octet-stream"),
        ("a.bz2", "application/x-bzip2"),
        ("a.xz", "application/x-xz"),
    ] {
        assert_eq!(guess(path), expected, "{path}");
    }
}

/// Else which of the two comes first would matter.
#[test]
fn the_map_of_http_server_has_no_common_type() {
    for (extension, _) in HTTP_SERVER {
        assert_eq!(common_type(&extension.as_bytes()[1..]), None, "{extension}");
    }
}

#[test]
fn extensions_as_splitext_sees_them() {
    for (path, expected) in [
        ("a.html", ".html"),
        ("a.b.c", ".c"),
        ("a.", "."),
        ("a..b", ".b"),
        ("a", ""),
        ("", ""),
        (".html", ""),
        ("...html", ""),
        (".a.html", ".html"),
        ("..", ""),
        ("d.d/file", ""),
        ("d.d/.html", ""),
        ("d/..a.b", ".b"),
        ("d.d/", ""),
    ] {
        assert_eq!(extension_of(path.as_bytes()), expected.as_bytes(), "{path}");
    }
}

#[test]
fn unknown_names_have_the_default() {
    let map = ExtensionsMap::default();
    for path in [
        &b"README"[..],
        b".html",
        b"a.",
        b"a.no-such-type",
        b"a.\xff\xfe",
        b"a.ht\xffml",
        b"a.an-extension-that-is-far-too-long-for-any-table",
        b"",
    ] {
        assert_eq!(guess_type(path, &map, "x/default"), "x/default", "{path:?}");
    }
}

#[test]
fn overrides_win_exactly_then_in_lower_case() {
    let mut map = ExtensionsMap::default();
    map.insert(".HTML", "x/upper");
    map.insert(".html", "text/html");
    map.insert(".gz", String::from("x/gz"));
    let guess = |path: &[u8]| guess_type(path, &map, DEFAULT_CONTENT_TYPE).into_owned();
    assert_eq!(guess(b"a.HTML"), "x/upper");
    assert_eq!(guess(b"a.Html"), "text/html");
    assert_eq!(guess(b"a.html"), "text/html");
    assert_eq!(guess(b"a.gz"), "x/gz");
    assert_eq!(guess(b"a.xz"), "application/x-xz");
}

#[test]
fn removing_an_override_uncovers_the_tables() {
    let mut map = ExtensionsMap::default();
    map.insert(".css", "x/css");
    map.remove(".css");
    assert_eq!(guess_type(b"a.css", &map, DEFAULT_CONTENT_TYPE), "text/css");
}

#[test]
fn common_types_do_not_allocate() {
    let map = ExtensionsMap::default();
    for path in [
        "a.html", "a.css", "a.js", "a.json", "a.png", "a.jpg", "a.svg", "a.txt", "a.wasm",
        "a.woff2", "a.gz", "a",
    ] {
        let guessed = guess_type(path.as_bytes(), &map, DEFAULT_CONTENT_TYPE);
        assert!(matches!(guessed, Cow::Borrowed(_)), "{path}");
    }
}
