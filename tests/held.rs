//! What a handler holds: files, of which each has a few and all together have a share;
//! and what it can't hold at all, as whoever opens it may wait for ever.

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::server::Server;
use crate::support::stage::Stage;
use std::os::unix::fs::symlink;

impl Server {
    fn threads(&self) -> usize {
        let directory = format!("/proc/{}/task", self.id());
        std::fs::read_dir(directory).expect("it is running").count()
    }
}

/// Nobody has its other end open, and nobody ever will.
#[test]
fn a_fifo_is_not_opened_and_takes_no_thread() {
    for (component, target) in [
        ("hostile_handler", "/open-fifo"),
        ("proxy_handler", "/file?/fifo"),
        ("proxy_handler", "/file?/to-fifo"),
        ("service_handler", "/open?fifo"),
        ("service_handler", "/open?to-fifo"),
    ] {
        let mut stage = Stage::new(component);
        symlink("fifo", stage.tree.path("to-fifo")).unwrap();
        let before = stage.server.threads();
        for _ in 0..30 {
            let response = stage.request(target).response();
            let said = response.text();
            let refused = said.contains("nsupported") || said.contains("ot supported");
            assert!(refused, "{component} {target}: {said}");
        }
        let threads = stage.server.threads();
        assert!(
            threads < before + 10,
            "{component} {target}: {threads} threads"
        );
        stage.others_are_served();
        stage.all_is_closed();
    }
}

#[test]
fn what_is_a_file_is_opened() {
    let stage = Stage::new("service_handler");
    for (path, says) in [
        ("hello.txt", "Ok(())"),
        ("dir", "Ok(())"),
        ("absent", "NoEntry"),
        ("../outside/secret.txt", "NotPermitted"),
        ("link-out", "NotPermitted"),
        ("/etc/passwd", "NotPermitted"),
    ] {
        let said = stage.request(&format!("/open?{path}")).response().text();
        assert!(said.contains(says), "{path}: {said}");
    }
}

/// Of 2,000 files, handlers may have 250 and those that are theirs anyway.
#[test]
fn handlers_that_hold_files_leave_some_for_others() {
    let args = ["--request-timeout=4"];
    let mut stage = Stage::with_ulimit("hostile_handler", &args, "-n 2000");
    let mut holders: Vec<Client> = (0..20).map(|_| stage.request("/hold-files")).collect();
    let heads = holders
        .iter_mut()
        .map(|client| client.try_response_head().unwrap().status);
    let refused = heads.filter(|status| *status == 500).count();
    assert!((1..20).contains(&refused), "{refused} were refused");
    stage.wait_for_log(&["handlers have 250 files open together"]);
    assert!(stage.server.open_files() < 500);
    // Two hundred new connections, at once.
    let mut others: Vec<Client> = (0..200).map(|_| stage.request("/ok")).collect();
    for client in &mut others {
        assert_eq!(client.response().text(), "ok\n");
    }
    drop(others);
    drop(holders);
    eventually("the files are free again", || {
        let mut client = stage.request("/hold-files");
        let status = client.try_response_head().unwrap().status;
        client.reset();
        status == 200
    });
    stage.others_are_served();
}
