//! Scripts as people write them, in Python, Perl and C, and the clients that
//! people use.

use crate::support::scripts::Scripts;
use crate::support::skip::skipped;
use crate::support::tools::{available, python, run, stdout};
use crate::support::tree::{KILOBYTE, MEGABYTE, pattern};
use std::process::Command;

/// A form's fields, sorted, as JSON.
const FORM: &str = "
import json, urllib.parse
content = sys.stdin.buffer.read(int(os.environ['CONTENT_LENGTH'])).decode()
form = urllib.parse.parse_qs(content, keep_blank_values=True)
form['query'] = os.environ['QUERY_STRING']
form['type'] = os.environ['CONTENT_TYPE']
print('Content-Type: application/json\\n')
print(json.dumps(form, sort_keys=True))";

#[test]
fn a_form_is_posted() {
    let scripts = Scripts::new();
    if !scripts.python("form.py", FORM) || !available("python3") {
        return;
    }
    let server = scripts.serve();
    let client = "
import json, sys, urllib.parse, urllib.request
form = {'name': 'J\u{fc}rgen & S\u{f6}hne', 'empty': '', 'many': ['1', '2=3', '%00']}
content = urllib.parse.urlencode(form, doseq=True).encode()
with urllib.request.urlopen(sys.argv[1], data=content, timeout=20) as response:
    assert response.status == 200
    assert response.headers.get_content_type() == 'application/json'
    received = json.load(response)
assert received.pop('query') == 'a=b'
assert received.pop('type') == 'application/x-www-form-urlencoded'
assert received == {'name': [form['name']], 'empty': [''], 'many': form['many']}, received
";
    stdout(python(client).arg(server.url("/cgi-bin/form.py?a=b")));
}

/// Its length and digest, without keeping it.
const DIGEST: &str = "
import hashlib
digest, length = hashlib.sha256(), 0
while block := sys.stdin.buffer.read(65536):
    digest.update(block)
    length += len(block)
print('Content-Type: text/plain\\n')
print(length, os.environ.get('CONTENT_LENGTH'), digest.hexdigest())";

#[test]
fn a_hundred_megabytes_are_uploaded_in_constant_memory() {
    const GROWTH_KIB: u64 = 32 * 1024;
    let scripts = Scripts::new();
    if !scripts.python("digest.py", DIGEST) || !available("python3") {
        return;
    }
    let server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/hello.sh").status, 200);
    let before = server.resident_kib();
    server.forget_peak();
    let client = "
import hashlib, http.client, sys
block, count = bytes(range(256)) * 4096, 100
digest = hashlib.sha256(block * count).hexdigest()
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=60)
fields = {'Content-Length': str(len(block) * count), 'Content-Type': 'application/octet-stream'}
connection.request('POST', '/cgi-bin/digest.py', body=(block for _ in range(count)), headers=fields)
response = connection.getresponse()
received = response.read().decode().split()
length = str(len(block) * count)
assert received == [length, length, digest], received
";
    stdout(python(client).arg(server.port().to_string()));
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_KIB, "the server grew by {grown} KiB");
}

#[test]
fn a_hundred_megabytes_are_downloaded_in_constant_memory() {
    const GROWTH_KIB: u64 = 32 * 1024;
    let scripts = Scripts::new();
    scripts.sh(
        "zeros",
        r"printf 'Content-Type: a/b\n\n'; head -c 104857600 /dev/zero",
    );
    let server = scripts.serve();
    assert_eq!(server.get("/cgi-bin/hello.sh").status, 200);
    let before = server.resident_kib();
    server.forget_peak();
    assert_eq!(server.get("/cgi-bin/zeros").body.len(), 100 * MEGABYTE);
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_KIB, "the server grew by {grown} KiB");
}

#[test]
fn binary_output_is_untouched() {
    let scripts = Scripts::new();
    let body = "
sys.stdout.buffer.write(b'Content-Type: image/x-test\\n\\n')
with open('data.bin', 'rb') as data:
    sys.stdout.buffer.write(data.read())";
    let data = [&b"\r\n\r\n\n\n\0\xff"[..], &pattern(3 * MEGABYTE)].concat();
    scripts.file("cgi-bin/data.bin", &data);
    if !scripts.python("binary.py", body) {
        return;
    }
    let response = scripts.serve().get("/cgi-bin/binary.py");
    assert_eq!(response.media_type(), "image/x-test");
    assert!(response.body == data, "{} bytes", response.body.len());
}

