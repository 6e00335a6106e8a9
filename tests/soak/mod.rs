//! A mixed load with faults for as long as wanted, and a verdict: whether every byte was
//! right, and whether memory, descriptors and processes are back to where they were.
//!
//! ```sh
//! WASM_HOST_SOAK_MINUTES=30 cargo test -p wasm-host --test main -- --ignored --nocapture soak::
//! ```
//!
//! | server | load | faults |
//! |---|---|---|
//! | `files` | files, parts, revalidation, listings, CGI | files that are swapped and truncated; resets, stopped clients, half heads, garbage, clients who leave their scripts |
//! | `swapped` | a handler | another takes its place, many times a second; its log's disk is full |
//! | `cramped` | files | fewer descriptors than clients; nobody reads its log |

mod arena;
mod cgi;
mod faults;
mod files;
mod identity;
mod others;

use crate::support::eventually;
use crate::support::scripts::Scripts;
use crate::support::server::Server;
use arena::Arena;
use std::time::Duration;

/// How long it takes where nothing else is said.
const MINUTES: f64 = 1.0;

/// So much more memory may be held than after the first part, beside a quarter of it.
const SLACK_KIB: u64 = 8 * 1024;

/// What a server holds when nobody wants anything.
#[derive(Debug)]
struct Held {
    kib: u64,
    files: usize,
}

fn duration() -> Duration {
    let asked = std::env::var("WASM_HOST_SOAK_MINUTES");
    let minutes = asked.map_or(MINUTES, |text| text.parse().expect("a number of minutes"));
    Duration::from_secs_f64(minutes * 60.0)
}

#[test]
#[ignore = "takes minutes: WASM_HOST_SOAK_MINUTES says how many"]
fn all_is_as_it_was_after_a_long_and_troubled_time() {
    let site = Scripts::new();
    files::prepare(&site);
    cgi::prepare(&site);
    let files = site.serve_with(&[
        "-q",
        "--cgi-timeout=10",
        "--cgi-max=64",
        "--max-connections=1000",
    ]);
    let swapped = others::Swapped::start();
    let cramped = others::Cramped::start();
    let before = [&files, &swapped.server, &cramped.server].map(Server::open_files);
    let round = |time: Duration| {
        let arena = Arena::new(time);
        arena.run(|arena, scope| {
            files::begin(arena, scope, &site, &files);
            faults::begin(arena, scope, &files);
            cgi::begin(arena, scope, &files);
            swapped.begin(arena, scope);
            cramped.begin(arena, scope);
        });
        site.expect_nothing_left(&files);
        let servers = [&files, &swapped.server, &cramped.server];
        let mut held = servers.into_iter().zip(before).map(|(server, files)| {
            // The pools of threads and instances may keep a few for later.
            eventually("descriptors are given back", || {
                server.open_files() <= files + 16
            });
            Held {
                kib: server.resident_kib(),
                files: server.open_files(),
            }
        });
        let held = [(); 3].map(|()| held.next().expect("three servers"));
        for Held { kib, files } in &held {
            eprintln!("{kib} KiB, {files} descriptors");
        }
        held
    };
    // What is made once and kept is made in the first part.
    let first = round(duration() / 5);
    let last = round(duration() * 4 / 5);
    for (first, last) in first.iter().zip(&last) {
        let bound = first.kib + first.kib / 4 + SLACK_KIB;
        assert!(last.kib <= bound, "{first:?} became {last:?}");
    }
    assert_eq!(files.get("/hello.txt").text(), "hello, world\n");
    for line in files.log_lines() {
        assert!(!line.contains("panicked"), "{line}");
    }
}
