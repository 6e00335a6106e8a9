//! `--proxy-protocol`: whose a connection is, as a proxy says.

mod header; // what is taken for a header, and what is cut off
mod limits; // a proxy's clients count, and not the proxy
mod proxies; // nginx and HAProxy in front
mod trust; // who is believed
mod who; // what handlers, scripts and logs are told

use crate::support::server::{Builder, Server};
use crate::support::tree::Tree;

const REQUEST: &str = "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n";

/// A client with an address of its own, as a proxy announces it.
fn client(number: u8) -> String {
    format!("PROXY TCP4 192.0.2.{number} 198.51.100.1 40000 443\r\n")
}

/// A header of version 2, for whatever follows its first bytes.
fn version_2(command: u8, family: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let fixed = [b"\r\n\r\n\0\r\nQUIT\n", &[command, family][..], &length];
    [fixed.concat().as_slice(), content].concat()
}

/// The client 192.0.2.7:40000, of 198.51.100.1:443.
const V4: &[u8] = &[192, 0, 2, 7, 198, 51, 100, 1, 0x9c, 0x40, 0x01, 0xbb];

/// A server that believes this machine.
fn believing(server: Builder) -> Builder {
    server.args(["--proxy-protocol", "--trusted-proxy", "127.0.0.0/8", "-v"])
}

fn serving(tree: &Tree) -> Server {
    believing(Server::builder().directory(tree)).start()
}
