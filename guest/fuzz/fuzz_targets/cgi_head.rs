//! A script's head is taken with clean fields, none of them the server's own, or
//! refused; where it ends doesn't depend on the pieces in which it comes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_sdk::cgi::response::{Head, head_length};

const NOT_THE_SCRIPTS: [&str; 5] = [
    "connection",
    "date",
    "transfer-encoding",
    "upgrade",
    "content-length",
];

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, output) = input;
    let whole = head_length(output, 0);
    assert_eq!(whole, by_lines(output));
    let cut = usize::from(cut).min(output.len());
    match head_length(&output[..cut], 0) {
        Some(length) => assert_eq!(whole, Some(length)),
        None => assert_eq!(head_length(output, cut), whole),
    }
    let Some(length) = whole else { return };
    let Ok(head) = Head::parse(&output[..length]) else {
        return;
    };
    let status = head.status().code();
    assert!((100..1000).contains(&status) && status != 101);
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    for (name, value) in &head.fields {
        assert!(!name.is_empty() && name.bytes().all(is_token), "{name:?}");
        clean(value);
        let name = name.to_ascii_lowercase();
        assert!(
            !NOT_THE_SCRIPTS.contains(&&*name) && !name.starts_with("x-cgi-"),
            "{name}"
        );
    }
    let typed = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("content-type");
    assert!(head.fields.iter().filter(typed).count() <= 1);
    head.reason.as_deref().map(clean);
    if let Some(location) = &head.location {
        clean(location);
    }
    if let Some(path) = head.local_redirect() {
        assert!(path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()));
    }
});

/// Nothing in it ends a field's line, here or for whoever is less strict.
fn clean(value: &str) {
    let control = |character: char| character != '\t' && character.is_ascii_control();
    assert!(!value.contains(control), "{value:?}");
    assert!(
        value.chars().all(|character| u32::from(character) <= 0xff),
        "{value:?}"
    );
}

fn by_lines(output: &[u8]) -> Option<usize> {
    let mut length = 0;
    for line in output.split_inclusive(|&byte| byte == b'\n') {
        length += line.len();
        if line == b"\n" || line == b"\r\n" {
            return Some(length);
        }
    }
    None
}
