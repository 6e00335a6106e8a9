//! A proxy's clients count, and not the proxy.

use super::{REQUEST, believing, client};
use crate::support::client::Client;
use crate::support::eventually;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tree::Tree;
use std::fs;

fn serving(tree: &Tree, args: &[&str]) -> Server {
    let server = believing(Server::builder().directory(tree));
    server.args(["--threads=1"]).args(args).start()
}

fn connect(server: &Server, number: u8) -> Client {
    let mut proxy = server.connect();
    proxy.send(client(number));
    proxy
}

/// Whether its connection was refused, as it has too many.
fn is_refused(mut client: Client) -> bool {
    let _ = client.try_send(REQUEST);
    client.rest().is_empty()
}

/// Each is in mid request, so that none makes room for another.
fn busy(server: &Server, number: u8) -> Client {
    let mut client = connect(server, number);
    client.send(
        "POST /hello.txt HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    );
    client
}

#[test]
fn a_client_has_its_share_whichever_proxy_it_comes_by() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 << 20);
    let server = serving(&tree, &["--max-connections-per-client=3"]);
    // Downloads that nobody takes keep their connections.
    let downloads: Vec<_> = (0..3)
        .map(|_| {
            let mut client = connect(&server, 1);
            client.send("GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n");
            assert_eq!(client.try_response_head().unwrap().status, 200);
            client
        })
        .collect();
    assert!(is_refused(connect(&server, 1)));
    server.wait_for_log(|line| line.contains("192.0.2.1") && line.contains("more than its share"));
    // The proxy's other clients have theirs, and it has more than one's in all.
    let mut others: Vec<_> = (2..12).map(|number| connect(&server, number)).collect();
    for other in &mut others {
        other.send(REQUEST);
        assert_eq!(other.response().status, 200);
    }
    drop(downloads);
    eventually("the client has room again", || !is_refused_once(&server));
}

fn is_refused_once(server: &Server) -> bool {
    let mut client = connect(server, 1);
    client.send(REQUEST);
    client.try_response(false).is_err()
}

/// One that has its most, some of which are idle, makes room itself.
#[test]
fn an_idle_connection_of_the_same_client_makes_room() {
    let tree = Tree::simple();
    let server = serving(&tree, &["--max-connections-per-client=2"]);
    let mut idle: Vec<_> = (0..2).map(|_| connect(&server, 1)).collect();
    let mut other = connect(&server, 2);
    for client in idle.iter_mut().chain([&mut other]) {
        client.send(REQUEST);
        assert_eq!(client.response().status, 200);
    }
    // They are waited for a moment in any case.
    eventually("one of its own makes room", || {
        let mut newest = connect(&server, 1);
        newest.send(REQUEST);
        newest.try_response(false).is_ok()
    });
    other.send(REQUEST);
    assert_eq!(other.response().status, 200, "it isn't the other's to go");
}

/// Nor is there a way around it by IPv6: a /64 is one client.
#[test]
fn a_network_of_ipv6_is_one_client() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 64 << 20);
    let server = serving(&tree, &["--max-connections-per-client=2"]);
    let connect = |host: u16| {
        let mut client = server.connect();
        client.send(format!("PROXY TCP6 2001:db8::{host:x} ::1 1 2\r\n"));
        client
    };
    let _downloads: Vec<_> = (1..3)
        .map(|host| {
            let mut client = connect(host);
            client.send("GET /big.bin HTTP/1.1\r\nHost: h\r\n\r\n");
            assert_eq!(client.try_response_head().unwrap().status, 200);
            client
        })
        .collect();
    assert!(is_refused(connect(3)));
}

/// A client that fills all places makes room for the next one behind the same proxy.
#[test]
fn a_crowd_behind_a_proxy_does_not_keep_its_neighbour_out() {
    let tree = Tree::simple();
    let server = serving(&tree, &["--max-connections=8", "--header-timeout=60"]);
    let _crowd: Vec<_> = (0..24).map(|_| connect(&server, 1)).collect();
    let _busy: Vec<_> = (0..8).map(|_| busy(&server, 1)).collect();
    for _ in 0..10 {
        let mut neighbour = connect(&server, 2);
        neighbour.send(REQUEST);
        assert_eq!(neighbour.response().status, 200);
    }
}

/// Connections of the proxy's that say nothing are nobody's, and go first.
#[test]
fn connections_that_say_nothing_make_room() {
    let tree = Tree::simple();
    let server = serving(&tree, &["--max-connections=8", "--header-timeout=60"]);
    let _silent: Vec<_> = (0..24).map(|_| server.connect()).collect();
    for number in 1..10 {
        let mut client = connect(&server, number);
        client.send(REQUEST);
        assert_eq!(client.response().status, 200);
    }
}

/// A client that has its share already doesn't get the last place, whatever comes of its
/// connections: each of them is at work, and none makes room.
#[test]
fn a_crowd_that_is_at_work_leaves_the_last_place_to_its_neighbour() {
    let scripts = Scripts::new();
    let _gate = scripts.gate("gate");
    let work = "echo begun >> \"$traces/begun\"; read line < \"$traces/gate\"";
    scripts.sh("work", &format!("{work}; {PLAIN}"));
    let server = believing(scripts.server());
    let server = server.args(["--threads=1", "--max-connections=4"]).start();
    let at_work = |number: u8| {
        let mut client = connect(&server, number);
        client.send("GET /cgi-bin/work HTTP/1.1\r\nHost: h\r\n\r\n");
        client
    };
    let are_at_work = |count: usize| {
        eventually("so many are at work", || {
            let begun = fs::read_to_string(scripts.trace("begun")).unwrap_or_default();
            begun.lines().count() == count
        });
    };
    let _neighbours = at_work(2);
    are_at_work(1);
    let crowd: Vec<_> = (0..16).map(|_| at_work(1)).collect();
    are_at_work(3);
    let mut neighbour = connect(&server, 2);
    neighbour.send(REQUEST);
    assert_eq!(neighbour.response().text(), "hello, world\n");
    drop(crowd);
}
