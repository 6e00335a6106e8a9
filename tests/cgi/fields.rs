//! Which of a request's fields a script sees, and under which names: RFC 3875,
//! section 4.1.18.

use super::variables::{Environment, scripts};
use crate::support::server::Server;

#[track_caller]
fn environment(server: &Server, fields: &[&str]) -> Environment {
    Environment::of(&server.get_with("/cgi-bin/env", fields))
}

#[test]
fn fields_are_variables_and_equal_names_are_joined() {
    let scripts = scripts();
    let server = scripts.serve();
    let fields = [
        "User-Agent: test/1 (x; y)",
        "Accept: text/html",
        "accept: text/plain;q=0.5",
        "X-Long-Name-42: \"quoted\" 'value' $(id)",
        "X-Empty:",
    ];
    let environment = environment(&server, &fields);
    environment.assert_has("HTTP_USER_AGENT", "test/1 (x; y)");
    let accept = environment.get("HTTP_ACCEPT").unwrap().replace(", ", ",");
    assert_eq!(accept, "text/html,text/plain;q=0.5");
    environment.assert_has("HTTP_X_LONG_NAME_42", "\"quoted\" 'value' $(id)");
    environment.assert_has("HTTP_X_EMPTY", "");
}

/// With a comma, the second would be part of the first's value.
#[test]
fn cookies_are_joined_as_cookies_are() {
    let scripts = scripts();
    let server = scripts.serve();
    let environment = environment(&server, &["Cookie: a=1; b=2", "Cookie: c=3"]);
    environment.assert_has("HTTP_COOKIE", "a=1; b=2; c=3");
}

/// <https://httpoxy.org>
#[test]
fn the_proxy_field_never_reaches_a_script() {
    let scripts = scripts();
    let server = scripts.serve();
    for name in ["Proxy", "proxy", "PROXY"] {
        let field = format!("{name}: http://evil.test/");
        let environment = environment(&server, &[&field]);
        for (name, value) in &environment.0 {
            assert!(!value.contains("evil"), "{name}={value}");
        }
        environment.assert_unset("HTTP_PROXY");
    }
}

#[test]
fn an_underscore_does_not_stand_for_a_hyphen() {
    let scripts = scripts();
    let server = scripts.serve();
    for (good, evil) in [
        ("X-Forwarded-For: good", "X_Forwarded_For: evil"),
        ("X-Forwarded-For: good", "X-Forwarded_For: evil"),
        ("X-Forwarded-For: good", "X.Forwarded.For: evil"),
    ] {
        for fields in [[good, evil], [evil, good]] {
            let environment = environment(&server, &fields);
            environment.assert_has("HTTP_X_FORWARDED_FOR", "good");
        }
    }
    let fields = [
        "X_Forwarded_For: evil",
        "Content_Length: 5",
        "Content_Type: evil/evil",
        "_Proxy: evil",
        "Proxy_: evil",
    ];
    let environment = environment(&server, &fields);
    for (name, value) in &environment.0 {
        assert!(!value.contains("evil"), "{name}={value}");
    }
    environment.assert_unset("CONTENT_LENGTH");
}

#[test]
fn credentials_are_the_servers_own_business() {
    let scripts = scripts();
    let server = scripts.serve();
    for field in [
        "Authorization: Basic YWRtaW46c2VjcmV0",
        "authorization: Bearer secret",
        "Proxy-Authorization: Basic YWRtaW46c2VjcmV0",
    ] {
        let environment = environment(&server, &[field]);
        for name in [
            "AUTH_TYPE",
            "REMOTE_USER",
            "REMOTE_IDENT",
            "HTTP_AUTHORIZATION",
        ] {
            environment.assert_unset(name);
        }
        for (name, value) in &environment.0 {
            let secret = value.contains("YWRtaW4") || value.contains("secret");
            assert!(!secret, "{name}={value}");
        }
    }
}

#[test]
fn the_owner_may_leave_authorization_to_the_scripts() {
    let scripts = scripts();
    let server = scripts.serve_with(&["--cgi-authorization"]);
    let environment = environment(&server, &["Authorization: Basic YWRtaW46c2VjcmV0"]);
    environment.assert_has("HTTP_AUTHORIZATION", "Basic YWRtaW46c2VjcmV0");
    // Nobody has checked it.
    environment.assert_unset("AUTH_TYPE");
    environment.assert_unset("REMOTE_USER");
}

