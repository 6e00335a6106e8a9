//! The same scripts by `python3 -m http.server --cgi`.

use crate::support::contains;
use crate::support::scripts::{Scripts, scripts_find};
use crate::support::server::Server;
use crate::support::tools::available;
use std::process::Command;

#[test]
fn http_server_runs_the_same_scripts() {
    if !scripts_find("python3") || !available("python3") {
        return;
    }
    let scripts = Scripts::new();
    let shown = r#"printf 'Content-Type: text/plain\r\n\r\n'
printf '%s|' "$GATEWAY_INTERFACE" "$REQUEST_METHOD" "$SCRIPT_NAME" "$PATH_INFO" \
    "$QUERY_STRING" "$REMOTE_ADDR" "$HTTP_ACCEPT" "$HTTP_COOKIE" "$HTTP_USER_AGENT"
"#;
    scripts.sh("shown", shown).sh("sub/shown", shown);
    let mut command = Command::new("python3");
    command
        .args(["-u", "-m", "http.server", "--cgi", "--bind", "127.0.0.1"])
        .arg("--directory")
        .arg(scripts.path("").canonicalize().unwrap())
        .arg("0")
        // It looks for scripts here, whatever its option says.
        .current_dir(scripts.path(""));
    let reference = Server::spawn(command);
    let server = scripts.serve();
    for target in [
        "/cgi-bin/shown",
        "/cgi-bin/shown?a=b&c=%20",
        "/cgi-bin/shown/info/more?x",
        "/cgi-bin/sub/shown/info",
        "//cgi-bin/./x/../shown",
        "/cgi-bin/missing",
        "/cgi-bin/",
        "/cgi-bin/sub/",
    ] {
        let fields = [
            "Accept: a/b",
            "Accept: c/d",
            "Cookie: e=f",
            "User-Agent: test",
        ];
        let [ours, theirs] = [&server, &reference].map(|server| server.get_with(target, &fields));
        assert_eq!(ours.status, theirs.status, "{target}");
        if ours.status == 200 {
            let text = theirs.text().replace(',', ", ");
            assert_eq!(
                ours.text().replace(", ", ",").replace(',', ", "),
                text,
                "{target}"
            );
            assert!(!contains(&ours.body, "#!"), "{target}");
        }
    }
}
