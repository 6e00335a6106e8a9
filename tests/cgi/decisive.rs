//! What says which file is run: the host, whatever a handler or a client says.

use super::variables::{Environment, scripts};
use crate::support::guests;
use crate::support::scripts::{Scripts, scripts_find};
use crate::support::server::Server;

/// A handler that passes its own variables.
fn hostile(scripts: &Scripts, args: &[&str]) -> Server {
    let component = guests::component("hostile_handler");
    let component = ["--component".as_ref(), component.as_os_str()];
    scripts.server().args(component).args(args).start()
}

#[test]
fn a_handler_does_not_say_what_is_run() {
    let scripts = scripts();
    let server = hostile(&scripts, &[]);
    let printed = server.get("/run/env?/etc/passwd").text();
    let (_, variables) = printed.split_once("\n\n").unwrap();
    let root = scripts.path("").canonicalize().unwrap();
    let mut variables: Vec<_> = variables.split_terminator('\0').collect();
    variables.sort_unstable();
    let expected = [
        format!("DOCUMENT_ROOT={}", root.display()),
        "GATEWAY_INTERFACE=CGI/1.1".to_owned(),
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        "REQUEST_METHOD=GET".to_owned(),
        format!("SCRIPT_FILENAME={}/cgi-bin/env", root.display()),
        "SCRIPT_NAME=/cgi-bin/env".to_owned(),
    ];
    assert_eq!(variables, expected);
    server.wait_for_log(|line| line.contains("SCRIPT_FILENAME isn't passed on"));
    server.wait_for_log(|line| line.contains("REDIRECT_STATUS isn't passed on"));
}

/// php-cgi runs the file that the variables name, and not the one that was started.
#[test]
fn php_runs_the_script_that_was_asked_for() {
    let scripts = Scripts::new();
    if !scripts_find("php-cgi") {
        return;
    }
    let own = "#!/usr/bin/env php-cgi\n<?php echo 'its own'; ?>\n";
    scripts.program("cgi-bin/own.php", own);
    let other = scripts.outside("other.php");
    std::fs::write(&other, "<?php echo 'another'; ?>").unwrap();
    let target = format!("/run/own.php?{}", other.display());
    let server = hostile(&scripts, &["--cgi-env", "REDIRECT_STATUS=200"]);
    let printed = server.get(&target).text();
    assert!(printed.ends_with("its own"), "{printed}");
    // It is the owner's to say that php-cgi may be started by a server at all.
    let server = hostile(&scripts, &[]);
    let printed = server.get(&target).text();
    assert!(printed.contains("Security Alert"), "{printed}");
    assert!(!printed.contains("another"), "{printed}");
}

/// By a field, as php-cgi would take it.
#[test]
fn a_client_does_not_say_that_php_may_be_run() {
    let scripts = scripts();
    let server = scripts.serve();
    let request = "GET /cgi-bin/env HTTP/1.1\r\nHost: test\r\nRedirect-Status: 200\r\n\r\n";
    let environment = Environment::of(&server.exchange(request));
    environment.assert_unset("HTTP_REDIRECT_STATUS");
    environment.assert_unset("REDIRECT_STATUS");
    let log = server.log_lines().concat();
    assert!(!log.contains("isn't passed on"), "{log}");
}
