//! The memory of instances: all that one has counts, what the host keeps for it too;
//! and all together have a limit of their own.

use crate::support::client::Client;
use crate::support::command_line::fails_to_start;
use crate::support::eventually;
use crate::support::stage::Stage;

/// Of an allocator, of the threads and of the test's own requests, in KiB.
const BESIDE: u64 = 16 * 1024;

#[test]
fn what_the_host_keeps_for_a_handler_is_its_memory() {
    for (component, target) in [
        ("proxy_handler", "/hoard-fields"),
        ("proxy_handler", "/hoard-requests"),
        ("service_handler", "/hoard-fields"),
    ] {
        let mut stage = Stage::new(component);
        stage.server.forget_peak();
        let before = stage.server.peak_kib();
        let mut client = stage.request(target);
        assert_eq!(client.response().status, 500, "{component} {target}");
        stage.wait_for_log(&["keep more fields or content"]);
        stage.wait_for_log(&["bytes of memory, and may have 8388608"]);
        let taken = stage.server.peak_kib() - before;
        // The stage's instances may have 8 MiB.
        assert!(
            taken < 8 * 1024 + BESIDE,
            "{component} {target}: {taken} KiB"
        );
        stage.others_are_served();
    }
}

#[test]
fn what_a_call_has_copied_is_no_more_than_the_handler_may_have() {
    let mut stage = Stage::with_args("proxy_handler", &["--memory=16"]);
    let mut client = stage.request("/long-list");
    assert_eq!(client.response().status, 500);
    stage.wait_for_log(&["fuel allocated for hostcalls"]);
    stage.others_are_served();
}

#[test]
fn all_together_have_no_more_than_they_may_and_give_it_back() {
    let args = ["--memory-total=16", "--request-timeout=4"];
    let stage = Stage::with_args("hostile_handler", &args);
    // Each has 4 MiB and what any instance has.
    let mut holders: Vec<Client> = (0..6).map(|_| stage.request("/hold")).collect();
    let mut refused = 0;
    for client in &mut holders {
        refused += usize::from(client.try_response_head().unwrap().status == 503);
    }
    assert!((1..6).contains(&refused), "{refused} were refused");
    stage.wait_for_log(&["all together may have no more", "--memory-total"]);
    drop(holders);
    // More than one has room again.
    let mut again = Vec::new();
    eventually("their memory is free again", || {
        let mut client = stage.request("/hold");
        if client.try_response_head().unwrap().status == 200 {
            again.push(client);
        }
        again.len() == 2
    });
}

#[test]
fn all_together_may_have_what_one_may() {
    let message = fails_to_start(&["--memory", "64", "--memory-total", "63", "0"]);
    assert!(message.contains("memory_total"), "{message}");
    assert!(message.contains("at least that of one"), "{message}");
}
