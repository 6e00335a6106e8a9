//! `--auth`: files and scripts for those who have logged in.

use crate::support::client::{Client, Response};
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::{BINARY, Server};
use crate::support::tools::{available, curl, run, startable, stdout};
use std::process::Command;

/// All of `secret`, as `htpasswd` has made them.
const BCRYPT: &str = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
const SHA_256: &str = "$5$SjCndLc4g9mvXkC1$yQIowj4Yy7G8pmyaNmDSbHrCe4VEIep9MyBeNyvpX/0";
const SHA_512: &str = "$6$CXN.t63rxjYDz1uA$voAIB63D4zWCViKJdA5GdPP1oPUKpBqjHQaOvgoPbC/91kv9DZTNNN7jrKi1jf6kE3qpfHRkJC0T3ene7qr7p0";

/// `ada:secret`, `eve:secret`, `ada:wrong`.
const ADA: &str = "Authorization: Basic YWRhOnNlY3JldA==";
const EVE: &str = "Authorization: Basic ZXZlOnNlY3JldA==";
const WRONG: &str = "Authorization: Basic YWRhOndyb25n";

fn scripts() -> Scripts {
    let scripts = Scripts::new();
    let shown = "$AUTH_TYPE,$REMOTE_USER,$HTTP_AUTHORIZATION";
    scripts.sh("who", &format!("{PLAIN}; echo \"{shown}\""));
    scripts
}

fn serve(scripts: &Scripts, args: &[&str]) -> Server {
    let ada = format!("ada:{BCRYPT}");
    scripts.serve_with(&[&["--auth", &ada], args].concat())
}

#[track_caller]
fn assert_refused(response: &Response, what: &str) {
    assert_eq!(response.status, 401, "{what}: {response:?}");
    let challenge = response.required("WWW-Authenticate");
    assert_eq!(challenge, r#"Basic realm="wasm-host", charset="UTF-8""#);
}

#[test]
fn nothing_is_seen_without_a_password() {
    let scripts = scripts();
    let server = serve(&scripts, &[]);
    for target in [
        "/",
        "/hello.txt",
        "/none",
        "/cgi-bin",
        "/cgi-bin/who",
        "/cgi-bin/none",
        "*",
    ] {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "SPAM"] {
            for field in [
                "X: y",
                WRONG,
                EVE,
                "Authorization: Basic",
                "Authorization: Bearer YWRhOnNlY3JldA==",
            ] {
                // A wrong one waits.
                if field == WRONG && target != "/hello.txt" || field == EVE && target != "/" {
                    continue;
                }
                let what = format!("{method} {target} {field}");
                assert_refused(&server.request(method, target, &[field]), &what);
            }
        }
    }
    let response = server.request(
        "POST",
        "/cgi-bin/who",
        &["Content-Length: 5", "Expect: 100-continue"],
    );
    assert_refused(&response, "an expectation");
    assert!(
        !server
            .log_lines()
            .iter()
            .any(|line| line.contains("wrong\"") && line.contains("YWRh"))
    );
    scripts.expect_nothing_left(&server);
}

#[test]
fn whoever_has_one_sees_all_and_scripts_learn_who_it_is() {
    let scripts = scripts();
    let server = serve(&scripts, &["--log-format", "combined"]);
    let mut client = server.connect();
    let get = |client: &mut Client, target: &str, field: &str| {
        client.exchange(format!(
            "GET {target} HTTP/1.1\r\nHost: test\r\n{field}\r\n\r\n"
        ))
    };
    for _ in 0..3 {
        assert_eq!(get(&mut client, "/hello.txt", ADA).text(), "hello, world\n");
        assert_eq!(get(&mut client, "/cgi-bin/who", ADA).text(), "Basic,ada,\n");
        // Each request has to say it, on whatever connection.
        assert_refused(&get(&mut client, "/hello.txt", "X: y"), "the next request");
        assert_refused(&server.get("/hello.txt"), "another client");
    }
    server.wait_for_log(|line| line.contains(" - ada [") && line.contains("/hello.txt"));
    assert!(!server.log_lines().iter().any(|line| line.contains("YWRh")));
    let server = serve(&scripts, &["--cgi-authorization"]);
    let said = server.get_with("/cgi-bin/who", &[ADA]).text();
    assert_eq!(said, "Basic,ada,Basic YWRhOnNlY3JldA==\n");
}

