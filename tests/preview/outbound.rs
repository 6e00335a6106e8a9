//! Requests that sites' code sends to others.

use super::code::previews;
use crate::support::eventually;
use crate::support::guests;
use crate::support::https::Https;
use crate::support::previews::{Deployed, Previews};
use crate::support::scripts::senders_of;
use crate::support::server::Server;
use crate::support::tree::Tree;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::thread;
use tempfile::TempDir;

/// A server of previews whose operator says who may send requests where to.
pub(super) struct Stage {
    pub(super) previews: Previews,
    _folder: TempDir,
}

impl Stage {
    #[track_caller]
    pub(super) fn new(policy: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = folder.path().join("preview.toml");
        fs::write(&file, policy).expect("a file");
        let previews = previews(&["--policy", file.to_str().expect("text")]);
        Self {
            previews,
            _folder: folder,
        }
    }

    /// A folder with code, and what its settings say.
    fn site(&self, name: &str, component: &str, settings: &str) -> PathBuf {
        let site = self.previews.site(name, &[("wasm-host.toml", settings)]);
        fs::copy(guests::component(component), site.join("handler.wasm")).expect("a copy");
        site
    }

    /// Deploys code at `NAME.localhost`, as a site of the project of that name.
    #[track_caller]
    pub(super) fn deploy(&self, name: &str, component: &str, settings: &str) -> Deployed {
        let site = self.site(name, component, settings);
        let args = ["--alias", name, "--project", name];
        self.previews.deploy(&site, &args)
    }

    /// What is said of code that isn't taken.
    #[track_caller]
    pub(super) fn refused(&self, name: &str, settings: &str) -> String {
        let site = self.site(name, "proxy_handler", settings);
        let site = site.to_str().expect("text");
        self.previews.fail(["deploy", site, "--project", name])
    }

    /// What a site's code has by a URL, or why not.
    #[track_caller]
    pub(super) fn fetch(&self, name: &str, url: &str) -> String {
        self.previews.text(name, &format!("/fetch?{url}"))
    }

    #[track_caller]
    pub(super) fn log_has(&self, name: &str, what: &str) {
        let log = || self.previews.succeed(["previews", "logs", name]);
        eventually(what, || log().contains(what));
    }
}

/// Somebody who answers, and says how it was asked at `/describe`.
pub(super) fn somebody() -> (Server, Tree) {
    let tree = Tree::empty();
    let component = guests::component("proxy_handler");
    let server = Server::builder()
        .directory(&tree)
        .args(["--component".as_ref(), component.as_os_str()])
        .start();
    (server, tree)
}

/// The same by HTTPS, as `localhost`.
pub(super) fn somebody_encrypted() -> Https {
    let tree = Tree::empty();
    let directory = tree.path("");
    Https::of(tree, &directory, |_, server| {
        let component = guests::component("proxy_handler");
        server.args(["--component".as_ref(), component.as_os_str()])
    })
}

/// All of `*` may send requests there, whatever network it is in.
pub(super) fn policy(hosts: &[String]) -> String {
    format!("[projects.\"*\"]\noutbound = {hosts:?}\n")
}

#[test]
fn requests_go_where_both_the_operator_and_the_site_say() {
    let (somebody, _tree) = somebody();
    let (other, _other_tree) = self::somebody();
    let (there, elsewhere) = (somebody.address.to_string(), other.address.to_string());
    let stage = Stage::new(&policy(&[there.clone(), elsewhere.clone()]));
    for component in ["proxy_handler", "service_handler"] {
        let name = component.strip_suffix("_handler").expect("it has that");
        stage.deploy(name, component, &format!("outbound = [{there:?}]\n"));
        let answered = stage.fetch(name, &format!("{there}/ok"));
        assert!(["ok\n", "status 200\n"].contains(&&*answered), "{answered}");
        let denied = stage.fetch(name, &format!("{elsewhere}/ok"));
        assert!(denied.contains("HttpRequestDenied"), "{denied}");
        stage.log_has(name, &format!("may send no requests to {elsewhere}"));
    }
    let described = stage.fetch("proxy", &format!("{there}/describe"));
    assert!(described.contains(&there), "{described}");
    assert!(!described.contains("forwarded"), "{described}");
}

#[test]
fn what_the_operator_does_not_allow_fails_the_deploy() {
    let stage = Stage::new("[projects.shop]\noutbound = [\"api.example.com:443\"]\n");
    let asks = "spa = false\noutbound = [\"api.example.com\"]\n";
    let said = stage.refused("shop", asks);
    assert!(said.contains("wasm-host.toml:2:13: outbound: "), "{said}");
    assert!(
        said.contains("api.example.com; the server's operator allows it"),
        "{said}"
    );
    let said = stage.refused("blog", "outbound = [\"api.example.com:443\"]\n");
    assert!(
        said.contains("the code of blog may send no requests"),
        "{said}"
    );
    stage.deploy(
        "shop",
        "proxy_handler",
        "outbound = [\"api.example.com:443\"]\n",
    );
    // A site without code sends nothing.
    let files = [
        ("wasm-host.toml", "outbound = [\"a.example\"]\n"),
        ("a.html", "a"),
    ];
    let site = stage.previews.site("still", &files);
    let said = stage
        .previews
        .fail(["deploy", site.to_str().expect("text")]);
    assert!(said.contains("outbound is for a site's code"), "{said}");
}

