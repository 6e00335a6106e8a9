//! What must not be left, and where not.

use super::{put, start};
use crate::support::chromium::Browser;
use crate::support::command_line::{run, stderr};
use crate::support::server::Server;
use crate::support::tree::{SECRET, Tree};
use std::fs;
use std::path::{Path, PathBuf};

/// Everything beneath a directory, with what is in files, and where links lead.
fn snapshot(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let what = if metadata.is_symlink() {
            fs::read_link(&path).unwrap().display().to_string()
        } else if metadata.is_file() {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        } else {
            String::new()
        };
        if metadata.is_dir() {
            found.extend(snapshot(&path));
        }
        found.push((path, what));
    }
    found.sort();
    found
}

#[test]
fn nothing_is_left_where_nothing_may_be() {
    let tree = Tree::hostile();
    let server = start(&tree, &["--overwrite"]);
    let folder = tree.as_ref().parent().unwrap();
    let before = snapshot(folder);
    let long = format!("/{}", "n".repeat(300));
    let deep = format!("/{}x", "d/".repeat(3000));
    let cases: &[(&str, u16)] = &[
        // Upwards.
        ("/../outside/new", 400),
        ("/%2e%2e/outside/new", 400),
        ("/dir/%2E%2E/%2e%2e/outside/new", 400),
        ("/..%2Foutside%2Fnew", 400),
        ("/dir%2fnew", 400),
        ("/dir//new", 400),
        ("/./new", 400),
        // Names that can't be.
        ("/", 400),
        ("/dir/", 400),
        ("/new/", 400),
        ("/nul%00l", 400),
        ("/new%0aline", 400),
        ("/escape%1b[31m", 400),
        ("/delete%7f", 400),
        ("/c1%C2%85", 400),
        (&long, 400),
        (&deep, 400),
        // Settings of programs.
        ("/.git/config", 403),
        ("/.ssh/authorized_keys", 403),
        ("/dir/.htaccess", 403),
        ("/.wasm-host-unfinished-0123456789abcdef", 403),
        // Something is in the way.
        ("/dir", 409),
        ("/fifo", 409),
        ("/socket", 409),
        ("/hello.txt/new", 409),
        ("/fifo/new", 409),
        // Links are neither followed out, nor written through, nor replaced.
        ("/link-out", 409),
        ("/link-inside", 409),
        ("/link-dangling", 409),
        ("/link-loop", 409),
        ("/link-out-dir/new", 403),
        ("/link-out-absolute/new", 403),
        ("/link-root/tmp/new", 403),
        ("/link-dangling/new", 409),
        ("/link-loop/new", 409),
    ];
    for (target, status) in cases {
        let response = server.exchange(put(target, "", "left"));
        let text = response.text();
        assert_eq!(response.status, *status, "{target}: {text}");
        assert!(text.starts_with("not uploaded: "), "{target}: {text}");
        assert!(!text.contains(SECRET));
    }
    let part = server.exchange(put("/new", "Content-Range: bytes 0-3/4\r\n", "left"));
    assert_eq!(part.status, 400);
    assert!(snapshot(folder) == before, "something has changed");
    // Through a link that stays inside, a new file may be left.
    assert_eq!(
        server.exchange(put("/link-dir/new", "", "left")).status,
        201
    );
    assert_eq!(fs::read(tree.path("dir/new")).unwrap(), b"left");
}

#[test]
fn what_isnt_served_cant_be_left() {
    let tree = Tree::simple();
    tree.file("_redirects", "/old /new 301\n");
    let server = start(&tree, &["--no-hidden", "--rules", "netlify", "--overwrite"]);
    for target in [
        "/.well-known/x",
        "/.env",
        "/_headers",
        "/_redirects",
        "/_REDIRECTS",
    ] {
        let response = server.exchange(put(target, "", "left"));
        assert_eq!(response.status, 403, "{target}: {}", response.text());
    }
    assert!(!tree.path("_headers").exists());
}

/// A file that a client has chosen must never be run.
#[test]
fn nothing_is_left_among_scripts() {
    let tree = Tree::simple();
    tree.file("bin/hello.sh", "#!/bin/sh\n");
    tree.symlink("link-bin", "bin");
    let args = [
        "--cgi",
        "--cgi-directory",
        "bin",
        "--cgi-directory",
        "later",
        "--overwrite",
    ];
    let server = start(&tree, &args);
    let before = snapshot(tree.as_ref());
    for target in [
        "/bin/new.wasm",
        "/bin/sub/new.sh",
        "/bin/hello.sh",
        "/BIN/new.wasm",
        "/later/new.wasm",
        "/later",
        "/Later/new.wasm",
        "/link-bin/new.wasm",
        "/link-bin/hello.sh",
        "/link-bin/sub/new.wasm",
    ] {
        let status = server.exchange(put(target, "", "left")).status;
        assert!((400..504).contains(&status), "{target}: {status}");
        assert!(snapshot(tree.as_ref()) == before, "{target}");
    }
    assert_eq!(
        server.exchange(put("/beside/new.wasm", "", "x")).status,
        201
    );
}

