//! Whatever is asked of a directory, nothing of what lies beside it is sent, and no
//! answer is a fault of the server's. Links that lead out are the host's to refuse.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;
use wasm_host_sdk::testing::Conversation;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, Result, SimpleHttpRequestHandler, simple};

/// What lies outside.
const SECRET: &str = "a secret that nobody may read";

static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("wasm-host-fuzz-{}", std::process::id()));
    let root = folder.join("root");
    std::fs::create_dir_all(root.join("sub")).expect("a folder");
    let write = |path: &str, text: &str| std::fs::write(root.join(path), text).expect("a file");
    write("../secret", SECRET);
    write("a.txt", "0123456789");
    write("sub/index.html", "<!doctype html>");
    root
});

struct Files(Exchange);

impl BaseHttpRequestHandler for Files {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn do_get(&mut self) -> Result<()> {
        simple::do_get(self)
    }

    fn do_head(&mut self) -> Result<()> {
        simple::do_head(self)
    }
}

impl SimpleHttpRequestHandler for Files {}

fuzz_target!(|input: (&[u8], &[u8])| {
    let (target, fields) = input;
    let head = [
        b"GET ",
        target,
        b" HTTP/1.1\r\nHost: a\r\n",
        fields,
        b"\r\n\r\n",
    ]
    .concat();
    let outcome = Conversation::new(&head)
        .time(784_111_777)
        .directory(&*ROOT)
        .run::<Files>();
    let secret = SECRET.as_bytes();
    assert!(
        !outcome
            .sent
            .windows(secret.len())
            .any(|window| window == secret)
    );
    // An answer to HTTP/0.9 has no head, and others none of ours.
    for fault in [&b"HTTP/1.0 5"[..], b"HTTP/1.1 5"] {
        let faulty = outcome.sent.starts_with(fault);
        let unknown = outcome.sent[fault.len().min(outcome.sent.len())..].starts_with(b"0");
        let status = outcome.sent.get(9..12).unwrap_or_default();
        assert!(
            !faulty || unknown && matches!(status, b"501" | b"505"),
            "{:?}",
            outcome.log
        );
    }
});
