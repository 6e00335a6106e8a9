//! Clients that don't behave.

use super::arena::{Arena, Dice};
use crate::support::client::Client;
use crate::support::server::Server;
use std::collections::VecDeque;
use std::thread::Scope;

/// How many of a kind are there at once.
const AT_ONCE: usize = 30;

const HUGE: &str = "GET /huge HTTP/1.1\r\nHost: soak\r\n\r\n";

pub(super) fn begin<'s, 'a>(arena: &'a Arena, scope: &'s Scope<'s, 'a>, server: &'a Server)
where
    'a: 's,
{
    arena.again(scope, "reset", |dice| {
        others_are_served(server);
        let mut client = server.connect();
        client.send(HUGE);
        client.read_some(dice.below(200_000) + 1);
        client.reset();
    });
    let mut stopped = VecDeque::new();
    arena.again(scope, "stopped", move |dice| {
        let mut client = server.connect();
        client.send(HUGE);
        others_are_served(server);
        hold(&mut stopped, client, dice);
    });
    let mut half = VecDeque::new();
    arena.again(scope, "half a head", move |dice| {
        let mut client = server.connect();
        client.send(&HUGE[..dice.below(HUGE.len() - 2)]);
        others_are_served(server);
        hold(&mut half, client, dice);
    });
    arena.again(scope, "garbage", |dice| {
        let mut client = server.connect();
        let length = dice.below(3000);
        // It may have been refused before its end.
        let _ = client.try_send(dice.bytes(length));
        client.finish_sending();
        others_are_served(server);
        client.rest();
    });
    arena.again(scope, "pipelined and left", |dice| {
        let mut client = server.connect();
        let requests = "GET /middle HTTP/1.1\r\nHost: soak\r\n\r\n".repeat(dice.below(100) + 1);
        let _ = client.try_send(requests);
        others_are_served(server);
        let _ = client.try_read_some(dice.below(100_000) + 1);
    });
}

/// Somebody else is, each time: faults come no faster than that.
pub(super) fn others_are_served(server: &Server) {
    assert_eq!(server.get("/hello.txt").text(), "hello, world\n");
}

/// Keeps a client for a while, and lets the one that has waited longest go, in one way
/// or the other.
fn hold(held: &mut VecDeque<Client>, client: Client, dice: &mut Dice) {
    held.push_back(client);
    if held.len() > AT_ONCE
        && let Some(client) = held.pop_front()
        && dice.below(2) == 0
    {
        client.reset();
    }
}
