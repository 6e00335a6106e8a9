//! A real client of rustls over a real socket, in a thread of its own.

use super::*;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;

type Client = StreamOwned<ClientConnection, TcpStream>;

/// A server's terms, and those of a client that trusts it.
fn terms() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = CertificateDer::from(made.cert.der().to_vec());
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    (Arc::new(server), Arc::new(client))
}

/// A client's connection by TCP, and the server's side of it.
async fn connect() -> (TcpStream, KernelStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    (client, socket.into())
}

/// A server's stream, and what its client does.
async fn shake<T: Send + 'static>(
    client: impl FnOnce(Client) -> T + Send + 'static,
) -> (TlsStream, JoinHandle<T>) {
    let (server_terms, client_terms) = terms();
    let (socket, accepted) = connect().await;
    let client = std::thread::spawn(move || {
        let name = ServerName::try_from("localhost").unwrap();
        let mut tls = ClientConnection::new(client_terms, name).unwrap();
        let mut socket = socket;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).unwrap();
        }
        client(StreamOwned::new(tls, socket))
    });
    let stream = TlsStream::accept(accepted, server_terms).await.unwrap();
    (stream, client)
}

/// What the client sends next.
async fn receive(stream: &TlsStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        match stream.try_receive(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.readable().await?,
            received => return received.map(|_| bytes),
        }
    }
}

async fn send(stream: &TlsStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match stream.try_send(bytes, Then::Nothing) {
            Ok(sent) => bytes = &bytes[sent..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                stream.writable().await.unwrap();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Bytes of which no two stretches are alike.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32 / 4)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect()
}

#[tokio::test]
async fn bytes_go_both_ways() {
    let (stream, client) = shake(|mut client| {
        client.write_all(b"request").unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        answer
    })
    .await;
    assert_eq!(stream.protocol().as_deref(), Some(&b"http/1.1"[..]));
    assert!(stream.peek().await.unwrap() && stream.has_unread());
    assert_eq!(receive(&stream).await.unwrap(), b"request");
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789").unwrap();
    send(&stream, b"head: ").await;
    assert_eq!(stream.try_send_file(&file, 2, 3).unwrap(), 3);
    assert_eq!(stream.try_send_file(&file, 10, 3).unwrap(), 0);
    stream.conclude();
    drop(stream);
    assert_eq!(client.join().unwrap(), b"head: 234");
}

/// Else a client could take a part of a response for all of it.
#[tokio::test]
async fn what_ends_without_a_word_was_cut_short() {
    let (stream, client) = shake(|mut client| client.read_to_end(&mut Vec::new())).await;
    send(&stream, b"half").await;
    drop(stream);
    let error = client.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

/// What is encrypted and has no room counts as unsent, and is sent once.
#[tokio::test]
async fn a_slow_client_gets_each_byte_once() {
    let all = pattern(8 * 1024 * 1024);
    let expected = all.clone();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let (stream, client) = shake(move |mut client| {
        gone.recv().unwrap();
        let mut got = Vec::new();
        client.read_to_end(&mut got).unwrap();
        got
    })
    .await;
    let mut sent = 0;
    // The last attempt stays in debt, which all others have to pay.
    while let Ok(now) = stream.try_send(&all[sent..], Then::Nothing) {
        sent += now;
    }
    let owed = stream.session().owed;
    assert!(owed > 0 && owed <= AT_ONCE, "{owed}");
    for _ in 0..3 {
        let full = stream.try_send(&all[sent..], Then::Nothing);
        assert_eq!(full.unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(stream.session().owed, owed);
    }
    go.send(()).unwrap();
    // In smaller parts than before, as a file's last piece may be.
    let part = all.len().min(sent + owed / 2);
    send(&stream, &all[sent..part]).await;
    send(&stream, &all[part..]).await;
    stream.conclude();
    drop(stream);
    assert!(client.join().unwrap() == expected, "bytes differ");
}

#[tokio::test]
async fn who_says_goodbye_has_finished() {
    let (stream, client) = shake(|mut client| {
        client.write_all(b"all").unwrap();
        client.conn.send_close_notify();
        client.flush().unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        answer
    })
    .await;
    assert_eq!(receive(&stream).await.unwrap(), b"all");
    assert_eq!(receive(&stream).await.unwrap(), b"");
    assert!(!stream.peek().await.unwrap());
    send(&stream, b"answer").await;
    stream.finish().unwrap();
    assert_eq!(client.join().unwrap(), b"answer");
}

#[tokio::test]
async fn what_is_no_tls_is_told_by_an_alert() {
    let (terms, _) = terms();
    let (mut client, socket) = connect().await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let error = TlsStream::accept(socket, terms).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    // An alert (RFC 8446 section 6), and then the end.
    let mut alert = [0];
    client.read_exact(&mut alert).unwrap();
    assert_eq!(alert, [21]);
}

#[tokio::test]
async fn what_is_changed_on_the_way_is_refused() {
    let (stream, client) = shake(|mut client| {
        let raw = client.get_mut();
        // A record of application data that nobody encrypted.
        raw.write_all(&[23, 3, 3, 0, 20]).unwrap();
        raw.write_all(&[0; 20]).unwrap();
        client.read(&mut [0; 16])
    })
    .await;
    let error = receive(&stream).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    drop(stream);
    assert!(client.join().unwrap().is_err());
}