#[test]
fn without_the_option_nobody_is_anybody() {
    let scripts = scripts();
    let server = scripts.serve();
    assert_eq!(server.get_with("/cgi-bin/who", &[ADA]).text(), ",,\n");
    assert_eq!(server.get_with("/hello.txt", &[WRONG]).status, 200);
}

/// More than are made to wait, while another is served.
#[test]
fn many_wrong_tries_keep_nobody_out() {
    let scripts = scripts();
    let server = serve(&scripts, &[]);
    let mut guessing: Vec<_> = (0..100)
        .map(|_| {
            let mut client = server.connect();
            client.send(format!(
                "GET /hello.txt HTTP/1.1\r\nHost: test\r\n{WRONG}\r\n\r\n"
            ));
            client
        })
        .collect();
    assert_eq!(
        server.get_with("/hello.txt", &[ADA]).text(),
        "hello, world\n"
    );
    guessing.drain(50..).for_each(Client::reset);
    for client in &mut guessing {
        assert_refused(&client.response(), "a guess");
    }
    assert_eq!(
        server.get_with("/hello.txt", &[ADA]).text(),
        "hello, world\n"
    );
}

#[test]
fn a_file_has_users_of_all_kinds() {
    let scripts = scripts();
    let file = scripts.outside("users");
    std::fs::write(&file, format!("# us\nada:{SHA_256}\n\neve:{SHA_512}\n")).unwrap();
    let bob = format!("bob:{BCRYPT}");
    let server = scripts.serve_with(&["--auth-file", file.to_str().unwrap(), "--auth", &bob]);
    for (field, user) in [
        (ADA, "ada"),
        (EVE, "eve"),
        ("Authorization: basic Ym9iOnNlY3JldA==", "bob"),
    ] {
        let said = server.get_with("/cgi-bin/who", &[field]).text();
        assert_eq!(said, format!("Basic,{user},\n"));
    }
    assert_refused(&server.get_with("/cgi-bin/who", &[WRONG]), "a wrong one");
}

#[test]
fn what_htpasswd_writes_now_is_taken() {
    if !startable("htpasswd") || !available("curl") {
        return;
    }
    let scripts = scripts();
    let file = scripts.outside("users");
    for (user, arguments) in [
        ("a", &["-cbB"][..]),
        ("b", &["-bB", "-C", "8"]),
        ("c", &["-b2"]),
        ("d", &["-b5", "-r", "20000"]),
    ] {
        let mut htpasswd = Command::new("htpasswd");
        let password = format!("p\u{e4}ss:{user}");
        stdout(htpasswd.args(arguments).arg(&file).args([user, &password]));
    }
    let server = scripts.serve_with(&["--auth-file", file.to_str().unwrap()]);
    for user in ["a", "b", "c", "d"] {
        let login = format!("{user}:p\u{e4}ss:{user}");
        let said = stdout(curl().args(["-u", &login]).arg(server.url("/cgi-bin/who")));
        assert_eq!(String::from_utf8(said).unwrap(), format!("Basic,{user},\n"));
    }
}

/// One line each, which says what to do and not what was typed for a password.
#[test]
fn what_is_no_login_is_refused_at_the_start() {
    let scripts = scripts();
    let apache = scripts.outside("apache");
    std::fs::write(&apache, "a:$apr1$hu7CpAga$vUdlJJ0bPT9E3/CidvZS21\n").unwrap();
    let apache = apache.to_str().unwrap().to_owned();
    let costly = format!("ada:{}", BCRYPT.replace("$05$", "$17$"));
    let good = format!("ada:{BCRYPT}");
    for (args, said) in [
        (vec!["--auth", "ada"], "htpasswd -nB USER"),
        (vec!["--auth", "ada:secret"], "htpasswd -nB USER"),
        (vec!["--auth", &costly], "cost is 17"),
        (
            vec!["--auth-file", "/nonexistent"],
            "htpasswd -cB FILE USER",
        ),
        (vec!["--auth-file", &apache], "line 1"),
        (
            vec!["--auth", &good, "--component", "x.wasm"],
            "cannot be used with",
        ),
    ] {
        let output = run(Command::new(BINARY).arg("serve").args(&args).arg("0"));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && error.contains(said),
            "{args:?}: {error}"
        );
    }
}
