//! An authority that is an enemy: what it answers costs no more than is bounded.

use super::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// An authority that answers each request with a start, and then a part for ever, if
/// there is one.
struct Enemy {
    url: DirectoryUrl,
    client: Client,
}

impl Enemy {
    async fn start(start: &'static str, then: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            );
        let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut socket) = acceptor.accept(socket).await else {
                    continue;
                };
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(start.as_bytes()).await;
                while !then.is_empty() && socket.write_all(then.as_bytes()).await.is_ok() {}
                let _ = socket.shutdown().await;
            }
        });
        let url: DirectoryUrl = format!("https://localhost:{port}/dir").parse().unwrap();
        let mut client = Client::new(&url, Some(&certificate.pem())).unwrap();
        client.patience = Duration::from_secs(2);
        Self { url, client }
    }

    async fn get(&self, url: &str) -> Result<Answer, String> {
        let answer = self.client.send(Method::GET, url, Vec::new()).await;
        answer.map_err(|failure| failure.reason)
    }

    async fn answer(start: &'static str, then: &'static str) -> Result<Answer, String> {
        let enemy = Self::start(start, then).await;
        enemy.get(enemy.url.as_str()).await
    }
}

#[tokio::test]
async fn an_answer_is_received() {
    let answer = Enemy::answer(
        "HTTP/1.1 200 OK\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}",
        "",
    );
    let answer = answer.await.unwrap();
    assert_eq!(
        (answer.status, &answer.content[..]),
        (StatusCode::OK, &b"{}"[..])
    );
    assert_eq!(answer.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn an_answer_has_an_end() {
    let letters = "x".repeat(8192);
    let letters: &'static str = letters.leak();
    for (start, then, reason) in [
        ("HTTP/1.1 200 OK\r\n\r\n", letters, "length limit exceeded"),
        ("HTTP/1.1 200 OK\r\nX: ", letters, "too large"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", "no answer within"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
            "",
            "reading a body",
        ),
        ("nonsense\r\n\r\n", "", "invalid HTTP version"),
        ("", "", ""),
    ] {
        let answer = timeout(REQUEST_TIME, Enemy::answer(start, then)).await;
        let refused = answer.expect("it ends by itself").unwrap_err();
        assert!(refused.starts_with("cannot reach localhost:"), "{refused}");
        assert!(refused.contains(reason), "{start:?}: {refused}");
    }
}

/// It could have this machine ask others that only it can reach.
#[tokio::test]
async fn nobody_else_is_asked() {
    let enemy = Enemy::start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "").await;
    let port = enemy.url.port();
    for url in [
        "https://127.0.0.1/".to_owned(),
        format!("https://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("https://localhost:{}/", port ^ 1),
        format!("https://localhost:{port}@169.254.169.254/"),
        format!("https://a@localhost:{port}/"),
    ] {
        let refused = enemy.get(&url).await.unwrap_err();
        assert!(refused.contains("which isn't asked"), "{url}: {refused}");
    }
    for url in ["", "/dir", "file:///etc/passwd", "https://localhost\r\n/"] {
        assert!(enemy.get(url).await.is_err(), "{url:?}");
    }
    enemy
        .get(&format!("https://LOCALHOST:{port}/x"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer = Enemy::answer(
        "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "",
    );
    assert_eq!(answer.await.unwrap().status, StatusCode::FOUND);
}

#[tokio::test]
async fn who_is_not_certified_is_not_asked() {
    let enemy = Enemy::start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "").await;
    let client = Client::new(&enemy.url, None).unwrap();
    let refused = client
        .send(Method::GET, enemy.url.as_str(), Vec::new())
        .await;
    let refused = refused.unwrap_err().reason;
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    assert!(Client::new(&enemy.url, Some("no PEM")).is_err());
}
