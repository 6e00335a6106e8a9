//! Python's http.client and urllib as clients.

use crate::support::server::Server;
use crate::support::tools::{available, python, stdout};
use crate::support::tree::{MEGABYTE, Tree, pattern};

/// `None` (which is printed) without Python.
fn start() -> Option<(Tree, Server)> {
    if !available("python3") {
        return None;
    }
    let tree = Tree::simple();
    tree.file("10m.bin", pattern(10 * MEGABYTE))
        .file("sp ace#.txt", "hard");
    let server = Server::serving(&tree);
    Some((tree, server))
}

#[test]
fn http_client_keeps_one_connection() {
    let Some((_tree, server)) = start() else {
        return;
    };
    let script = "
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=20)
connection.connect()
socket = connection.sock
def exchange(method, target, status, body=None, **fields):
    connection.request(method, target, body=body, headers=fields)
    response = connection.getresponse()
    content = response.read()
    assert response.status == status, (method, target, response.status)
    assert connection.sock is socket, (method, target, 'a new connection')
    return response, content
response, content = exchange('GET', '/hello.txt', 200)
assert content == b'hello, world\\n' and response.version == 11
assert response.headers.get_content_type() == 'text/plain'
assert response.headers.get_content_charset() == 'utf-8'
response, content = exchange('HEAD', '/10m.bin', 200)
assert content == b'' and response.getheader('Content-Length') == '10485760'
response, content = exchange('GET', '/1k.bin', 206, Range='bytes=-24')
assert len(content) == 24 and response.getheader('Content-Range') == 'bytes 1000-1023/1024'
exchange('GET', '/missing', 404)
exchange('GET', '/dir', 301)
exchange('OPTIONS', '/', 204)
etag = exchange('GET', '/hello.txt', 200)[0].getheader('ETag')
exchange('GET', '/hello.txt', 304, **{'If-None-Match': etag})
exchange('GET', '/hello.txt', 200, body=b'a body that nobody wants')
exchange('GET', '/hello.txt', 200, body=iter([b'in', b'chunks']))
response, content = exchange('GET', '/10m.bin', 200)
assert len(content) == 10485760
";
    stdout(python(script).arg(server.port().to_string()));
}

#[test]
fn urllib_opens_follows_and_fails_as_documented() {
    let Some((_tree, server)) = start() else {
        return;
    };
    let script = "
import sys, urllib.error, urllib.request
base = sys.argv[1]
with urllib.request.urlopen(base + '/dir', timeout=20) as response:
    assert response.status == 200 and response.url == base + '/dir/', response.url
    assert b'nested.txt' in response.read()
with urllib.request.urlopen(base + '/sp%20ace%23.txt', timeout=20) as response:
    assert response.read() == b'hard'
request = urllib.request.Request(base + '/1k.bin', headers={'Range': 'bytes=0-9'})
with urllib.request.urlopen(request, timeout=20) as response:
    assert response.status == 206 and len(response.read()) == 10
try:
    urllib.request.urlopen(base + '/missing', timeout=20)
    raise SystemExit('no error')
except urllib.error.HTTPError as error:
    assert error.code == 404 and error.reason == 'File not found', error
    assert b'404' in error.read()
try:
    urllib.request.urlopen(base + '/', data=b'posted', timeout=20)
    raise SystemExit('no error')
except urllib.error.HTTPError as error:
    assert error.code == 501, error
";
    stdout(python(script).arg(server.url("")));
}
