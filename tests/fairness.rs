//! Who waits for whom, when handlers compute.

use crate::support::guests;
use crate::support::scripts::Scripts;
use crate::support::server::Server;
use crate::support::stage::Stage;

/// How many handlers compute at the same time, on one worker.
const COMPUTING: usize = 4;

/// How many others are served meanwhile, each with a connection of its own. Where each
/// waited for all that compute, and for each look at the worker's sockets, it would be
/// two or three.
const SERVED: usize = 20;

/// Others are served while requests for `target` compute, and all of these still do.
#[track_caller]
fn assert_others_are_served(server: &Server, target: &str, ok: &str, ended: &str) {
    let computing: Vec<_> = (0..COMPUTING)
        .map(|_| {
            let mut client = server.connect();
            client.send(format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
            client
        })
        .collect();
    for _ in 0..SERVED {
        assert_eq!(server.get(ok).status, 200);
    }
    let lines = server.log_lines();
    assert!(!lines.iter().any(|line| line.contains(ended)), "{lines:#?}");
    drop(computing);
}

#[test]
fn handlers_that_compute_take_turns_and_others_go_first() {
    let args = ["--cpu-time=3", "--request-timeout=60"];
    for component in ["hostile_handler", "proxy_handler", "service_handler"] {
        let stage = Stage::with_args(component, &args);
        assert_others_are_served(&stage.server, "/loop", "/ok", "computed for more than");
    }
}

#[test]
fn scripts_that_compute_take_turns_with_all_others() {
    let scripts = Scripts::new();
    let component = std::fs::read(guests::component("cgi-hello")).unwrap();
    scripts.program("cgi-bin/hello.wasm", component);
    let server = scripts.serve_with(&["--threads=1", "--cgi-timeout=12"]);
    let (target, ok) = ("/cgi-bin/hello.wasm/loop", "/cgi-bin/hello.wasm");
    assert_others_are_served(&server, target, ok, "ran for longer than it may");
}
