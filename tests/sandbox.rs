//! What lies outside of the root stays there.

use crate::support::contains;
use crate::support::server::Server;
use crate::support::tree::{SECRET, Tree};

#[test]
fn no_path_leaves_the_root() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    let secret = tree.outside("secret.txt");
    let absolute = secret.to_str().unwrap();
    let root_name = tree
        .path("")
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let mut targets: Vec<String> = [
        "/../outside/secret.txt",
        "/../../outside/secret.txt",
        "/dir/../../outside/secret.txt",
        "/dir/../../../outside/secret.txt",
        "/dir/deeper/../../../outside/secret.txt",
        "/missing/../../outside/secret.txt",
        "/link-dir/../../outside/secret.txt",
        "/./../outside/secret.txt",
        "/.././outside/secret.txt",
        "//../outside/secret.txt",
        "/..//outside/secret.txt",
        "/%2e%2e/outside/secret.txt",
        "/%2E%2e/outside/secret.txt",
        "/.%2e/outside/secret.txt",
        "/%2e%2e%2foutside%2fsecret.txt",
        "/..%2foutside/secret.txt",
        "/%2f..%2foutside%2fsecret.txt",
        "/dir%2f..%2f..%2foutside%2fsecret.txt",
        "/dir%2fdeeper/../../../outside%2fsecret.txt",
        "/link-out-dir%2fsecret.txt",
        "/link-root%2fetc%2fpasswd",
        "/dir/..%2f..%2foutside/secret.txt",
        "/%252e%252e/outside/secret.txt",
        "/%252e%252e%252foutside%252fsecret.txt",
        "/..\\outside\\secret.txt",
        "/..%5coutside%5csecret.txt",
        "/dir\\..\\..\\outside\\secret.txt",
        "/%c0%ae%c0%ae/outside/secret.txt",
        "/%c0%ae%c0%ae%c0%afoutside%c0%afsecret.txt",
        "/%e0%80%ae%e0%80%ae/outside/secret.txt",
        "/%uff0e%uff0e/outside/secret.txt",
        "/\u{ff0e}\u{ff0e}/outside/secret.txt",
        "/%ef%bc%8e%ef%bc%8e/outside/secret.txt",
        "/.../outside/secret.txt",
        "/....//outside/secret.txt",
        "/..;/outside/secret.txt",
        "/..%00/outside/secret.txt",
        "/%00/../outside/secret.txt",
        "/hello.txt%00/../../outside/secret.txt",
        "/..%0a/outside/secret.txt",
        "/?/../outside/secret.txt",
        "/#/../outside/secret.txt",
        "../outside/secret.txt",
        "..%2foutside/secret.txt",
        "http://test/../outside/secret.txt",
        "http://../outside/secret.txt",
        "file:///../outside/secret.txt",
    ]
    .map(str::to_owned)
    .to_vec();
    targets.push(absolute.to_owned());
    targets.push(format!("/{absolute}"));
    targets.push(format!("//{absolute}"));
    targets.push(format!("/%2f{absolute}"));
    targets.push(format!("/{}", absolute.replace('/', "%2f")));
    targets.push(format!("file://{absolute}"));
    targets.push(format!("/{}etc/passwd", "../".repeat(40)));
    targets.push(format!("/{}etc/passwd", "%2e%2e/".repeat(40)));
    targets.push(format!("/{}etc/passwd", "..%2f".repeat(40)));
    targets.push(format!("/../{root_name}/../outside/secret.txt"));
    for target in targets {
        let mut client = server.connect();
        client.send(format!(
            "GET {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        ));
        let bytes = client.rest();
        assert!(bytes.starts_with(b"HTTP/1.1 "), "{target}: no answer");
        assert!(
            !bytes.starts_with(b"HTTP/1.1 5"),
            "{target}: {}",
            bytes[..40].escape_ascii()
        );
        assert!(!contains(&bytes, SECRET), "{target} reaches the secret");
        assert!(
            !contains(&bytes, "root:x:0"),
            "{target} reaches /etc/passwd"
        );
    }
}

#[test]
fn symlinks_inside_the_root_work() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    for (target, body) in [
        ("/link-inside", "hello, world\n"),
        ("/link-chain", "hello, world\n"),
        ("/link-dir/nested.txt", "nested\n"),
        ("/link-dir/deeper/deepest.txt", "deepest\n"),
        ("/dir/link-up", "hello, world\n"),
        ("/link-dir/link-up", "hello, world\n"),
    ] {
        let response = server.get(target);
        assert_eq!(
            (response.status, response.text().as_str()),
            (200, body),
            "{target}"
        );
    }
    assert_eq!(server.get("/link-dir").required("Location"), "link-dir/");
}

#[test]
fn symlinks_out_of_the_root_are_404_and_the_log_says_why() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    for target in [
        "/link-out",
        "/link-out-absolute",
        "/link-out-chain",
        "/link-out-dir",
        "/link-out-dir/",
        "/link-out-dir/secret.txt",
        "/link-out-dir/missing",
        "/link-root",
        "/link-root/",
        "/link-root/etc/passwd",
    ] {
        let response = server.get(target);
        assert_eq!(response.status, 404, "{target}");
        assert_eq!(response.body, server.get("/missing").body, "{target}");
        assert!(!response.text().contains(SECRET), "{target}");
        let said = format!(
            "{} is answered as not found: it leads out of the served directory",
            target.trim_end_matches('/')
        );
        server.wait_for_log(|line| line.contains(&said));
    }
}

#[test]
fn symlinks_to_nothing_and_in_circles_are_404() {
    let tree = Tree::hostile();
    let server = Server::serving(&tree);
    for target in [
        "/link-dangling",
        "/link-loop",
        "/link-loop/x",
        "/link-loop-a",
        "/link-loop-b/",
    ] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}

#[test]
fn what_is_no_regular_file_is_404_and_never_waited_for() {
    let tree = Tree::hostile();
    tree.symlink("link-fifo", "fifo");
    let server = Server::serving(&tree);
    for target in ["/fifo", "/socket", "/link-fifo"] {
        for method in ["GET", "HEAD"] {
            assert_eq!(
                server.request(method, target, &[]).status,
                404,
                "{method} {target}"
            );
        }
        let said = format!("{target} is answered as not found: neither a regular file");
        server.wait_for_log(|line| line.contains(&said));
    }
    assert_eq!(server.get("/hello.txt").status, 200);
}

/// The tree is swapped under the server's hands: a name is a file at one
/// moment and a link out of the root at the next.
#[test]
fn a_race_with_a_symlink_never_wins() {
    let tree = Tree::simple();
    let server = Server::serving(&tree);
    let place = tree.path("swapped");
    let [file, link] = ["a-file", "a-link"].map(|name| tree.path(name));
    std::thread::scope(|scope| {
        let swapping = scope.spawn(|| {
            for _ in 0..2_000 {
                std::fs::write(&file, "inside").unwrap();
                std::fs::rename(&file, &place).unwrap();
                std::os::unix::fs::symlink("../outside/secret.txt", &link).unwrap();
                std::fs::rename(&link, &place).unwrap();
            }
        });
        let mut client = server.connect();
        while !swapping.is_finished() {
            let response = client.get("/swapped");
            assert!(matches!(response.status, 200 | 404), "{}", response.status);
            assert!(!response.text().contains(SECRET));
        }
    });
}
