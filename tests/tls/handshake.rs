//! Clients that shake hands as they should, as others do, slowly, or never.

use crate::support::client::Client;
use crate::support::command_line::stderr;
use crate::support::eventually;
use crate::support::guests;
use crate::support::https::Https;
use crate::support::scripts::{PLAIN, Scripts};
use crate::support::tools::{curl, startable, stdout};
use crate::support::tree::Tree;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The beginning of a handshake: a record's head, and of 512 bytes the first.
const HALF_HELLO: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

#[test]
fn python_speaks_both_versions_and_resumes() {
    let site = Https::start(&[]);
    let script = r#"
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    context.minimum_version = context.maximum_version = version
    first = connect()
    assert request(first).endswith(b"\r\n\r\nhello, world\n")
    second = connect(session=first.session)
    print(second.version(), second.session_reused, second.selected_alpn_protocol())
    assert request(second).endswith(b"hello, world\n")
"#;
    let expected = "TLSv1.2 True None\nTLSv1.3 True None\n";
    assert_eq!(site.python(script), expected);
}

#[test]
fn a_protocol_is_agreed_on_by_its_name() {
    if !startable("openssl") {
        return;
    }
    let site = Https::start(&[]);
    let agreed = site.openssl(&["-alpn", "spdy/1,http/1.1"]);
    let text = String::from_utf8_lossy(&agreed.stdout).into_owned();
    assert!(text.contains("ALPN protocol: http/1.1"), "{text}");
    let none = site.openssl(&["-alpn", "spdy/1"]);
    let text = stderr(&none);
    assert!(text.contains("alert no application protocol"), "{text}");
    site.is_served();
}

#[test]
fn old_versions_are_refused() {
    if !startable("openssl") {
        return;
    }
    let site = Https::start(&[]);
    for version in ["-tls1", "-tls1_1"] {
        let output = site.openssl(&[version, "-cipher", "ALL:@SECLEVEL=0"]);
        let text = stderr(&output);
        assert!(!output.status.success(), "{version}");
        assert!(text.contains(" alert "), "{version}: {text}");
    }
    // Of TLS 1.2 what isn't safe: no forward secrecy, no authenticated encryption.
    for cipher in ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"] {
        let output = site.openssl(&["-tls1_2", "-cipher", cipher]);
        assert!(
            stderr(&output).contains("alert handshake failure"),
            "{cipher}"
        );
    }
    site.is_served();
}

#[test]
fn renegotiation_is_refused() {
    if !startable("openssl") {
        return;
    }
    let site = Https::start(&[]);
    let connect = format!("127.0.0.1:{}", site.server.port());
    let mut client = Command::new("openssl")
        .args(["s_client", "-tls1_2", "-connect", &connect, "-CAfile"])
        .arg(site.certificates.authority())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = client.stdin.take().unwrap();
    to.write_all(b"R\n").unwrap();
    // Its end is the server's doing: nothing else is said to it.
    let output = client.wait_with_output().unwrap();
    drop(to);
    let said = stderr(&output);
    assert!(said.contains("RENEGOTIATING"), "{said}");
    assert!(!output.status.success(), "{said}");
    site.is_served();
}

#[test]
fn what_is_no_handshake_is_closed() {
    let site = Https::start(&["--header-timeout=0.5"]);
    let (mut client, old) = (site.server.connect(), b"\x80\x2e\x01\0\x02\0\x15\0\0\0\x10");
    client.send(old);
    let garbage: Vec<Vec<u8>> = vec![
        vec![0; 64],
        vec![0xff; 4096],
        b"\r\n\r\n".to_vec(),
        b"get / HTTP/1.1\r\n\r\n".to_vec(),
        b"\x16\x03\x01\xff\xff".to_vec(),
        b"\x17\x03\x03\0\x05hello".to_vec(),
        b"\x15\x03\x03\0\x02\x02\x28".to_vec(),
        // A record in order, of a handshake that is none.
        b"\x16\x03\x01\0\x04\x01\0\0\0".to_vec(),
        HALF_HELLO.to_vec(),
    ];
    for bytes in garbage {
        let mut client = site.server.connect();
        client.send(&bytes);
        let answer = client.rest();
        // Nothing, or an alert (RFC 8446 section 6).
        assert!(
            matches!(answer.first(), None | Some(21)),
            "{bytes:?}: {answer:?}"
        );
        site.is_served();
    }
    assert!(matches!(client.rest().first(), None | Some(21)));
}

