//! A handler that calls what it may import at random: whatever it does, others are
//! served, and what it wasn't granted is as it was.
//!
//! `WASM_HOST_SEEDS=10000` has more of it than the tests have.

use crate::support::contains;
use crate::support::scripts::allow;
use crate::support::stage::{SHORT_CPU_TIME, SHORT_REQUEST_TIMEOUT, Stage};
use crate::support::tree::Tree;
use std::fs;

const HANDLER: &str = "random_handler";

/// How many requests are there at once.
const AT_ONCE: u64 = 25;

fn seeds() -> u64 {
    let asked = std::env::var("WASM_HOST_SEEDS");
    asked.map_or(300, |seeds| {
        seeds.parse().expect("WASM_HOST_SEEDS is a number")
    })
}

#[test]
fn what_a_handler_calls_at_random_concerns_nobody_else() {
    let scratch = Tree::empty();
    let granted = format!("{}::/scratch:rw", scratch.path("").display());
    let args = [
        "--cgi",
        "--cgi-timeout=0.5",
        "--log-rate=16",
        "--dir",
        &granted,
        SHORT_CPU_TIME,
        SHORT_REQUEST_TIMEOUT,
    ];
    let mut stage = Stage::with_args(HANDLER, &args);
    stage.tree.file(
        "cgi-bin/hello",
        "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello'\n",
    );
    allow(&stage.tree.path("cgi-bin/hello"), 0o755);
    let secret = stage.tree.outside("secret.txt");
    let before = fs::read(&secret).unwrap();
    let hello = fs::read(stage.tree.path("hello.txt")).unwrap();

    for first in (0..seeds()).step_by(AT_ONCE as usize) {
        let client = |seed| {
            let mut client = stage.request(&format!("/random/{seed}"));
            client.finish_sending();
            client
        };
        let clients: Vec<_> = (first..first + AT_ONCE).map(client).collect();
        stage.others_are_served();
        for (seed, mut client) in (first..).zip(clients) {
            let received = client.rest();
            assert!(!contains(&received, &before), "{seed}: {received:?}");
        }
    }
    stage.all_is_closed();
    assert_eq!(fs::read(&secret).unwrap(), before);
    assert_eq!(fs::read(stage.tree.path("hello.txt")).unwrap(), hello);
    for line in stage.server.end().0 {
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(!line.contains("panicked"), "{line:?}");
    }
}