#[test]
fn cookies_and_redirects_log_a_user_in() {
    let scripts = Scripts::new();
    let login = "
print('Status: 303 See Other')
print('Location: http://' + os.environ['HTTP_HOST'] + '/cgi-bin/page.py')
print('Set-Cookie: session=abc; Path=/; HttpOnly')
print('Set-Cookie: theme=dark; Path=/; Expires=Wed, 21 Oct 2065 07:28:00 GMT')
print('Content-Type: text/plain\\n')";
    let page = "
import http.cookies
cookies = http.cookies.SimpleCookie(os.environ.get('HTTP_COOKIE', ''))
print('Content-Type: text/plain\\n')
print(os.environ['REQUEST_METHOD'], sorted((c.key, c.value) for c in cookies.values()))";
    if !scripts.python("login.py", login)
        || !scripts.python("page.py", page)
        || !available("python3")
    {
        return;
    }
    let server = scripts.serve();
    let client = "
import http.cookiejar, sys, urllib.request
jar = http.cookiejar.CookieJar()
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
with opener.open(sys.argv[1] + '/cgi-bin/login.py', data=b'user=x', timeout=20) as response:
    assert response.url == sys.argv[1] + '/cgi-bin/page.py', response.url
    content = response.read().decode()
assert content == \"GET [('session', 'abc'), ('theme', 'dark')]\\n\", content
assert sorted(cookie.name for cookie in jar) == ['session', 'theme']
";
    stdout(python(client).arg(server.url("")));
}

/// A form with a file, taken apart by Perl's CGI.pm, whatever sends it.
#[test]
fn perls_cgi_pm_takes_forms_and_files() {
    let mut perl = Command::new("perl");
    let module = run(perl.args(["-MCGI", "-e", "1"]));
    if !module.status.success() {
        return skipped("Perl's CGI.pm isn't installed");
    }
    if !available("curl") {
        return;
    }
    let scripts = Scripts::new();
    scripts.program(
        "cgi-bin/form.pl",
        r#"#!/usr/bin/env perl
use strict; use warnings; use CGI;
my $query = CGI->new;
if ($query->param('redirect')) { print $query->redirect('http://example.test/'); exit }
my $file = $query->upload('file');
binmode $file if $file;
my $length = 0;
if ($file) { my $block; while (my $read = read($file, $block, 65536)) { $length += $read } }
print $query->header(-type => 'text/plain', -charset => 'utf-8', -status => '201 Made',
    -cookie => [$query->cookie(-name => 'a', -value => 1), $query->cookie(-name => 'b', -value => 2)]);
print join('|', $query->request_method, scalar $query->param('name') // '',
    $query->path_info, scalar $query->param('file') // '', $length), "\n";
"#,
    );
    let upload = scripts.path("upload.bin");
    scripts.file("upload.bin", pattern(300 * KILOBYTE));
    let server = scripts.serve();
    let response = server.get("/cgi-bin/form.pl/extra?name=a%20b%26c");
    assert_eq!((response.status, response.reason.as_str()), (201, "Made"));
    assert_eq!(response.values("Set-Cookie").len(), 2);
    assert_eq!(response.text(), "GET|a b&c|/extra||0\n");
    let response = server.get("/cgi-bin/form.pl?redirect=1");
    assert_eq!(response.status, 302);
    assert_eq!(response.required("Location"), "http://example.test/");
    let mut curl = crate::support::tools::curl();
    curl.args(["-F", "name=posted", "-F"])
        .arg(format!("file=@{}", upload.display()))
        .arg(server.url("/cgi-bin/form.pl"));
    let received = String::from_utf8(stdout(&mut curl)).unwrap();
    assert_eq!(received, "POST|posted||upload.bin|307200\n");
}

const C: &str = r#"
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **arguments) {
    const char *length = getenv("CONTENT_LENGTH");
    long left = length ? atol(length) : 0, sum = 0;
    int byte;
    while (left-- > 0 && (byte = getchar()) != EOF) sum += byte;
    printf("Content-Type: text/plain\r\nX-Arguments: %d\r\n\r\n", count);
    printf("%s %ld\n", getenv("REQUEST_METHOD"), sum);
    return 0;
}
"#;

#[test]
fn a_compiled_program_is_a_script() {
    if !available("cc") {
        return;
    }
    let scripts = Scripts::new();
    let source = scripts.outside("sum.c");
    std::fs::write(&source, C).unwrap();
    let binary = scripts.outside("sum");
    stdout(Command::new("cc").arg("-o").arg(&binary).arg(&source));
    scripts.program("cgi-bin/sum.exe", std::fs::read(&binary).unwrap());
    let server = scripts.serve();
    let request = "POST /cgi-bin/sum.exe?x HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc";
    let response = server.exchange(request);
    assert_eq!(response.text(), "POST 294\n");
    assert_eq!(response.required("X-Arguments"), "1");
    assert_eq!(server.get("/cgi-bin/sum.exe").text(), "GET 0\n");
}

/// What is printed comes line by line, to a client that reads so.
#[test]
fn urllib_reads_lines_as_a_script_prints_them() {
    let scripts = Scripts::new();
    if !available("python3") {
        return;
    }
    scripts.sh(
        "lines",
        r#"printf 'Content-Type: text/plain\n\n'; for line in 1 2 3; do echo $line; read -r go <"$traces/gate"; done"#,
    );
    let _gate = scripts.gate("gate");
    let server = scripts.serve();
    let client = "
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=20) as response:
    for expected in (b'1\\n', b'2\\n', b'3\\n'):
        assert response.readline() == expected
        with open(sys.argv[2], 'w') as gate:
            gate.write('go\\n')
    assert response.read() == b''
";
    stdout(
        python(client)
            .arg(server.url("/cgi-bin/lines"))
            .arg(scripts.trace("gate")),
    );
}
