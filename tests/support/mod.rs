//! What the tests stand on: a real server process, raw sockets, a tree of
//! hostile files, and the outside programs that judge us.

pub(crate) mod admin;
pub(crate) mod certificates;
pub(crate) mod chromium;
pub(crate) mod client;
pub(crate) mod command_line;
pub(crate) mod component_build;
pub(crate) mod guests;
pub(crate) mod https;
mod last_words;
mod log;
pub(crate) mod loopback;
pub(crate) mod only;
pub(crate) mod pebble;
pub(crate) mod preview_1;
pub(crate) mod previews;
pub(crate) mod reference;
mod response;
pub(crate) mod scripts;
pub(crate) mod server;
pub(crate) mod skip;
pub(crate) mod spellings;
pub(crate) mod stage;
pub(crate) mod terminal;
pub(crate) mod tools;
pub(crate) mod transport;
pub(crate) mod tree;
pub(crate) mod tunnel;
mod usage;
pub(crate) mod wasm;
pub(crate) mod wasmtime;

use std::time::{Duration, Instant};

/// The longest that any test waits for anything. Nothing is asserted about
/// time; this only turns a hang into a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Polls `condition` until it holds, for what has no event to wait for (an open
/// file count, a port that refuses).
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Where a Location leads from a target in origin form (RFC 3986 section 5.2): its
/// path and query.
pub(crate) fn resolved(target: &str, location: &str) -> String {
    if location.starts_with('/') {
        return location.to_owned();
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let base = path.rfind('/').map_or("/", |slash| &path[..=slash]);
    let parent = base
        .trim_end_matches('/')
        .rfind('/')
        .map_or("/", |slash| &base[..=slash]);
    match (location.strip_prefix("../"), location.strip_prefix("./")) {
        (Some(rest), _) => format!("{parent}{rest}"),
        (_, Some(rest)) => format!("{base}{rest}"),
        _ => format!("{base}{location}"),
    }
}

/// `bytes` as a path segment: everything but unreserved characters as `%XX`.
pub(crate) fn percent_encode(bytes: &[u8]) -> String {
    let mut encoded = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Undoes [`percent_encode`].
pub(crate) fn percent_decode(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::new();
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, after @ ..]) => {
                let hex = |digit: &u8| char::from(*digit).to_digit(16).expect("a hex digit");
                decoded.push(u8::try_from(hex(high) * 16 + hex(low)).expect("two digits"));
                rest = after;
            }
            _ => decoded.push(*byte),
        }
    }
    decoded
}

/// Whether `needle` occurs in `haystack`.
pub(crate) fn contains(haystack: &[u8], needle: impl AsRef<[u8]>) -> bool {
    let needle = needle.as_ref();
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
