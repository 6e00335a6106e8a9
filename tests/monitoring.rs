//! Prometheus, which asks a server, and Grafana's dashboard for what it was told.

use crate::support::admin::{ADMIN, admin_of, ask};
use crate::support::eventually;
use crate::support::loopback::own_address;
use crate::support::server::Server;
use crate::support::tools::available;
use crate::support::tree::Tree;
use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running Prometheus, killed when dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prometheus {
    /// One that asks a server again and again.
    fn of(target: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        let job = format!("job_name: site, static_configs: [{{targets: [\"{target}\"]}}]");
        let text = format!("global: {{scrape_interval: 1s}}\nscrape_configs: [{{{job}}}]\n");
        fs::write(&config, text).unwrap();
        let address = own_address();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}/data",
                folder.path().display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            address,
            _folder: folder,
        }
    }

    /// What it answers to a query, if it does already.
    fn query(&self, query: &str) -> Option<String> {
        let url = format!("http://{}/api/v1/query?query={query}", self.address);
        let asked = Command::new("curl").args(["-sgf", &url]).output().unwrap();
        let answer = String::from_utf8(asked.stdout).unwrap();
        asked.status.success().then_some(answer)
    }
}

#[test]
fn prometheus_reads_what_is_counted() {
    if !available("prometheus") || !available("curl") {
        return;
    }
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(ADMIN).start();
    for _ in 0..3 {
        assert_eq!(server.get("/hello.txt").status, 200);
    }
    let prometheus = Prometheus::of(admin_of(&server));
    for (query, value) in [
        ("up{job=\"site\"}", "1"),
        ("wasm_host_responses_total{code=\"200\"}", "3"),
        (
            "wasm_host_request_duration_seconds_bucket{le=\"%2BInf\"}",
            "3",
        ),
    ] {
        let wanted = format!(",\"{value}\"]");
        eventually(query, || {
            let answer = prometheus.query(query);
            answer.is_some_and(|answer| answer.contains(&wanted))
        });
    }
}

/// The metrics' names that a text has.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = words.filter(|word| word.starts_with("wasm_host_") || word.starts_with("process_"));
    ours.map(str::to_owned).collect()
}

/// A file of the folder `host`.
fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn the_dashboard_and_the_page_name_what_there_is() {
    let tree = Tree::simple();
    let server = Server::builder().directory(&tree).args(ADMIN).start();
    let metrics = ask(admin_of(&server), "/metrics").text();
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let there = samples.map(|line| line.split(['{', ' ']).next().unwrap().to_owned());
    let mut there: BTreeSet<_> = there.collect();
    // Without an answer yet, it has no sample.
    there.insert("wasm_host_responses_total".to_owned());
    let asked = names(&read("grafana/wasm-host.json"));
    assert!(asked.len() > 10, "{asked:?}");
    assert!(asked.is_subset(&there), "{:?}", asked.difference(&there));
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let types: BTreeSet<_> = types
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(names(&read("OPERATE.md")), types);
}
