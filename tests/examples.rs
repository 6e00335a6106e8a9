//! The handlers of `guest/examples`: each is built and driven as its text says.

use crate::support::client::Response;
use crate::support::contains;
use crate::support::guests::{EXAMPLES, example, uses_instances_again};
use crate::support::server::{Builder, Server};
use crate::support::tree::{MEGABYTE, Tree, pattern};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

fn builder(name: &str) -> Builder {
    Server::builder().args([OsStr::new("--component"), example(name).as_os_str()])
}

#[track_caller]
fn post(server: &Server, target: &str, content_type: &str, content: &str) -> Response {
    let length = content.len();
    server.exchange(format!(
        "POST {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
         Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{content}"
    ))
}

/// One copied from is as quick as what `wasm-host new` makes.
#[test]
fn all_keep_connections_and_instances() {
    let tree = Tree::simple();
    let build = include_str!("../host/templates/rust/build.rs");
    for name in EXAMPLES {
        let path = format!(
            "{}/../guest/examples/{name}/build.rs",
            env!("CARGO_MANIFEST_DIR")
        );
        assert_eq!(fs::read_to_string(path).unwrap(), build, "{name}");
        uses_instances_again(&example(name));
        let server = builder(name).directory(&tree).start();
        let response = server.connect().get("/");
        assert_eq!(response.version, "HTTP/1.1", "{name}");
        let kept = !response.lists("Connection", "close");
        assert!(kept || response.status >= 400, "{name}: {response:?}");
    }
}

#[test]
fn hello_says_hello() {
    let server = builder("hello").start();
    let response = server.get("/you");
    assert_eq!(response.status, 200);
    assert_eq!(response.required("Content-Length"), "16");
    assert_eq!(response.text(), "Hello from /you\n");
    assert_eq!(server.request("POST", "/", &[]).status, 501);
}