#[test]
fn a_field_brings_no_line_ends_and_no_other_variables() {
    let scripts = scripts();
    let server = scripts.serve();
    for field in [
        "X-Test: one\r\n two",
        "X-Test: one\rX-Evil: two",
        "X-Test: one\nX-Evil: two",
        "X-Test: one\0two",
        "X-Te\rst: one",
        "X-Te\0st: one",
        "X-Te st: one",
        "X-Test : one",
        "X-Test=Y: one",
        "X-(): one",
        "LD_PRELOAD: /evil.so",
        ": one",
    ] {
        let response = server.get_with("/cgi-bin/env", &[field]);
        if response.status == 400 {
            continue;
        }
        let environment = Environment::of(&response);
        for (name, value) in &environment.0 {
            let clean = !value.contains(['\r', '\n']) && !name.contains(['\r', '\n', '(', ' ']);
            assert!(clean, "{field:?}: {name:?}={value:?}");
        }
        environment.assert_unset("LD_PRELOAD");
        environment.assert_unset("HTTP_LD_PRELOAD");
    }
}

/// A line end that the path brings stays where it is.
#[test]
fn percent_encoded_line_ends_reach_no_field() {
    let scripts = scripts();
    let server = scripts.serve();
    let target = "/cgi-bin/env/%0d%0aX-Evil:%20yes%0d%0a%0d%0abody?%0d%0aX-Evil:%20yes";
    let response = server.get(target);
    assert_eq!(response.values("X-Evil"), [""; 0]);
    assert!(
        response
            .required("Content-Type")
            .starts_with("application/octet-stream")
    );
    let missing = server.get("/cgi-bin/missing%0d%0aX-Evil:%20yes");
    assert_eq!((missing.status, missing.values("X-Evil").len()), (404, 0));
    for line in server.log_lines() {
        assert!(!line.starts_with("X-Evil"), "{line}");
    }
}

#[test]
fn a_nul_in_the_path_runs_nothing() {
    let scripts = scripts();
    scripts.sh("ran", r#"echo ran >"$traces/ran""#);
    let server = scripts.serve();
    for target in [
        "/cgi-bin/ran%00",
        "/cgi-bin/ran%00/info",
        "/cgi-bin/ran/%00",
        "/cgi-bin/ran/info%00more",
        "/cgi-bin%00/ran",
        "/%00/../cgi-bin/ran/%00",
    ] {
        let status = server.get(target).status;
        assert!((400..500).contains(&status), "{target}: {status}");
    }
    assert!(!scripts.trace("ran").exists(), "one of them ran");
}

#[test]
fn an_encoded_slash_is_a_slash_or_an_error() {
    let scripts = scripts();
    let server = scripts.serve();
    for (target, info) in [
        ("/cgi-bin/env/a%2Fb", "/a/b"),
        ("/cgi-bin/env%2Fa", "/a"),
        ("/cgi-bin%2fenv", ""),
        ("/cgi-bin/env/..%2f..%2fb", ""),
    ] {
        let response = server.get(target);
        if (400..500).contains(&response.status) {
            continue;
        }
        let environment = Environment::of(&response);
        assert_eq!(environment.get("PATH_INFO").unwrap_or_default(), info);
        environment.assert_has("SCRIPT_NAME", "/cgi-bin/env");
    }
}

/// Linux takes no string above 128 KiB, and a process that can't start is no
/// fault of the script's.
#[test]
fn more_than_an_environment_holds_is_431() {
    let scripts = scripts();
    let server = scripts.serve();
    let field = format!("X-Large: {}", "x".repeat(60_000));
    let fields = [field.as_str(); 3];
    assert_eq!(server.get_with("/cgi-bin/env", &fields).status, 431);
    server.wait_for_log(|line| line.contains("cgi-bin/env") && line.contains("environment"));
    assert_eq!(server.get_with("/cgi-bin/env", &fields[..2]).status, 200);
}
