//! Clients without an address, and what each of them may have.

use super::serving;
use crate::support::tree::Tree;

/// They can't be told apart, and would be one client if they were counted as one.
#[test]
fn limits_of_a_client_are_each_connections() {
    let tree = Tree::simple();
    let server = serving(&tree)
        .args([
            "--max-connections-per-client=1",
            "--max-requests-per-client=1",
        ])
        .start();
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/hello.txt").status, 200);
    }
    for client in &mut clients {
        assert_eq!(client.get("/hello.txt").status, 200, "it is still there");
    }
}

/// One at a time who does nothing but connect makes room for whoever comes.
#[test]
fn silent_clients_make_room_for_others() {
    let tree = Tree::simple();
    let server = serving(&tree).args(["--max-connections=8"]).start();
    let _silent: Vec<_> = (0..8).map(|_| server.connect()).collect();
    for _ in 0..8 {
        assert_eq!(server.get("/hello.txt").status, 200);
    }
}
