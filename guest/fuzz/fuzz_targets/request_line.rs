//! A request line that httparse takes has the same parts for us, and one that we
//! take is made of a token, visible characters and a version.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_sdk::request_line::{RequestLine, Version, parse};

fuzz_target!(|line: &str| {
    // Where the caller cuts the line off.
    if line.contains(['\r', '\n']) {
        return;
    }
    let ours = parse(line);
    if let Ok(parsed) = &ours {
        check(line, parsed);
    }
    let text = format!("{line}\r\n\r\n");
    let mut request = httparse::Request::new(&mut []);
    if let Ok(httparse::Status::Complete(_)) = request.parse(text.as_bytes()) {
        let (Some(method), Some(target), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            panic!("a complete request has all parts");
        };
        agree(ours.ok(), method, target, minor.into());
    }
});

/// What has to hold of a line that was taken.
fn check(line: &str, parsed: &RequestLine<'_>) {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    assert!(!parsed.method.is_empty() && parsed.method.bytes().all(is_token));
    assert!(!parsed.target.is_empty() && parsed.target.bytes().all(|byte| byte.is_ascii_graphic()));
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    assert_eq!(words.next(), Some(parsed.method));
    assert_eq!(words.next(), Some(parsed.target));
    assert_eq!(words.next(), parsed.version.map(|(written, _)| written));
    assert_eq!(words.next(), None);
    match parsed.version {
        Some((written, version)) => {
            assert_eq!(Version::parse(written), Some(version));
            assert!(version.major < 2);
        }
        None => assert!(parsed.method == "GET" && parsed.target.starts_with('/')),
    }
}

/// httparse's rules are narrower, but for two things: it takes bytes beyond ASCII
/// in a target, and an absolute form without a host.
fn agree(ours: Option<RequestLine<'_>>, method: &str, target: &str, minor: u32) {
    let without_host = !target.starts_with('/')
        && target
            .split_once("://")
            .is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with('/'));
    if !target.is_ascii() || without_host {
        assert_eq!(ours, None);
        return;
    }
    let Some(ours) = ours else {
        panic!("httparse takes it: {method:?} {target:?}");
    };
    assert_eq!((ours.method, ours.target), (method, target));
    let version = ours.version.map(|(_, version)| version);
    assert_eq!(version, Some(Version { major: 1, minor }));
}
