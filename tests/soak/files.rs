//! Clients that behave, and files that another program swaps and truncates.

use super::arena::{Arena, Dice};
use super::identity::{Named, check, content};
use crate::support::client::{Client, Response};
use crate::support::scripts::Scripts;
use crate::support::server::Server;
use std::fs;
use std::thread::Scope;
use std::time::Duration;

/// Swapped for others of their name, each whole at all times.
const SWAPPED: [Named; 4] = [
    ("small", 2),
    ("middle", 400),
    ("large", 5000),
    ("huge", 30_000),
];

/// Truncated and filled again under its readers.
const TORN: Named = ("torn", 20_000);

/// How many requests a connection has at most.
const REQUESTS: usize = 50;

pub(super) fn prepare(site: &Scripts) {
    for file in SWAPPED.into_iter().chain([TORN]) {
        site.file(file.0, content(file, 0));
    }
    for number in 0..500 {
        site.file(format!("many/{number}"), "");
    }
}

pub(super) fn begin<'s, 'a>(
    arena: &'a Arena,
    scope: &'s Scope<'s, 'a>,
    site: &'a Scripts,
    server: &'a Server,
) where
    'a: 's,
{
    for _ in 0..2 {
        arena.again(scope, "whole", |dice| whole(server, dice));
        arena.again(scope, "parts", |dice| parts(server, dice));
    }
    arena.again(scope, "revalidated", |dice| revalidated(server, dice));
    arena.again(scope, "listed", |_| {
        let listing = server.get("/many/");
        assert_eq!(listing.status, 200);
        assert!((0..500).all(|number| listing.text().contains(&format!(">{number}<"))));
    });
    arena.again(scope, "torn read", |_| torn(server));
    let mut version = 0;
    arena.again(scope, "swapped", move |dice| {
        version += 1;
        swap(site, dice, version);
    });
    arena.again(scope, "truncated", |dice| truncate(site, dice));
}

fn pick(dice: &mut Dice) -> Named {
    // The large ones less often.
    SWAPPED[dice.below(4).min(dice.below(4))]
}

/// None where a connection that idled for a moment was given up: another needed its
/// place.
fn get(client: &mut Client, name: &str, field: &str) -> Option<Response> {
    let request = format!("GET /{name} HTTP/1.1\r\nHost: soak\r\n{field}\r\n");
    match client
        .try_send(request)
        .and_then(|()| client.try_response(false))
    {
        Ok(response) => Some(response),
        Err(error) => {
            assert!(
                client.buffered().is_empty(),
                "a part of a response: {error}"
            );
            None
        }
    }
}

fn whole(server: &Server, dice: &mut Dice) {
    let mut client = server.connect();
    for _ in 0..dice.below(REQUESTS) {
        let file = pick(dice);
        let Some(response) = get(&mut client, file.0, "") else {
            return;
        };
        assert_eq!(response.status, 200);
        let version = check(file, 0, &response.body).expect("a whole file");
        assert_eq!(response.body.len(), content(file, version).len());
    }
}

fn parts(server: &Server, dice: &mut Dice) {
    let mut client = server.connect();
    for _ in 0..dice.below(REQUESTS) {
        let file = pick(dice);
        let first = dice.below(file.1 * 64 - 1);
        let last = first + dice.below(200_000);
        let field = format!("Range: bytes={first}-{last}\r\n");
        let Some(response) = get(&mut client, file.0, &field) else {
            return;
        };
        assert_eq!(response.status, 206, "{file:?} {field}");
        let length = response.body.len();
        check(file, first, &response.body);
        let range = response.field("Content-Range").expect("a part says which");
        let range = range.strip_prefix("bytes ").expect("of bytes");
        assert!(
            range.starts_with(&format!("{first}-{}/", first + length - 1)),
            "{range}"
        );
    }
}

fn revalidated(server: &Server, dice: &mut Dice) {
    let mut client = server.connect();
    let file = pick(dice);
    let known = get(&mut client, file.0, "").expect("the first on its connection");
    check(file, 0, &known.body);
    let tag = known.field("ETag").expect("a tag").to_owned();
    for _ in 0..dice.below(REQUESTS) {
        let field = format!("If-None-Match: {tag}\r\n");
        let Some(response) = get(&mut client, file.0, &field) else {
            return;
        };
        match response.status {
            304 => assert_eq!(response.field("ETag"), Some(&*tag)),
            status => {
                assert_eq!(status, 200);
                check(file, 0, &response.body);
                // A file's first tag holds for a moment only: it may have another now.
                assert_ne!(response.field("ETag"), Some(&*tag));
                return;
            }
        }
    }
}

/// What comes of a file that is truncated meanwhile is its beginning; or zeros, as what
/// waits in a socket are the very pages that are cut (sendfile(2)).
fn torn(server: &Server) {
    let mut client = server.connect();
    client.send("GET /torn HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n");
    let received = client.rest();
    let end = received.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.expect("a head") + 4;
    if received.starts_with(b"HTTP/1.1 500 ") {
        return;
    }
    assert!(received.starts_with(b"HTTP/1.1 200 "));
    let whole = content(TORN, 0);
    let sent = &received[end..];
    let right = |(sent, whole): (&u8, &u8)| sent == whole || *sent == 0;
    assert!(sent.len() <= whole.len() && sent.iter().zip(&whole).all(right));
}

fn swap(site: &Scripts, dice: &mut Dice, version: u64) {
    let file = pick(dice);
    let new = site.outside("new");
    fs::write(&new, content(file, version)).unwrap();
    fs::rename(new, site.path(file.0)).unwrap();
    std::thread::sleep(Duration::from_millis(20));
}

fn truncate(site: &Scripts, dice: &mut Dice) {
    use std::os::unix::fs::FileExt;
    let whole = content(TORN, 0);
    let file = fs::File::options()
        .write(true)
        .open(site.path(TORN.0))
        .unwrap();
    let kept = dice.below(whole.len());
    file.set_len(kept as u64).unwrap();
    std::thread::sleep(Duration::from_millis(5));
    file.write_all_at(&whole[kept..], kept as u64).unwrap();
    std::thread::sleep(Duration::from_millis(30));
}
