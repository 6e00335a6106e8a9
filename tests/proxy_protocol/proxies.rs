//! nginx and HAProxy in front, configured as `host/LISTEN.md` says.

use super::believing;
use crate::support::client::Client;
use crate::support::eventually;
use crate::support::loopback::own_address;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use crate::support::tools::startable;
use crate::support::tree::{MEGABYTE, Tree, pattern};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PAGE: &str = include_str!("../../host/LISTEN.md");

/// Where the page's servers listen.
const SOCKET: &str = "/run/site/http.sock";

/// A configuration of the page's.
fn configuration(language: &str) -> &'static str {
    let begins = format!("```{language}\n");
    let (_, rest) = PAGE.split_once(&begins).expect("the page has it");
    rest.split_once("```").expect("it ends").0
}

/// A program in front, killed when dropped.
struct Front(Child);

impl Front {
    fn start(command: &mut Command) -> Self {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
        Self(quiet.stderr(Stdio::null()).spawn().expect("it starts"))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// nginx, which listens on a Unix socket itself.
fn nginx(folder: &Path, backend: &Path, front: &Path) -> Front {
    let site = configuration("nginx")
        .replace(SOCKET, backend.to_str().unwrap())
        .replace("listen 80;", &format!("listen unix:{};", front.display()));
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let folder = folder.display();
    let text = format!(
        "{user} daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
         events {{ worker_connections 64; }}
         http {{
             access_log off;
             client_body_temp_path {folder}/body;
             proxy_temp_path {folder}/proxy;
             fastcgi_temp_path {folder}/fastcgi;
             uwsgi_temp_path {folder}/uwsgi;
             scgi_temp_path {folder}/scgi;
             {site}
         }}"
    );
    let file = format!("{folder}/nginx.conf");
    fs::write(&file, text).unwrap();
    Front::start(Command::new("nginx").args(["-p", &folder.to_string(), "-c", &file]))
}

#[test]
fn nginx_in_front_keeps_connections() {
    if !startable("nginx") {
        return;
    }
    let tree = Tree::simple();
    let large = pattern(3 * MEGABYTE + 1);
    tree.file("large.bin", &large);
    let (backend, front) = (tree.outside("backend"), tree.outside("front"));
    let server = Server::builder().directory(&tree).unix(&backend).start();
    fs::create_dir(tree.outside("nginx")).unwrap();
    let _nginx = nginx(&tree.outside("nginx"), &backend, &front);
    eventually("nginx listens", || Client::try_connect_unix(&front).is_ok());
    let open_files = server.open_files();
    for _ in 0..5 {
        let mut client = Client::connect_unix(&front);
        for _ in 0..5 {
            assert_eq!(client.get("/hello.txt").text(), "hello, world\n");
            assert!(client.get("/large.bin").body == large);
            assert_eq!(client.get("/missing").status, 404);
        }
    }
    // One connection was enough for all of them.
    assert!(server.open_files() <= open_files + 2, "{open_files}");
}

/// HAProxy, with a server line such as the page's.
fn haproxy(folder: &Path, backend: &str, sends: &str, front: SocketAddr) -> Front {
    let site = configuration("haproxy")
        .replace("send-proxy-v2", sends)
        .replace(&format!("unix@{SOCKET}"), backend)
        .replace("bind :80", &format!("bind {front}"));
    let seconds = "timeout connect 5s\n timeout client 20s\n timeout server 20s\n";
    let file = folder.join("haproxy.cfg");
    fs::write(&file, format!("defaults\n {seconds}\n{site}")).unwrap();
    Front::start(Command::new("haproxy").arg("-db").arg("-f").arg(file))
}

#[test]
fn haproxy_in_front_says_whose_each_connection_is() {
    if !startable("haproxy") {
        return;
    }
    let scripts = Scripts::new();
    scripts.sh("who", &format!("{PLAIN}; printf '%s' \"$REMOTE_ADDR\""));
    scripts.file("large.bin", pattern(3 * MEGABYTE + 1));
    for sends in [
        "send-proxy",
        "send-proxy-v2",
        "send-proxy-v2-ssl",
        // HTTP/2 in clear, after the header.
        "send-proxy-v2 proto h2",
    ] {
        for by_unix in [true, false] {
            let path = scripts.outside(&sends.replace(' ', "-"));
            let (server, backend) = if by_unix {
                let server = scripts.server().unix(&path);
                let server = server.args(["--proxy-protocol", "-v"]).start();
                (server, format!("unix@{}", path.display()))
            } else {
                let server = believing(scripts.server()).start();
                let address = server.address.to_string();
                (server, address)
            };
            let front = own_address();
            let _haproxy = haproxy(&scripts.outside(""), &backend, sends, front);
            eventually("HAProxy listens", || Client::try_connect(front).is_ok());
            for number in [2, 3, 2] {
                let from = Ipv4Addr::new(127, 0, 0, number);
                let mut client = Client::connect_from(from, front);
                for _ in 0..3 {
                    let told = client.get("/cgi-bin/who").text();
                    assert_eq!(told, from.to_string(), "{sends} to {backend}");
                    let large = client.get("/large.bin");
                    assert!(large.body == pattern(3 * MEGABYTE + 1));
                }
                let begins = format!("{from} - - [");
                server.wait_for_log(|line| line.starts_with(&begins));
            }
            // Its own checks of health are no client's, and are understood.
            let cut_off = |line: &String| line.contains("connection refused");
            assert!(!server.log_lines().iter().any(cut_off));
        }
    }
}
