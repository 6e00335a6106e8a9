//! Instances that are used again: nothing of a call is there at the next.

use crate::support::client::{Client, Response};
use crate::support::server::Server;
use crate::support::tree::Tree;
use crate::support::{eventually, guests};
use rustix::process::Signal;
use std::cell::RefCell;
use std::path::Path;

/// A server with one worker, whose log says when an instance is made. There is one at a
/// time: a handler may lose its turn between its response and its return, and the next
/// request waits until it has returned.
struct Site {
    _tree: Tree,
    server: Server,
    /// Each has had its response, and none has gone: a handler that has responded, and
    /// not returned, ends with its client.
    clients: RefCell<Vec<Client>>,
}

impl Site {
    /// Of the component that remembers what it can, or the embedded one.
    fn new(component: Option<&Path>, args: &[&str]) -> Self {
        let tree = Tree::simple();
        let mut server = Server::builder()
            .directory(&tree)
            .args([
                "--threads=1",
                "--max-instances=1",
                "--queue-timeout=20",
                "-v",
            ])
            .args(args);
        if let Some(component) = component {
            server = server.args(["--component".as_ref(), component.as_os_str()]);
        }
        let server = server.start();
        Self {
            _tree: tree,
            server,
            clients: RefCell::default(),
        }
    }

    fn remembering(args: &[&str]) -> Self {
        Self::new(Some(&guests::component("remember_handler")), args)
    }

    fn get(&self, path: &str) -> Response {
        let mut client = self.server.connect();
        client.send(format!(
            "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        ));
        let response = client.response();
        self.clients.borrow_mut().push(client);
        response
    }

    fn logged(&self, part: &str) -> usize {
        let lines = self.server.log_lines();
        lines.iter().filter(|line| line.contains(part)).count()
    }

    /// How many instances were made until now.
    fn made(&self) -> usize {
        // Either handler writes a line for each request, after that of its
        // instance.
        eventually("the log is complete", || {
            self.logged("called /") + self.logged("\"GET /") == self.clients.borrow().len()
        });
        self.logged("instance made")
    }
}

const PER_REQUEST: &[&str] = &["--isolation=request"];

#[test]
fn nothing_of_a_call_is_there_at_the_next() {
    let site = Site::remembering(PER_REQUEST);
    let first = site.get("/").text();
    assert!(first.contains(r#"7 0 Ok("constant")"#), "{first}");
    for path in ["/", "/write", "/leak", "/smash", "/", "/smash", "/write"] {
        assert_eq!(site.get(path).text(), first, "at {path}");
        assert_eq!(site.get("/").text(), first, "after {path}");
    }
    assert_eq!(site.made(), 1);
}

/// What a call did that can't be undone is the end of its instance.
#[test]
fn an_instance_that_can_not_be_as_new_is_not_used_again() {
    let site = Site::remembering(PER_REQUEST);
    let first = site.get("/").text();
    for (number, path) in (2..).zip(["/grow", "/keep", "/disorder", "/stream", "/trap"]) {
        let status = site.get(path).status;
        assert_eq!(status, if path == "/trap" { 500 } else { 200 }, "{path}");
        assert_eq!(site.made(), number - 1, "{path}");
        assert_eq!(site.get("/").text(), first, "after {path}");
        assert_eq!(site.made(), number, "{path}");
    }
}

#[test]
fn each_connection_finds_an_instance_as_new() {
    let site = Site::remembering(&[]);
    let first = site.get("/smash").text();
    for path in ["/", "/write", "/close", "/smash", "/close", "/"] {
        assert_eq!(site.get(path).text(), first, "{path}");
    }
    assert_eq!(site.made(), 1);
}

#[test]
fn the_log_says_why_instances_are_used_once() {
    // With the linker's usual stack, its memory begins with more than is put back.
    let component = guests::component("raw_handler");
    let server = Server::builder()
        .args(["--verbose", "--component"])
        .args([&component])
        .start();
    let line = server.wait_for_log(|line| line.contains("are used again: no, "));
    assert!(line.contains("KiB is the most that is put back"), "{line}");
    let said = |line: &&String| line.contains("are used again: no, ");
    assert_eq!(server.log_lines().iter().filter(said).count(), 1);
}

#[test]
fn the_embedded_component_is_used_again() {
    let directories = ["--dir=/usr::/one", "--dir=/usr::/two", "--dir=/usr::/three"];
    for args in [PER_REQUEST, &[], &directories] {
        let site = Site::new(None, args);
        for _ in 0..5 {
            assert_eq!(site.get("/hello.txt").status, 200);
            assert_eq!(site.get("/missing").status, 404);
            assert_eq!(site.get("/").status, 200);
        }
        assert_eq!(site.made(), 1, "{args:?}");
    }
}

/// How many pieces of machine code the server has made (Linux).
fn compiled(server: &Server) -> usize {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", server.id())).unwrap();
    let code = |line: &&str| line.contains(" r-xp ") && !line.contains(['/', '[']);
    maps.lines().filter(code).count()
}

/// Without waiting for a request.
#[test]
fn a_swap_frees_the_component_before() {
    let site = Site::remembering(&[]);
    site.get("/");
    let before = compiled(&site.server);
    assert!(before > 0);
    site.server.signal(Signal::HUP);
    eventually("it is swapped", || site.logged("component reloaded") == 1);
    eventually("it is freed", || compiled(&site.server) == before);
}

/// What is kept is of the component that serves, and no other.
#[test]
fn after_a_swap_no_instance_is_of_the_component_before() {
    let tree = Tree::simple();
    let file = tree.outside("handler.wasm");
    std::fs::copy(guests::component("remember_handler"), &file).unwrap();
    let site = Site::new(Some(&file), &[]);
    let first = site.get("/").text();
    assert_eq!(site.get("/").text(), first);
    for swaps in 1..=3 {
        site.server.signal(Signal::HUP);
        eventually("it is swapped", || {
            site.logged("component reloaded") == swaps
        });
        assert_eq!(site.get("/").text(), first);
        assert_eq!(site.get("/").text(), first);
        // One made since may have been dropped with those of before.
        assert!(site.made() > swaps);
    }
}
