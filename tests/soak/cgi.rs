//! Scripts, and clients who leave theirs.

use super::arena::Arena;
use super::faults::others_are_served;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::server::Server;
use std::thread::Scope;

pub(super) fn prepare(site: &Scripts) {
    site.sh("echo", &format!("{PLAIN}\ncat"));
    site.sh("slow", &format!("sleep 3 & sleep 3\n{PLAIN}"));
}

pub(super) fn begin<'s, 'a>(arena: &'a Arena, scope: &'s Scope<'s, 'a>, server: &'a Server)
where
    'a: 's,
{
    arena.again(scope, "script", |dice| {
        let length = dice.below(100_000);
        let content = dice.bytes(length);
        let head = format!(
            "POST /cgi-bin/echo HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        let response = server.exchange([head.as_bytes(), &content].concat());
        match response.status {
            200 => assert!(response.body == content, "other content of {length} bytes"),
            // All places are taken.
            503 => arena.count("script, no place"),
            status => panic!("{status}"),
        }
    });
    arena.again(scope, "script that is left", |dice| {
        let mut client = server.connect();
        client.send("GET /cgi-bin/slow HTTP/1.1\r\nHost: soak\r\n\r\n");
        // It has begun by then, mostly.
        others_are_served(server);
        // Who only stops sending may still read, and waits for the script.
        if dice.below(4) > 0 {
            client.reset();
        }
    });
    arena.again(scope, "content that is left", |dice| {
        let mut client = server.connect();
        client.send("POST /cgi-bin/echo HTTP/1.1\r\nHost: soak\r\nContent-Length: 90000\r\n\r\n");
        let length = dice.below(80_000);
        let _ = client.try_send(dice.bytes(length));
        others_are_served(server);
    });
}
