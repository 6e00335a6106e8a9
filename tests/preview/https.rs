use crate::support::guests;
use crate::support::previews::Previews;
use std::process::Command;

/// What terminates TLS is the server's business, and code is told that it was there.
#[test]
fn code_is_there_by_https_and_http_2() {
    let previews = Previews::start_with(&["--code", "--tls-local"]);
    let authority = previews.path("data/wasm-host/ca/cert.pem");
    let port = previews.server.port();
    let site = previews.site("site", &[("index.html", "")]);
    std::fs::copy(guests::component("raw_handler"), site.join("handler.wasm")).unwrap();
    previews.succeed([
        "deploy".as_ref(),
        site.as_os_str(),
        "--alias=a".as_ref(),
        "--server".as_ref(),
        format!("https://localhost:{port}").as_ref(),
        "--ca-file".as_ref(),
        authority.as_os_str(),
    ]);
    for (version, said) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let fetched = Command::new("curl")
            .args(["-sS", version, "-w", " %{http_code} %{http_version}"])
            .arg("--cacert")
            .arg(&authority)
            .arg(format!("https://a.localhost:{port}/who"))
            .output()
            .unwrap();
        let fetched = String::from_utf8_lossy(&fetched.stdout).into_owned();
        assert!(fetched.starts_with("127.0.0.1:"), "{fetched}");
        assert!(fetched.ends_with(&format!(" true 200 {said}")), "{fetched}");
    }
}

/// A certificate for each site is made as it is asked for.
#[test]
fn sites_and_the_api_are_there_by_https_and_http_2() {
    let previews = Previews::start_with(&["--tls-local"]);
    let authority = previews.path("data/wasm-host/ca/cert.pem");
    let port = previews.server.port();
    let site = previews.site("site", &[("index.html", "encrypted")]);
    let server = format!("https://localhost:{port}");
    let printed = previews.succeed([
        "deploy".as_ref(),
        site.as_os_str(),
        "--alias=a".as_ref(),
        "--server".as_ref(),
        server.as_ref(),
        "--ca-file".as_ref(),
        authority.as_os_str(),
    ]);
    let urls: Vec<_> = printed.lines().collect();
    assert_eq!(urls[1], format!("https://a.localhost:{port}/"));
    let document = format!("{server}/api/v1/openapi.json");
    for (version, said) in [("--http1.1", "1.1"), ("--http2", "2")] {
        for (url, text) in [
            (urls[0], "encrypted"),
            (urls[1], "encrypted"),
            (&document, "\"openapi\""),
        ] {
            let fetched = Command::new("curl")
                .args(["-sS", version, "-w", "\n%{http_code} %{http_version}"])
                .arg("--cacert")
                .arg(&authority)
                .arg(url)
                .output()
                .unwrap();
            let fetched = String::from_utf8_lossy(&fetched.stdout).into_owned();
            assert!(fetched.contains(text), "{url}: {fetched}");
            assert!(
                fetched.ends_with(&format!("\n200 {said}")),
                "{url}: {fetched}"
            );
        }
    }
}
