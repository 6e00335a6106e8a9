//! Responses that a worker has ready at the same time, and sends together: each
//! client gets its own, whole and in order.

use crate::support::client::Client;
use crate::support::server::Server;
use crate::support::tree::{Tree, pattern};

fn request(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// One worker, so that all are ready for the same one.
fn start(tree: &Tree) -> Server {
    Server::builder()
        .directory(tree)
        .args(["--threads=1"])
        .start()
}

#[test]
fn each_of_many_clients_gets_its_own() {
    const CLIENTS: usize = 100;
    const FILES: usize = 23;
    let tree = Tree::empty();
    let content = |number: usize| pattern(number * 2000)[number..].to_vec();
    for number in 0..FILES {
        tree.file(format!("{number}"), content(number));
    }
    let server = start(&tree);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| server.connect()).collect();
    for round in 0..10 {
        // Some of the files aren't there.
        let wanted = |client: usize| (client * 7 + round) % (FILES + 2);
        for (place, client) in clients.iter_mut().enumerate() {
            client.send(request(&format!("/{}", wanted(place))));
        }
        for (place, client) in clients.iter_mut().enumerate() {
            let response = client.response();
            if wanted(place) < FILES {
                assert_eq!(response.status, 200);
                assert!(response.body == content(wanted(place)), "client {place}");
            } else {
                assert_eq!(response.status, 404);
            }
        }
    }
}

/// Responses that a socket has no room for wait with their connection, and hold
/// up no other.
#[test]
fn a_client_who_reads_late_gets_all() {
    const RESPONSES: usize = 600;
    let content = pattern(30_000);
    let tree = Tree::empty();
    tree.file("file", &content).file("other", "other");
    let server = start(&tree);
    let mut late = server.connect();
    let mut other = server.connect();
    for _ in 0..RESPONSES {
        late.send(request("/file"));
        // The request before is answered by then, or never without its client.
        assert_eq!(other.get("/other").text(), "other");
    }
    for number in 0..RESPONSES {
        assert!(late.response().body == content, "response {number}");
    }
    assert_eq!(late.get("/other").text(), "other");
}