#[test]
fn echo_sends_any_request_back() {
    let server = builder("echo").start();
    let mut client = server.connect();
    let response = client
        .exchange("SPAM /a?b HTTP/1.1\r\nHost: test\r\nX-Y: z\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(
        response.text(),
        "SPAM /a?b HTTP/1.1\nHost: test\nX-Y: z\nContent-Length: 5\n\nhello"
    );
    // The connection is kept where the response says how long it is.
    let head = client.exchange("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
    assert_eq!((head.status, head.text().as_str()), (200, ""));
    let chunked = client.exchange(
        "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n\
         3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n",
    );
    assert!(chunked.text().ends_with("\n\nhello"), "{chunked:?}");
    assert!(chunked.field("Connection").is_none(), "{chunked:?}");
    assert_eq!(client.get("/").status, 200);
}

#[test]
fn echo_streams() {
    let server = builder("echo").start();
    let content = pattern(8 * MEGABYTE);
    let mut client = server.connect();
    let length = content.len();
    client.send(format!(
        "PUT / HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n"
    ));
    let sending = client.send_in_background(content.clone());
    let response = client.response();
    sending.join().unwrap().unwrap();
    assert!(response.body.ends_with(&content));
}

/// Chunks leave as they are written, and not when there are enough of them.
#[test]
fn echo_sends_chunks_while_others_come() {
    let server = builder("echo").start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    let part = "x".repeat(64 * 1024);
    client.send(format!("{:x}\r\n{part}\r\n", part.len()));
    let head = client.try_response_head().unwrap();
    assert_eq!(head.required("Transfer-Encoding"), "chunked");
    client.wait_for("x".repeat(1024));
    client.send("4\r\nlast\r\n0\r\n\r\n");
    let body = client.read_body(&head).unwrap();
    assert!(body.ends_with(b"xlast"));
    assert_eq!(client.get("/").status, 200);
}

/// A client that knows no chunks sees the end by the connection's, and one that asks
/// for the head alone gets no content.
#[test]
fn echo_is_right_for_old_clients_and_for_head() {
    let server = builder("echo").start();
    let mut client = server.connect();
    client.send("HEAD / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_eq!(client.response_to_head().status, 200);
    assert_eq!(client.get("/").status, 200);
    let mut client = server.connect();
    client.send("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
    let (sent, end) = client.read_to_close();
    assert!(end.is_ok() && sent.ends_with(b"\n\nhi"));
    assert!(!contains(&sent, "chunked"));
}

#[test]
fn router_leads_to_pages() {
    let server = builder("router").start();
    assert_eq!(server.get("/greet/A%20b").text(), "Hello, A b!\n");
    assert_eq!(
        server.request("POST", "/greet/a", &[]).text(),
        "HELLO, A!\n"
    );
    assert_eq!(server.get("/sum/2/40").text(), "42\n");
    assert_eq!(server.get("/sum/2/x").status, 400);
    assert_eq!(server.get("/nowhere").status, 404);
    let refused = server.request("DELETE", "/greet/a", &[]);
    assert_eq!(refused.status, 405);
    assert_eq!(refused.required("Allow"), "GET, HEAD, POST, OPTIONS");
    let options = server.request("OPTIONS", "/", &[]);
    assert_eq!(options.status, 204);
    assert_eq!(options.required("Allow"), "GET, HEAD, OPTIONS");
    let head = server.head("/greet/Ada");
    assert_eq!(head.required("Content-Length"), "12");
}

#[test]
fn markdown_is_rendered() {
    let tree = Tree::simple();
    tree.dated_file("page.md", "# Hi\n\n<script>x</script>\n")
        .file(".hidden.md", "# Hidden");
    let server = builder("markdown").directory(&tree).start();
    let page = server.get("/page.md");
    assert_eq!(page.media_type(), "text/html");
    assert!(page.text().contains("<h1>Hi</h1>\n&lt;script&gt;"));
    let head = server.head("/page.md");
    assert_eq!(head.required("Content-Length"), page.body.len().to_string());
    let tag = page.required("ETag");
    let again = server.get_with("/page.md", &[&format!("If-None-Match: {tag}")]);
    assert_eq!((again.status, again.required("ETag")), (304, tag));
    let raw = server.get("/page.md?raw");
    assert!(raw.text().starts_with("# Hi\n"));
    assert_ne!(raw.required("ETag"), tag);
    // The rest is the static handler's.
    assert!(server.get("/").text().contains("page.md"));
    assert_eq!(server.get("/none.md").status, 404);
    assert_eq!(server.get("/.hidden.md").media_type(), "text/html");
    let hiding = builder("markdown")
        .directory(&tree)
        .args(["--no-hidden"])
        .start();
    assert_eq!(hiding.get("/.hidden.md").status, 404);
}

/// `HOST::GUEST:rw`, as `--dir` takes it.
fn writable(host: &Path, guest: &str) -> OsString {
    let mut grant = host.as_os_str().to_owned();
    grant.push(format!("::{guest}:rw"));
    grant
}

#[test]
fn guestbook_survives_a_restart() {
    let tree = Tree::simple();
    tree.directory("book");
    let grant = writable(&tree.path("book"), "/guestbook");
    let start = || {
        let dir = [OsStr::new("--dir"), &grant];
        builder("guestbook").args(dir).start()
    };
    const FORM: &str = "application/x-www-form-urlencoded";
    let mut server = start();
    assert!(!server.get("/").text().contains("<dt>"));
    let entry = "name=Ada+%26+%C3%A4&message=%3Cscript%3E%0D%0Ax";
    let response = post(&server, "/", FORM, entry);
    assert_eq!((response.status, response.required("Location")), (303, "/"));
    assert_eq!(post(&server, "/", FORM, "name=Ada").status, 422);
    let long = format!("name=Ada&message={}", "x".repeat(8192));
    assert_eq!(post(&server, "/", FORM, &long).status, 413);
    assert_eq!(post(&server, "/", "text/plain", entry).status, 415);
    let shown = "<dt>Ada &amp; ä</dt><dd>&lt;script&gt;  x</dd>";
    assert!(server.get("/").text().contains(shown));
    assert!(server.terminate().success());

    let server = start();
    assert_eq!(post(&server, "/", FORM, "name=Bob&message=two").status, 303);
    let page = server.get("/").text();
    let (bob, ada) = (page.find("<dt>Bob"), page.find(shown));
    assert!(bob.is_some() && bob < ada, "{page}");
    let kept = fs::read_to_string(tree.path("book").join("entries.txt")).unwrap();
    assert_eq!(kept, "Ada & ä\t<script>  x\nBob\ttwo\n");
}

#[test]
fn guestbook_keeps_nothing_that_it_may_not() {
    let tree = Tree::simple();
    tree.directory("book");
    let mut read_only = tree.path("book").into_os_string();
    read_only.push("::/guestbook");
    let server = builder("guestbook")
        .args([OsStr::new("--dir"), &read_only])
        .start();
    let form = "application/x-www-form-urlencoded";
    assert_eq!(post(&server, "/", form, "name=a&message=b").status, 500);
    assert_eq!(server.get("/").status, 200);
    assert_eq!(fs::read_dir(tree.path("book")).unwrap().count(), 0);
}

/// As the help of `--request-timeout` says.
#[test]
fn content_that_stalls_is_408() {
    let args = ["--request-timeout", "1"];
    let server = builder("guestbook").args(args).start();
    // An instance is there, so that none of the time is for making one.
    server.get("/");
    let response = server.exchange(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\nname=a",
    );
    assert_eq!(response.status, 408);
}

/// `ada:correct horse`, and the same with a `_` at its end.
const RIGHT: &str = "Authorization: Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const WRONG: &str = "Authorization: Basic YWRhOmNvcnJlY3QgaG9yc2Vf";

#[test]
fn auth_asks_for_credentials() {
    let tree = Tree::simple();
    tree.file("secret.txt", "secret");
    let server = builder("auth")
        .directory(&tree)
        .args([
            "--env",
            "AUTH_USER=ada",
            "--env",
            "AUTH_PASSWORD=correct horse",
        ])
        .start();
    for fields in [&[][..], &[WRONG], &["Authorization: Basic x"]] {
        let refused = server.get_with("/secret.txt", fields);
        assert_eq!(refused.status, 401);
        assert!(refused.required("WWW-Authenticate").starts_with("Basic "));
        assert!(!refused.text().contains("secret"));
    }
    assert_eq!(server.get_with("/secret.txt", &[RIGHT]).text(), "secret");
    assert_eq!(server.get_with("/none", &[RIGHT]).status, 404);
    assert_eq!(server.get("/none").status, 401);
    // The log says who was refused, and nobody's password.
    server.wait_for_log(|line| line.contains("401"));
    let log = server.log_lines().join("\n");
    assert!(
        !log.contains("correct horse") && !log.contains("YWRhOm"),
        "{log}"
    );
}

#[test]
fn auth_without_credentials_lets_nobody_in() {
    let tree = Tree::simple();
    tree.file("secret.txt", "secret");
    let server = builder("auth").directory(&tree).start();
    for field in [RIGHT, "Authorization: Basic Og=="] {
        assert_eq!(server.get_with("/secret.txt", &[field]).status, 401);
    }
}