#[test]
fn without_an_operators_word_nobody_sends_anything() {
    let (somebody, _tree) = somebody();
    let there = somebody.address.to_string();
    let previews = previews(&[]);
    let site = previews.site("site", &[]);
    fs::create_dir_all(&site).expect("a folder");
    fs::copy(
        guests::component("proxy_handler"),
        site.join("handler.wasm"),
    )
    .expect("a copy");
    previews.deploy(&site, &["--alias", "site"]);
    let denied = previews.text("site", &format!("/fetch?{there}/ok"));
    assert!(denied.contains("HttpRequestDenied"), "{denied}");
    assert_eq!(senders_of(&previews.server), [0; 0]);
    fs::write(
        site.join("wasm-host.toml"),
        format!("outbound = [{there:?}]\n"),
    )
    .expect("a file");
    let said = previews.fail(["deploy", site.to_str().expect("text")]);
    assert!(said.contains("may send no requests to"), "{said}");
}

/// Whoever answers for a name can have it lead into the server's own network.
#[test]
fn names_do_not_lead_to_addresses_that_nobody_else_reaches() {
    let (somebody, _tree) = somebody();
    let by_name = format!("localhost:{}", somebody.port());
    let asks = format!("outbound = [{by_name:?}]\n");
    let stage = Stage::new(&policy(std::slice::from_ref(&by_name)));
    stage.deploy("site", "proxy_handler", &asks);
    let refused = stage.fetch("site", &format!("{by_name}/ok"));
    assert!(refused.contains("DestinationIpProhibited"), "{refused}");
    stage.log_has("site", "which isn't an address on the Internet");
    // Unless the operator says so.
    let by_address = format!("127.0.0.1:{}", somebody.port());
    let stage = Stage::new(&policy(&[by_name.clone(), by_address]));
    stage.deploy("site", "proxy_handler", &asks);
    assert_eq!(stage.fetch("site", &format!("{by_name}/ok")), "ok\n");
}

/// Somebody who says this to everybody.
fn answering(text: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            // Who has gone doesn't hear it.
            let _ = client.write_all(text);
            let _ = client.read(&mut [0; 4096]);
        }
    });
    address
}

#[test]
fn who_can_not_be_believed_or_reached_is_no_answer() {
    let stranger = somebody_encrypted();
    let port = stranger.server.port();
    let nonsense = answering(b"SSH-2.0-OpenSSH_9.2\r\n");
    let hosts = [
        format!("localhost:{port}"),
        "127.0.0.1".to_owned(),
        "nobody.invalid".to_owned(),
    ];
    let stage = Stage::new(&policy(&hosts));
    stage.deploy("site", "proxy_handler", &format!("outbound = {hosts:?}\n"));
    for (url, error, logged) in [
        (
            format!("https://localhost:{port}/ok"),
            "TlsCertificateError",
            "localhost can't be believed who it is",
        ),
        (
            "nobody.invalid/".to_owned(),
            "DnsError",
            "nobody.invalid has no address",
        ),
        (
            "127.0.0.1:1/".to_owned(),
            "DestinationUnavailable",
            "cannot connect to 127.0.0.1:1",
        ),
        (
            format!("127.0.0.1:{}/", nonsense.port()),
            "HttpProtocolError",
            "doesn't answer as it should",
        ),
    ] {
        let failed = stage.fetch("site", &url);
        assert!(failed.contains(error), "{url}: {failed}");
        stage.log_has("site", logged);
    }
    assert_eq!(stage.previews.text("site", "/ok"), "ok\n");
}

#[test]
fn what_sends_requests_is_locked_down_and_missed_by_its_senders_alone() {
    let (somebody, _tree) = somebody();
    let there = somebody.address.to_string();
    let stage = Stage::new(&policy(std::slice::from_ref(&there)));
    stage.deploy(
        "site",
        "proxy_handler",
        &format!("outbound = [{there:?}]\n"),
    );
    assert_eq!(stage.fetch("site", &format!("{there}/ok")), "ok\n");
    let [sender] = senders_of(&stage.previews.server)[..] else {
        panic!("there is one sender");
    };
    let tasks = fs::read_dir(format!("/proc/{sender}/task")).expect("it lives");
    for task in tasks.flatten() {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        for line in ["NoNewPrivs:\t1\n", "Seccomp:\t2\n"] {
            assert!(status.contains(line), "{status}");
        }
    }
    assert_eq!(
        fs::read(format!("/proc/{sender}/environ")).expect("it lives"),
        b""
    );
    let pid = Pid::from_raw(sender.try_into().expect("a pid")).expect("a pid");
    kill_process(pid, Signal::KILL).expect("it lives");
    eventually("requests fail", || {
        let failed = stage.fetch("site", &format!("{there}/ok"));
        failed.starts_with("cannot send")
    });
    assert_eq!(stage.previews.text("site", "/ok"), "ok\n");
}

#[test]
fn a_wrong_policy_starts_nothing_and_says_where() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("preview.toml");
    let started = |text: Option<&str>| {
        match text {
            Some(text) => fs::write(&file, text).expect("a file"),
            None => fs::remove_file(&file).expect("it was there"),
        }
        let file = file.to_str().expect("text");
        let args = ["preview", "0", "--code", "--policy", file];
        let output = crate::support::command_line::run(args);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        crate::support::command_line::stderr(&output)
    };
    for (text, said) in [
        (
            "outbound = []\n",
            "preview.toml:1:1: unknown field `outbound`",
        ),
        (
            "[projects.\"*\"]\noutbound = [\"*\"]\n",
            "preview.toml:2:13: outbound: \"*\" is not a host",
        ),
        (
            "roots = \"/nothing\"\n[projects.a]\noutbound = [\"b\"]\n",
            "cannot read /nothing",
        ),
    ] {
        let error = started(Some(text));
        assert!(error.contains(said), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert!(started(None).contains("cannot read"));
}