/// The compiled code that it runs lies in the directory that it serves.
#[test]
fn the_servers_own_cache_takes_nothing() {
    let tree = Tree::simple();
    fs::create_dir(tree.path("cache")).unwrap();
    let server = Server::builder()
        .directory(&tree)
        .env("XDG_CACHE_HOME", tree.path("cache"))
        .args(["--upload", "--overwrite"])
        .start();
    let refused = server.exchange(put("/cache/wasm-host/new", "", "left"));
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(server.exchange(put("/cache/new", "", "left")).status, 201);
}

/// A page of another site has its reader's browser send a form: the attack is real, as the
/// same form of the site itself shows.
#[test]
fn a_page_of_another_site_leaves_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let tree = Tree::empty();
    let server = start(&tree, &["--cors"]);
    let there = Tree::empty();
    there.file("index.html", "<!doctype html><title>there</title>");
    let elsewhere = Server::serving(&there);
    let send = |name: &str| {
        let url = server.url("/");
        format!(
            "(async () => {{
                const form = new FormData();
                form.append('file', new File(['left'], '{name}'));
                const sent = [];
                for (const [method, body, target] of
                    [['POST', form, '{url}'], ['PUT', 'left', '{url}{name}-put']]) {{
                    for (const mode of ['cors', 'no-cors']) {{
                        const options = {{method, body, mode, redirect: 'follow'}};
                        await fetch(target, options).then(
                            response => sent.push(response.status), () => sent.push('failed'));
                    }}
                }}
                return sent.join(' ');
            }})()"
        )
    };
    browser.navigate(&elsewhere.url("/"));
    browser.evaluate(&send("crossed"));
    // And one that is sent as a page is left, which needs no script's leave.
    let form = format!(
        "document.body.innerHTML = `<form method=post enctype=multipart/form-data action=\"{}\">
            <input type=file name=file></form>`;
         const files = new DataTransfer();
         files.items.add(new File(['left'], 'form'));
         document.querySelector('input').files = files.files;
         document.forms[0].submit()",
        server.url("/")
    );
    browser.evaluate(&form);
    crate::support::eventually("it is answered", || {
        let shown = browser.heading();
        shown.is_some_and(|heading| heading.contains("Error"))
    });
    let left: Vec<_> = fs::read_dir(&tree).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    browser.navigate(&server.url("/"));
    let sent = browser.evaluate(&send("own"));
    assert!(
        sent.as_str().is_some_and(|sent| sent.contains("200")),
        "{sent}"
    );
    assert!(tree.path("own").exists() && tree.path("own-put").exists());
}

#[test]
fn a_login_comes_first() {
    let tree = Tree::empty();
    let hash = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
    let server = start(&tree, &["--auth", &format!("user:{hash}")]);
    for fields in [
        "",
        "Expect: 100-continue\r\n",
        "Authorization: Basic dXNlcjp3cm9uZw==\r\n",
    ] {
        assert_eq!(
            server.exchange(put("/new", fields, "left")).status,
            401,
            "{fields}"
        );
    }
    assert!(!tree.path("new").exists());
}

#[test]
fn who_lets_strangers_upload_is_warned() {
    let tree = Tree::empty();
    let warning = "anybody who reaches this address may upload files";
    let open = |args: &[&str]| {
        let server = Server::builder()
            .directory(&tree)
            .bind_default()
            .args(args)
            .start();
        // What is said at the start comes before the first request.
        server.get("/");
        server.wait_for_log(|line| line.contains("\"GET /"));
        server.log_lines().iter().any(|line| line.contains(warning))
    };
    assert!(open(&["--upload"]));
    assert!(!open(&[]));
    let hash = "user:$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
    assert!(!open(&["--upload", "--auth", hash]));
    let server = start(&tree, &[]);
    server.get("/");
    server.wait_for_log(|line| line.contains("\"GET /"));
    assert!(!server.log_lines().iter().any(|line| line.contains(warning)));
}

#[test]
fn options_that_do_nothing_are_refused() {
    let refused = |args: &[&str]| {
        let output = run([&["serve"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        stderr(&output)
    };
    for option in [
        &["--overwrite"][..],
        &["--upload-quota", "1G"],
        &["--upload-max-size", "1G"],
    ] {
        let message = refused(option);
        assert!(message.contains("--upload"), "{option:?}: {message}");
    }
    for size in ["", "0", "-1", "1.5G", "lots"] {
        let message = refused(&["--upload", "--upload-quota", size]);
        let advice = "such as 500K, 20M or 2G";
        assert!(message.contains(advice), "{size}: {message}");
    }
}
