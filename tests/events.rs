//! Server-sent events: `guest/examples/events`. An event leaves when it is written, by
//! every way that a response has.

use crate::support::certificates::Certificates;
use crate::support::chromium::Browser;
use crate::support::eventually;
use crate::support::guests::{example, wasi_http_example};
use crate::support::server::{Builder, Server};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn builder(component: &Path) -> Builder {
    Server::builder().args([OsStr::new("--component"), component.as_os_str()])
}

/// What curl shows as it comes; ended when this is dropped.
struct Curl(Child);

impl Drop for Curl {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads the first two events, while the response goes on.
#[track_caller]
fn follow(options: &[&str], url: &str) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--no-buffer"]);
    let mut child = command
        .args(options)
        .arg(url)
        .stdout(Stdio::piped())
        .spawn()
        .expect("curl starts");
    let output = child.stdout.take().expect("stdout is a pipe");
    let mut curl = Curl(child);
    let mut lines = BufReader::new(output.take(1024)).lines();
    for number in 1..=2 {
        for expected in [
            format!("id: {number}"),
            format!("data: event {number}"),
            String::new(),
        ] {
            assert_eq!(lines.next().unwrap().unwrap(), expected, "{options:?}");
        }
        let ended = curl.0.try_wait().unwrap();
        assert!(ended.is_none(), "{options:?}: {ended:?}");
    }
}

#[test]
fn events_leave_at_once() {
    let server = builder(&example("events")).start();
    follow(&["--http1.1"], &server.url("/events"));
    follow(&["--http1.0"], &server.url("/events"));
}

#[test]
fn events_leave_at_once_by_tls() {
    let certificates = Certificates::new();
    let pair = certificates.issue("server", &["localhost"]);
    let server = builder(&example("events")).args(pair.args()).start();
    let authority = certificates.authority();
    let url = format!("https://localhost:{}/events", server.port());
    follow(&["--cacert", authority.to_str().unwrap()], &url);
}

#[test]
fn events_leave_at_once_from_wasi_http() {
    let server = builder(&wasi_http_example("events")).start();
    follow(&["--http1.1"], &server.url("/events"));
}

#[test]
fn who_was_here_goes_on() {
    let server = builder(&example("events")).start();
    let mut client = server.connect();
    client.send("GET /events HTTP/1.1\r\nHost: test\r\nLast-Event-ID: 41\r\n\r\n");
    client.wait_for("id: 42\ndata: event 42\n\n");
}

#[test]
fn a_browser_hears_of_them() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = builder(&example("events")).start();
    browser.navigate(&server.url("/"));
    eventually("the page shows the second event", || {
        let last = browser.evaluate("document.getElementById('last').textContent");
        last.as_str() == Some("event 2")
    });
}
