//! The process in which an attacker is.

use crate::attacks::{ATTACKS, Attack, Neighbour};
use crate::tenants;
use std::path::PathBuf;
use wasm_host_preview::runner::run_runner;

/// How a process without a wall is told to be one.
pub(crate) const BARE: &str = "bare";

/// What there is to attack.
pub(crate) struct Scene {
    /// `root`, a link to the site's folder; and what lies beside it, the store of all
    /// tenants among it.
    pub(crate) folder: PathBuf,
    /// The server of previews.
    pub(crate) neighbour: Neighbour,
}

impl Scene {
    /// As this process is told by its arguments.
    fn of_this_process() -> Self {
        let mut arguments = std::env::args().skip(2);
        let mut next = || arguments.next().expect("the test gives all of them");
        Self {
            folder: next().into(),
            neighbour: Neighbour {
                process: next().parse().expect("a number"),
                port: next().parse().expect("a number"),
            },
        }
    }
}

/// All that are made.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, Attack)> {
    // A runner has no cache.
    let on_servers = ATTACKS.iter().filter(|(name, _)| !name.contains("cache"));
    on_servers.chain(tenants::ATTACKS).copied()
}

/// A runner that attacks before it serves, and says what came of it in its log.
pub(crate) fn run_as_runner() {
    run_runner(|| {
        // A thread that began after the lock-down, as those that run handlers.
        let attacker = std::thread::spawn(|| attack(|line| eprintln!("{line}")));
        attacker.join().expect("an attack doesn't panic");
        Ok(())
    })
    .unwrap();
}

/// The same attacks by a process that is as any.
pub(crate) fn run_without_wall() {
    attack(|line| println!("{line}"));
}

fn attack(say: impl Fn(String)) {
    let scene = Scene::of_this_process();
    for (name, attack) in all() {
        say(match attack(&scene) {
            Ok(()) => format!("{name}: done"),
            Err(error) => format!("{name}: failed: {error}"),
        });
    }
}
