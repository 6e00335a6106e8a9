//! A server whose handler is replaced all the time, and one that has too few
//! descriptors.

use super::arena::Arena;
use super::identity::{Named, check, content};
use crate::support::server::Server;
use crate::support::tree::Tree;
use crate::swap::{named, replace};
use rustix::process::Signal;
use std::fs;
use std::process::ChildStderr;
use std::thread::Scope;
use std::time::Duration;

/// The names of the handlers that take turns.
const NAMES: [&str; 2] = ["one", "another"];

/// How many descriptors the server without enough has.
const DESCRIPTORS: usize = 80;

const FILE: Named = ("file", 3000);

pub(super) struct Swapped {
    tree: Tree,
    pub(super) server: Server,
    handlers: [Vec<u8>; 2],
}

impl Swapped {
    pub(super) fn start() -> Self {
        let tree = Tree::empty();
        let file = tree.outside("handler.wasm");
        let handlers = NAMES.map(named);
        fs::write(&file, &handlers[0]).unwrap();
        let server = Server::builder()
            .directory(&tree)
            .args(["--log-file", "/dev/full", "--component"])
            .args([&file])
            .start();
        Self {
            tree,
            server,
            handlers,
        }
    }

    pub(super) fn begin<'s, 'a>(&'a self, arena: &'a Arena, scope: &'s Scope<'s, 'a>)
    where
        'a: 's,
    {
        for _ in 0..2 {
            arena.again(scope, "handler", |dice| {
                let mut client = self.server.connect();
                for _ in 0..dice.below(50) {
                    // With the old one, a connection ends, too.
                    client.send("GET / HTTP/1.1\r\nHost: soak\r\n\r\n");
                    let Ok(response) = client.try_response(false) else {
                        return arena.count("handler that has gone");
                    };
                    assert!(response.status == 200 && NAMES.contains(&&*response.text()));
                }
            });
        }
        let mut turn = 0;
        arena.again(scope, "handler replaced", move |_| {
            turn += 1;
            let file = self.tree.outside("handler.wasm");
            replace(&file, &self.handlers[turn % 2]);
            self.server.signal(Signal::HUP);
            std::thread::sleep(Duration::from_millis(200));
        });
    }
}

pub(super) struct Cramped {
    pub(super) server: Server,
    /// Held, and never read.
    _log: ChildStderr,
    _tree: Tree,
}

impl Cramped {
    pub(super) fn start() -> Self {
        let tree = Tree::empty();
        tree.file(FILE.0, content(FILE, 0));
        let (server, log) = Server::builder()
            .directory(&tree)
            .ulimit(&format!("-n {DESCRIPTORS}"))
            .start_with_unread_log();
        Self {
            server,
            _log: log,
            _tree: tree,
        }
    }

    pub(super) fn begin<'s, 'a>(&'a self, arena: &'a Arena, scope: &'s Scope<'s, 'a>)
    where
        'a: 's,
    {
        arena.again(scope, "crowd", |dice| {
            let connect = |_| self.server.connect();
            let mut crowd: Vec<_> = (0..DESCRIPTORS + 40).map(connect).collect();
            for client in &mut crowd {
                client.send("GET /file HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n");
            }
            while !crowd.is_empty() {
                let mut client = crowd.swap_remove(dice.below(crowd.len()));
                if dice.below(3) == 0 {
                    client.reset();
                    continue;
                }
                let response = client.response();
                match response.status {
                    200 => drop(check(FILE, 0, &response.body)),
                    // It has no descriptor for the file, or none for an instance.
                    503 | 500 => arena.count("crowd, no descriptor"),
                    status => panic!("{status}"),
                }
            }
        });
    }
}
