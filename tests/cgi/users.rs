//! Scripts that each have a user of their own: what they can't do to each other.

use super::hostile::{FOREVER, assert_well, request};
use crate::support::command_line;
use crate::support::only::Only;
use crate::support::scripts::{PLAIN, Scripts, spawner_of};
use crate::support::server::Server;

/// Users that no other test has, which runs at the same time: some kill all of theirs.
const SEEING: [&str; 2] = ["--cgi-users", "61000-61063"];
const KILLING: [&str; 2] = ["--cgi-users", "61100-61163"];
const RUNNING: [&str; 2] = ["--cgi-users", "61200-61263"];

/// What the bystander's script is told by its client, and by nobody else.
const SECRET: &str = "c2VjcmV0OnNlY3JldA";

/// `holds` is the bystander's; `looks` and `kills` do to others what they can.
fn scripts() -> Scripts {
    let scripts = Scripts::new();
    let holds = r#"echo first; read -r go <"$traces/gate"; echo last"#;
    scripts.sh("holds", &format!("{PLAIN}; id -u; {holds}"));
    let looks = r#"
for environment in /proc/[0-9]*/environ; do
    tr '\0' '\n' <"$environment" 2>/dev/null | grep ^HTTP_AUTHORIZATION
done
echo end"#;
    scripts.sh("looks", &format!("{PLAIN}; {looks}"));
    scripts.sh("kills", &format!("kill -KILL -1; exec {FOREVER}"));
    scripts.sh("stops", &format!("kill -STOP -1; exec {FOREVER}"));
    scripts
}

fn serve(scripts: &Scripts, users: &[&str]) -> Server {
    scripts.serve_with(&[users, &["--cgi-authorization"]].concat())
}

#[test]
fn a_script_does_not_see_what_another_is_told() {
    if !Only::AsRoot.applies() {
        return;
    }
    let scripts = scripts();
    let mut gate = scripts.gate("gate");
    for (users, seen) in [(&[][..], true), (&SEEING, false)] {
        let mut server = serve(&scripts, users);
        let mut holds = server.connect();
        holds.send(format!(
            "GET /cgi-bin/holds HTTP/1.1\r\nHost: test\r\nAuthorization: Basic {SECRET}\r\n\r\n"
        ));
        holds.wait_for("first\n");
        let found = server.get("/cgi-bin/looks").text();
        assert_eq!(found.contains(SECRET), seen, "{found}");
        assert!(found.ends_with("end\n"), "{found}");
        gate.open();
        assert!(holds.response().text().ends_with("last\n"));
        assert_well(&scripts, &mut server);
    }
}

#[test]
fn a_script_kills_and_stops_nobody_else() {
    if !Only::AsRoot.applies() {
        return;
    }
    let scripts = scripts();
    let mut gate = scripts.gate("gate");
    let mut server = serve(&scripts, &KILLING);
    let spawner = spawner_of(&server);
    let mut holds = request(&server, "/cgi-bin/holds");
    holds.wait_for("first\n");
    for name in ["kills", "stops", "kills"] {
        assert_eq!(server.get(&format!("/cgi-bin/{name}")).status, 502);
        assert_eq!(server.get("/cgi-bin/hello.sh").text(), "hello\n");
    }
    gate.open();
    assert!(holds.response().text().ends_with("first\nlast\n"));
    assert_eq!(spawner_of(&server), spawner);
    assert_well(&scripts, &mut server);
}

#[test]
fn each_that_runs_has_another_and_the_spawner_few_powers() {
    if !Only::AsRoot.applies() {
        return;
    }
    let scripts = scripts();
    let mut gate = scripts.gate("gate");
    let mut server = serve(&scripts, &RUNNING);
    let mut all: Vec<_> = (0..16)
        .map(|_| {
            let mut client = request(&server, "/cgi-bin/holds");
            client.wait_for("first\n");
            client
        })
        .collect();
    let status = std::fs::read_to_string(format!("/proc/{}/status", spawner_of(&server))).unwrap();
    // CAP_KILL, CAP_SETGID, CAP_SETUID: capabilities(7).
    for name in ["CapPrm:", "CapEff:"] {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        assert_eq!(line.unwrap().trim(), "00000000000000e0", "{status}");
    }
    all.iter().for_each(|_| gate.open());
    let text = |client: &mut crate::support::client::Client| client.response().text();
    let mut users: Vec<u32> = all
        .iter_mut()
        .map(|client| text(client).lines().next().unwrap().parse().unwrap())
        .collect();
    users.sort_unstable();
    users.dedup();
    assert_eq!(users.len(), all.len());
    assert!(
        users.iter().all(|user| (61200..=61263).contains(user)),
        "{users:?}"
    );
    drop(all);
    assert_well(&scripts, &mut server);
}

#[test]
fn users_that_will_not_do_are_an_error_at_the_start() {
    for users in [
        "",
        "5",
        "0-10",
        "10-5",
        "x-y",
        "1-4294967295",
        "60000-60063-1",
    ] {
        let output = command_line::run(["serve", "--cgi", "--cgi-users", users, "0"]);
        assert_eq!(output.status.code(), Some(2), "{users}");
        let message = command_line::stderr(&output);
        assert!(message.contains("--cgi-users"), "{users}: {message}");
    }
    let few = command_line::run(["serve", "--cgi", "--cgi-users", "60000-60030", "0"]);
    assert!(!few.status.success());
    let message = command_line::stderr(&few);
    assert!(message.contains("name at least 32"), "{message}");
    let somebody = command_line::run(["serve", "--cgi", "--cgi-users", "1-100", "0"]);
    assert!(!somebody.status.success());
    let message = command_line::stderr(&somebody);
    let expected = ["name users that nobody is", "isn't root"];
    assert!(
        expected.iter().any(|text| message.contains(text)),
        "{message}"
    );
}
