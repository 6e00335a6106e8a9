//! Killed at any point, a store has everything that it acknowledged.
//!
//! 1. A child, which is this test once more, opens the store and deploys, moves aliases
//!    back and forth, removes deploys and collects, all at once. It says on its standard
//!    output what it is about to do and what is done.
//! 2. At a random point it is killed with SIGKILL, which it can't notice.
//! 3. The store is opened again: each acknowledged deploy has every byte, all others have
//!    all of their own or aren't there, and each alias is where it was put last, or where
//!    it was being put.
//!
//! 20 rounds on one store, or as many as `WASM_HOST_KILL_ROUNDS` says.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

mod child;
mod random;
mod site;
mod witness;

use random::Random;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wasm_host_preview::limits::Limits;
use wasm_host_preview::store::Store;
use witness::Witness;

/// Names the folder of the store to the child.
const FOLDER: &str = "WASM_HOST_KILLED_FOLDER";

/// The first number that the child gives a deploy.
const FIRST: &str = "WASM_HOST_KILLED_FIRST";

/// How many rounds, instead of 20.
const ROUNDS: &str = "WASM_HOST_KILL_ROUNDS";

#[test]
fn whenever_it_is_killed_it_has_what_it_acknowledged() {
    let rounds = std::env::var(ROUNDS).map_or(20, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::new();
    let mut witness = Witness::default();
    for round in 0..rounds {
        let lines = run_and_kill(folder.path(), round, &mut random);
        for line in &lines {
            witness.hear(line);
        }
        let last = lines.last().map_or("nothing", String::as_str);
        let context = format!("round {round}, seed {}, after {last:?}", random.seed());
        block_on(async {
            let store = Store::open(folder.path(), Limits::default()).await;
            let store = store.unwrap_or_else(|error| panic!("{context}: {error}"));
            witness.check(&store, folder.path(), &context).await;
        });
    }
    let said = witness.summary();
    assert!(
        witness.heard_all_kinds(),
        "something was never done: {said}"
    );
    println!("{rounds} rounds: {said}");
}

/// What the child does; nothing where nobody asks for it.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let first = std::env::var(FIRST).unwrap().parse().unwrap();
    block_on(child::run(folder.as_ref(), first));
}

/// Lets the child say some lines, and kills it a moment later. Returns all that it said.
fn run_and_kill(folder: &std::path::Path, round: u64, random: &mut Random) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(FIRST, (round * 10_000).to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = Vec::new();
    let enough = random.below(40);
    // One in eight dies while it opens the store, or before.
    if random.below(8) > 0 {
        while lines.len() < enough {
            lines.push(output.next().expect("the child ended by itself").unwrap());
        }
    }
    // Between two lines a lot happens, all of which is to be hit.
    let moment = Duration::from_micros(random.below(40_000) as u64);
    let end = Instant::now() + moment;
    while Instant::now() < end {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lines.extend(output.map_while(Result::ok));
    lines
}

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work);
}
