//! What `--admin` answers.

use super::client::{Client, Response};
use super::server::Server;
use std::net::SocketAddr;

/// Has a server answer operators.
pub(crate) const ADMIN: [&str; 2] = ["--admin", "127.0.0.1:0"];

/// Where a server answers operators.
#[track_caller]
pub(crate) fn admin_of(server: &Server) -> SocketAddr {
    let line = server.wait_for_message(|line| line.starts_with("Operators see "));
    let address = line.split('/').nth(2).unwrap();
    address.parse().unwrap()
}

/// Asks for a path there.
#[track_caller]
pub(crate) fn ask(admin: SocketAddr, target: &str) -> Response {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {admin}\r\n\r\n");
    Client::connect(admin).exchange(request)
}

/// The number that a line of `/metrics` has, which begins with the name and labels.
#[track_caller]
pub(crate) fn number(admin: SocketAddr, name: &str) -> u64 {
    let metrics = ask(admin, "/metrics").text();
    let mut lines = metrics.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}
