//! `--upload`: files that clients leave.

mod attacks; // what must not be left, and where
mod bounds; // how much may be left, and what becomes of what breaks off
mod forms; // by a form, with a script in Chromium and without one
mod put; // by PUT

use crate::support::server::Server;
use crate::support::tree::Tree;

/// A server that takes files, with these options besides.
fn start(tree: &Tree, args: &[&str]) -> Server {
    let builder = Server::builder().directory(tree).args(["--upload"]);
    builder.args(args).start()
}

/// A whole request that leaves a file.
fn put(target: &str, fields: &str, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = content.len();
    let head =
        format!("PUT {target} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n{fields}\r\n");
    [head.as_bytes(), content].concat()
}