/// They hold places of connections, as whoever is silent, and give way as such.
#[test]
fn who_stalls_keeps_nobody_out() {
    let site = Https::start(&["--max-connections=8"]);
    let mut stalled: Vec<Client> = (0..24).map(|_| site.server.connect()).collect();
    for (number, client) in stalled.iter_mut().enumerate() {
        let _ = client.try_send(&HALF_HELLO[..number % HALF_HELLO.len()]);
    }
    for _ in 0..4 {
        site.is_served();
    }
}

#[test]
fn a_server_that_stops_waits_for_no_handshake() {
    let mut site = Https::start(&[]);
    let mut half = site.server.connect();
    half.send(HALF_HELLO);
    let _silent = site.server.connect();
    site.is_served();
    assert!(site.server.terminate().success());
    let log = site.server.log_lines();
    assert!(
        !log.iter().any(|line| line.contains("still running")),
        "{log:?}"
    );
}

#[test]
fn a_handshake_and_a_request_may_come_byte_by_byte() {
    let site = Https::start(&[]);
    let script = r#"
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
raw = socket.create_connection(("127.0.0.1", port), timeout=20)
raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

def leave():
    for byte in outgoing.read():
        raw.sendall(bytes([byte]))

def arrive():
    piece = raw.recv(7)
    incoming.write(piece) if piece else incoming.write_eof()

while True:
    try:
        tls.do_handshake()
        break
    except ssl.SSLWantReadError:
        leave()
        arrive()
tls.write(b"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
leave()
answer = b""
while True:
    try:
        piece = tls.read(65536)
    except ssl.SSLWantReadError:
        arrive()
        continue
    if not piece:
        break
    answer += piece
print(answer.endswith(b"\r\n\r\nhello, world\n"))
"#;
    assert_eq!(site.python(script), "True\n");
}

/// 16 KiB are the most that a record has (RFC 8446 section 5.1): one such, of a long
/// head, in pieces that arrive one after the other.
#[test]
fn a_record_may_be_long_and_come_slowly() {
    let site = Https::start(&[]);
    let script = r#"
stream = connect()
field = "X-Long: " + "y" * 15000 + "\r\n"
head = f"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n{field}Connection: close\r\n\r\n"
outgoing, incoming = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
raw = socket.create_connection(("127.0.0.1", port), timeout=20)
raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while True:
    try:
        tls.do_handshake()
        break
    except ssl.SSLWantReadError:
        raw.sendall(outgoing.read())
        incoming.write(raw.recv(65536))
tls.write(head.encode())
record = outgoing.read()
for start in range(0, len(record), 500):
    raw.sendall(record[start:start + 500])
    # Others are served meanwhile.
    if start % 5000 == 0:
        assert request(connect()).endswith(b"hello, world\n")
answer = b""
while not answer.endswith(b"hello, world\n"):
    try:
        answer += tls.read(65536)
    except ssl.SSLWantReadError:
        incoming.write(raw.recv(65536))
print(answer[:15].decode())
"#;
    assert_eq!(site.python(script), "HTTP/1.1 200 OK\n");
}

#[test]
fn each_name_is_shown_its_certificate_and_others_the_first() {
    let tree = Tree::simple();
    let directory = tree.path("");
    let site = Https::of(tree, &directory, |certificates, server| {
        let names = ["first.test", "b.test", "*.b.test", "x.b.test"];
        let pairs = names.iter().enumerate();
        let pairs = pairs.map(|(number, name)| certificates.issue(&number.to_string(), &[name]));
        pairs.fold(server, |server, pair| server.args(pair.args()))
    });
    let mut script =
        String::from("context.check_hostname = False\ncontext.verify_mode = ssl.CERT_NONE\n");
    for (name, _) in SHOWN {
        let name = name.map_or("None".to_owned(), |name| format!("{name:?}"));
        let _ = writeln!(script, "show({name})");
    }
    let shown = site.python(&format!("{SHOW}{script}"));
    let expected: Vec<&str> = SHOWN.iter().map(|(_, shown)| *shown).collect();
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

/// Prints the first name of the certificate that is shown to who asks for a name.
const SHOW: &str = r#"
import tempfile
def show(name):
    pem = ssl.DER_cert_to_PEM_cert(connect(name).getpeercert(True))
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(pem)
        file.flush()
        print(ssl._ssl._test_decode_cert(file.name)["subjectAltName"][0][1])
"#;

/// A name that is asked for, and the one that the certificate is for.
const SHOWN: &[(Option<&str>, &str)] = &[
    (None, "localhost"),
    (Some("unknown.test"), "localhost"),
    (Some("first.test"), "first.test"),
    (Some("FIRST.test"), "first.test"),
    (Some("a.first.test"), "localhost"),
    (Some("b.test"), "b.test"),
    (Some("y.b.test"), "*.b.test"),
    (Some("x.b.test"), "x.b.test"),
    (Some("a.x.b.test"), "localhost"),
];

#[test]
fn scripts_are_told_that_it_is_https() {
    let scripts = Scripts::new();
    scripts.sh(
        "https",
        &format!("{PLAIN}; echo \"$HTTPS $SERVER_PORT $REQUEST_SCHEME\""),
    );
    let root = scripts.path("");
    let site = Https::of(Tree::empty(), &root, |_, server| server.args(["--cgi"]));
    let port = site.server.port();
    let said = site.get("/cgi-bin/https");
    assert!(said.starts_with(&format!("on {port}")), "{said}");
    let server = scripts.serve();
    let said = server.get("/cgi-bin/https").text();
    assert!(said.starts_with(&format!(" {}", server.port())), "{said}");
}

/// Whatever the target says, which a client writes as it likes.
#[test]
fn components_of_wasi_http_see_the_scheme() {
    let component = guests::component("proxy_handler");
    let site = Https::built(|server| server.args(["--component".as_ref(), component.as_os_str()]));
    assert!(site.get("/describe").contains("Some(Scheme::Https)"));
    let script = "print(request(connect(), 'http://localhost/describe'))";
    let said = site.python(script);
    assert!(said.contains("Some(Scheme::Https)"), "{said}");
}

/// Whoever is accepted and says nothing costs a place, and not for ever.
#[test]
fn silence_ends() {
    let site = Https::start(&["--header-timeout=0.5"]);
    site.is_served();
    let before = site.server.open_files();
    let mut silent: Vec<Client> = (0..8).map(|_| site.server.connect()).collect();
    silent
        .iter_mut()
        .for_each(|client| assert!(client.rest().is_empty()));
    eventually("their descriptors are closed", || {
        site.server.open_files() <= before
    });
}

#[test]
fn curl_is_told_of_a_name_that_the_certificate_has_not() {
    let site = Https::start(&[]);
    let url = format!("https://other.test:{}/", site.server.port());
    let output = site.curl().arg(&url).output().unwrap();
    assert_eq!(output.status.code(), Some(60), "{}", stderr(&output));
    let distrusting = curl().arg(site.url("/")).output().unwrap();
    assert_eq!(
        distrusting.status.code(),
        Some(60),
        "{}",
        stderr(&distrusting)
    );
    let mut insecure = curl();
    assert_eq!(
        stdout(insecure.arg("-k").arg(site.url("/hello.txt"))),
        b"hello, world\n"
    );
}
