//! A server whose name a certificate proves.

use super::scene::{folder, order, try_deploy};
use crate::api::tests::stage::Stage;
use crate::client::Server;
use crate::token::Token;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// An authority's certificate, and a proxy with TLS in front of a server, whose own
/// certificate is for `name`.
fn proxy(to: SocketAddr, name: &str) -> (String, SocketAddr) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new([name.to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![own.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (started, starting) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        super::scene::run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            started.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut client = acceptor.accept(client).await?;
                    let mut server = TcpStream::connect(to).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
    });
    (authority.pem(), starting.recv().unwrap())
}

fn client(stage: &Stage, url: &str, authority: Option<&Path>) -> Server {
    Server::new(url.parse().unwrap(), stage.token.clone(), authority).unwrap()
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let stage = Stage::new();
    let (pem, address) = proxy(stage.address, "localhost");
    let site = folder(&[
        ("a", b"a"),
        ("ca.txt", pem.as_bytes()),
        ("large", &vec![7; 2_000_000]),
    ]);
    let file = site.path().join("ca.txt");
    let url = format!("https://localhost:{}", address.port());
    let deploy = |server: &Server| try_deploy(server, &order(site.path()), &Arc::default());
    assert!(deploy(&client(&stage, &url, Some(&file))).is_ok());
    let error = deploy(&client(&stage, &url, None)).unwrap_err().to_string();
    assert!(
        error.contains("cannot reach") && error.contains("UnknownIssuer"),
        "{error}"
    );
    // The same certificate doesn't prove another name.
    let other = format!("https://127.0.0.1:{}", address.port());
    assert!(deploy(&client(&stage, &other, Some(&file))).is_err());
    assert_eq!(stage.deploys(), 1);
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    let folder = folder(&[("empty", b""), ("text", b"hello")]);
    for name in ["empty", "text", "absent"] {
        let path = folder.path().join(name);
        let (address, token) = (
            "https://a.example".parse().unwrap(),
            Token::generate().unwrap(),
        );
        let server = Server::new(address, token, Some(&path));
        assert!(server.is_err(), "{name}");
    }
}
