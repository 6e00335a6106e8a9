//! Requests that sites' code sends to others, and the secrets that it sends with them.

use super::code::previews;
use crate::support::certificates::Certificates;
use crate::support::guests;
use crate::support::https::Https;
use crate::support::previews::{Deployed, Previews};
use crate::support::scripts::{runners_of, senders_of};
use crate::support::server::Server;
use crate::support::tree::Tree;
use crate::support::{eventually, skip};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use tempfile::TempDir;

/// A server of previews whose operator says who may send requests where to.
struct Stage {
    previews: Previews,
    _folder: TempDir,
}

impl Stage {
    #[track_caller]
    fn new(policy: &str) -> Self {
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
    fn deploy(&self, name: &str, component: &str, settings: &str) -> Deployed {
        let site = self.site(name, component, settings);
        let args = ["--alias", name, "--project", name];
        self.previews.deploy(&site, &args)
    }

    /// What is said of code that isn't taken.
    #[track_caller]
    fn refused(&self, name: &str, settings: &str) -> String {
        let site = self.site(name, "proxy_handler", settings);
        let site = site.to_str().expect("text");
        self.previews.fail(["deploy", site, "--project", name])
    }

    /// What a site's code has by a URL, or why not.
    #[track_caller]
    fn fetch(&self, name: &str, url: &str) -> String {
        self.previews.text(name, &format!("/fetch?{url}"))
    }

    #[track_caller]
    fn log_has(&self, name: &str, what: &str) {
        let log = || self.previews.succeed(["previews", "logs", name]);
        eventually(what, || log().contains(what));
    }

    /// Sets a secret, whose value is typed.
    #[track_caller]
    fn set_secret(&self, project: &str, name: &str, value: &str, hosts: &[&str]) -> String {
        let mut command = self
            .previews
            .command(["previews", "secret", "set", project, name]);
        for host in hosts {
            command.args(["--for", host]);
        }
        let output = typed(&mut command, value);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[track_caller]
fn typed(command: &mut Command, text: &str) -> std::process::Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("it is read");
    drop(input);
    child.wait_with_output().expect("it ends")
}

/// Somebody who answers, and says how it was asked at `/describe`.
fn somebody() -> (Server, Tree) {
    let tree = Tree::empty();
    let component = guests::component("proxy_handler");
    let server = Server::builder()
        .directory(&tree)
        .args(["--component".as_ref(), component.as_os_str()])
        .start();
    (server, tree)
}

/// The same by HTTPS, as `localhost`.
fn somebody_encrypted() -> Https {
    let tree = Tree::empty();
    let directory = tree.path("");
    Https::of(tree, &directory, |_, server| {
        let component = guests::component("proxy_handler");
        server.args(["--component".as_ref(), component.as_os_str()])
    })
}

/// All of `*` may send requests there, whatever network it is in.
fn policy(hosts: &[String]) -> String {
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

/// Certificates of an authority that the operator names are believed.
fn trusting(certificates: &Certificates, hosts: &[String]) -> Stage {
    let roots = certificates.authority();
    Stage::new(&format!("roots = {roots:?}\n{}", policy(hosts)))
}

#[test]
fn a_secret_is_sent_to_whom_it_is_for_and_nobody_else_sees_it() {
    let friend = somebody_encrypted();
    let (stranger, _tree) = somebody();
    let port = friend.server.port();
    let there = format!("localhost:{port}");
    let hosts = [
        there.clone(),
        format!("127.0.0.1:{port}"),
        stranger.address.to_string(),
    ];
    let stage = trusting(&friend.certificates, &hosts);
    let said = stage.set_secret("site", "KEY", "a-value-that-is-hidden\n", &[&there]);
    assert_eq!(said, format!("KEY is set, and is sent to {there} alone\n"));
    stage.set_secret("site", "PLAIN", "a-value-that-is-plain", &[]);
    let asks = format!("secrets = [\"KEY\", \"PLAIN\"]\noutbound = {hosts:?}\n");
    stage.deploy("site", "proxy_handler", &asks);

    let environment = stage.previews.text("site", "/environment");
    assert!(
        environment.contains("KEY=wasm-host-secret-"),
        "{environment}"
    );
    assert!(
        environment.contains("PLAIN=a-value-that-is-plain\n"),
        "{environment}"
    );
    // It leaves the code's process as a placeholder.
    let answered = stage.fetch("site", &format!("KEY,https://{there}/ok"));
    assert_eq!(answered, "ok\n");
    let [runner] = runners_of(&stage.previews.server)[..] else {
        panic!("there is one runner");
    };
    let (hidden, plain) = (
        &b"a-value-that-is-hidden"[..],
        &b"a-value-that-is-plain"[..],
    );
    if let Some(found) = memory_has(runner, &[hidden, plain]) {
        assert_eq!(found, [false, true], "what the runner's memory has");
    }

    let received = stage.fetch("site", &format!("KEY,https://{there}/describe"));
    assert!(
        received.contains("authorization: Bearer a-value-that-is-hidden\n"),
        "{received}"
    );
    // The host is another one by its address, and the stranger always was.
    for url in [
        format!("KEY,https://127.0.0.1:{port}/describe"),
        format!("KEY,{}/describe", stranger.address),
    ] {
        let received = stage.fetch("site", &url);
        assert!(
            received.contains("authorization: Bearer wasm-host-secret-"),
            "{received}"
        );
    }

    let listed = stage
        .previews
        .succeed(["previews", "secret", "list", "site"]);
    assert!(
        listed.contains(&there) && !listed.contains("a-value"),
        "{listed}"
    );
    let told = stage
        .previews
        .api("GET", "/projects/site/secrets", "")
        .text();
    assert!(
        told.contains("PLAIN") && !told.contains("a-value"),
        "{told}"
    );
    let log = stage.previews.server.messages().join("\n");
    assert!(!log.contains("a-value"), "{log}");
}

/// Which of these texts are in a process's memory. None: this user may not look.
fn memory_has(process: u32, texts: &[&[u8]]) -> Option<Vec<bool>> {
    if !rustix::process::geteuid().is_root() {
        skip::skipped("only root reads the memory of others");
        return None;
    }
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).expect("it lives");
    let memory = File::open(format!("/proc/{process}/mem")).expect("it lives");
    let mut found = vec![false; texts.len()];
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let range = line
            .split(' ')
            .next()
            .and_then(|range| range.split_once('-'));
        let (from, to) = range.expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("a number");
        let (mut from, to) = (number(from), number(to));
        // In pieces, which may not be there.
        while from < to {
            let mut piece = vec![0; usize::try_from((to - from).min(1 << 20)).expect("small")];
            let read = memory.read_at(&mut piece, from).unwrap_or(0);
            for (text, found) in texts.iter().zip(&mut found) {
                *found |= piece[..read]
                    .windows(text.len())
                    .any(|window| window == *text);
            }
            from += 1 << 20;
        }
    }
    Some(found)
}

#[test]
fn secrets_change_for_code_that_runs_and_go_with_their_project() {
    let stage = Stage::new("");
    let said = stage.refused("site", "secrets = [\"KEY\"]\n");
    assert!(
        said.contains("wasm-host.toml:1:12: secrets: site has no secret KEY"),
        "{said}"
    );
    assert!(
        said.contains("`wasm-host previews secret set site KEY`"),
        "{said}"
    );
    stage.set_secret("site", "KEY", "one", &[]);
    stage.deploy("site", "proxy_handler", "secrets = [\"KEY\"]\n");
    let environment = || stage.previews.text("site", "/environment");
    assert!(environment().contains("KEY=one\n"));
    stage.set_secret("site", "KEY", "two\r\n", &[]);
    assert!(environment().contains("KEY=two\n"));
    stage
        .previews
        .succeed(["previews", "secret", "rm", "site", "KEY"]);
    assert!(!environment().contains("KEY"));
    stage.log_has("site", "the secret KEY isn't there any more");
    let said = stage
        .previews
        .fail(["previews", "secret", "rm", "site", "KEY"]);
    assert!(
        said.contains("there is no secret KEY of the project site"),
        "{said}"
    );

    stage.set_secret("site", "KEY", "three", &[]);
    stage.set_secret("other", "KEY", "four", &[]);
    stage
        .previews
        .succeed(["previews", "rm", "--project", "site"]);
    let none = "there are no secrets";
    let list = |project| {
        stage
            .previews
            .succeed(["previews", "secret", "list", project])
    };
    assert!(list("site").contains(none) && list("other").contains("KEY"));
}

#[test]
fn what_can_be_no_secret_is_refused_in_one_line() {
    let stage = Stage::new("");
    let command = |args: &[&str]| {
        let secret = ["previews", "secret", "set"];
        stage.previews.command([&secret, args].concat())
    };
    for (args, value, said) in [
        (&["site", "A-B"][..], "x", "is no name of a variable"),
        (&["Site", "A"], "x", "is no project's name"),
        (
            &["site", "A", "--for", "https://a.example"],
            "x",
            "is not a host",
        ),
        (&["site", "A"], "\n", "the secret is empty"),
        (&["site", "A"], "a\0b", "there is a NUL in the secret"),
        (
            &["site", "A", "--for", "a.example"],
            "a\nb",
            "a line's end in the secret",
        ),
        (&["site", "A"], &"x".repeat(10_000), "8192 is the most"),
    ] {
        let output = typed(&mut command(args), value);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{args:?}");
        assert!(error.contains(said), "{args:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
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
