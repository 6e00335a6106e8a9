//! Connections that are cut, servers that are busy, and clients that are killed.

use super::scene::{Seen, assert_served, deployed, folder, order, server, try_deploy};
use crate::api::tests::stage::Stage;
use crate::client::Outcome;
use crate::token::Token;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

/// The variables by which a process of this test's knows that it is the client that is
/// killed.
const CHILD: [&str; 3] = ["WIRE_TEST_ADDRESS", "WIRE_TEST_TOKEN", "WIRE_TEST_FOLDER"];

/// What a proxy does with the bytes of a connection from the client.
#[derive(Clone, Copy)]
enum Fate {
    /// It cuts the first few connections after so many bytes.
    Cut { connections: u64, after: u64 },
    /// It stops to read after so many bytes of all connections.
    Stop { after: u64 },
}

/// A proxy in front of a server.
struct Proxy {
    address: SocketAddr,
    passed: Arc<AtomicU64>,
    stopped: Arc<Barrier>,
}

impl Proxy {
    fn new(to: SocketAddr, fate: Fate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let passed = Arc::<AtomicU64>::default();
        let stopped = Arc::new(Barrier::new(2));
        let (count, stop) = (passed.clone(), stopped.clone());
        std::thread::spawn(move || {
            for (number, client) in (0..).zip(listener.incoming().flatten()) {
                let (count, stop) = (count.clone(), stop.clone());
                std::thread::spawn(move || pass(number, &client, to, fate, &count, &stop));
            }
        });
        Self {
            address,
            passed,
            stopped,
        }
    }
}

fn pass(
    number: u64,
    client: &TcpStream,
    to: SocketAddr,
    fate: Fate,
    passed: &AtomicU64,
    stopped: &Barrier,
) {
    let server = TcpStream::connect(to).unwrap();
    let (mut back, mut from) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut back);
        let _ = back.shutdown(Shutdown::Write);
    });
    let mut own = 0;
    let mut piece = [0; 64 * 1024];
    while let Ok(length @ 1..) = (&mut &*client).read(&mut piece) {
        if (&mut &server).write_all(&piece[..length]).is_err() {
            break;
        }
        own += length as u64;
        let all = passed.fetch_add(length as u64, Ordering::SeqCst) + length as u64;
        match fate {
            Fate::Cut { connections, after } if number < connections && own > after => {
                let _ = client.shutdown(Shutdown::Both);
                break;
            }
            Fate::Stop { after } if all > after => {
                stopped.wait();
                return;
            }
            _ => {}
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

fn large(size: u32) -> Vec<u8> {
    (0..size / 4)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect()
}

#[test]
fn an_upload_goes_on_after_its_connection_is_cut_again_and_again() {
    let stage = Stage::new();
    let content = large(20_000_000);
    let files: &[(&str, &[u8])] = &[("large.bin", &content), ("small.txt", b"small")];
    let site = folder(files);
    let proxy = Proxy::new(
        stage.address,
        Fate::Cut {
            connections: 8,
            after: 3_000_000,
        },
    );
    let deployed = deployed(&server(proxy.address, &stage.token), &order(site.path()));
    assert_served(&stage, &deployed, files);
    // What arrived before a cut isn't sent again, but for what was under way.
    let passed = proxy.passed.load(Ordering::SeqCst);
    assert!(passed < 32_000_000, "{passed}");
}

/// A pack that is cut is sent again: it is kept as a whole or not at all.
#[test]
fn a_pack_is_sent_again_after_a_cut() {
    let stage = Stage::new();
    let contents: Vec<Vec<u8>> = (1..=20_u8).map(|number| vec![number; 100_000]).collect();
    let names: Vec<String> = (0..20).map(|number| format!("{number}.bin")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&contents)
        .map(|(name, content)| (&**name, &**content))
        .collect();
    let site = folder(&files);
    let proxy = Proxy::new(
        stage.address,
        Fate::Cut {
            connections: 3,
            after: 500_000,
        },
    );
    let deployed = deployed(&server(proxy.address, &stage.token), &order(site.path()));
    assert_served(&stage, &deployed, &files);
}

/// The client is killed in the middle of a file; the next one sends the rest.
#[test]
fn what_a_killed_client_sent_is_not_sent_again() {
    let set = CHILD.map(|name| std::env::var(name).ok());
    if let [Some(address), Some(token), Some(folder)] = set {
        let token = Token::new(&token).unwrap();
        deployed(
            &server(address.parse().unwrap(), &token),
            &order(folder.as_ref()),
        );
        return;
    }
    let stage = Stage::new();
    let content = large(30_000_000);
    let files: &[(&str, &[u8])] = &[("large.bin", &content)];
    let site = folder(files);
    let proxy = Proxy::new(stage.address, Fate::Stop { after: 20_000_000 });
    let values = [
        proxy.address.to_string(),
        stage.token.secret().to_owned(),
        site.path().display().to_string(),
    ];
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "client::tests::cuts::what_a_killed_client_sent_is_not_sent_again",
        ])
        .envs(CHILD.into_iter().zip(values))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    proxy.stopped.wait();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(stage.deploys(), 0);

    let counting = Proxy::new(stage.address, Fate::Stop { after: u64::MAX });
    let deployed = deployed(&server(counting.address, &stage.token), &order(site.path()));
    assert_served(&stage, &deployed, files);
    let passed = counting.passed.load(Ordering::SeqCst);
    assert!(passed < 20_000_000, "{passed}");
}

/// A server that answers once each connection, with what comes next in the list, before
/// it is the real one.
fn moody(stage: &Stage, moods: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, to) = (listener.local_addr().unwrap(), stage.address);
    std::thread::spawn(move || {
        let mut moods = moods.iter();
        for client in listener.incoming().flatten() {
            match moods.next() {
                Some(mood) => {
                    let mut client = client;
                    let _ = client.read(&mut [0; 64 * 1024]);
                    let _ = client.write_all(mood.as_bytes());
                }
                None => {
                    let fate = Fate::Stop { after: u64::MAX };
                    std::thread::spawn(move || {
                        pass(
                            0,
                            &client,
                            to,
                            fate,
                            &AtomicU64::default(),
                            &Barrier::new(1),
                        );
                    });
                }
            }
        }
    });
    address
}

#[test]
fn a_server_that_is_busy_or_restarts_is_asked_again() {
    let stage = Stage::new();
    let busy = &[
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n",
        "",
        "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    ];
    let address = moody(&stage, busy);
    let site = folder(&[("a", b"a")]);
    let seen = Arc::new(Seen::default());
    let outcome = try_deploy(&server(address, &stage.token), &order(site.path()), &seen);
    assert!(matches!(outcome, Ok(Outcome::Deployed(_))), "{outcome:?}");
}
