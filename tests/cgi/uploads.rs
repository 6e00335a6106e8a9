//! Forty megabytes in chunks, as streaming clients send them, to scripts in Python,
//! Perl and PHP.

use crate::support::scripts::{Scripts, scripts_find};
use crate::support::server::Server;
use crate::support::tools::{available, python, stdout};

/// Sends them, and expects their length, as it was told and as it came, and their
/// digest.
const CLIENT: &str = "
import hashlib, http.client, sys
block, count = bytes(range(256)) * 4096, 40
digest = hashlib.sha256(block * count).hexdigest()
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=60)
connection.request('POST', sys.argv[2], body=(block for _ in range(count)),
                   headers={'Content-Type': 'application/octet-stream'}, encode_chunked=True)
response = connection.getresponse()
received = response.read().decode().split()
length = str(len(block) * count)
assert received == [length, length, digest], (response.status, received)
connection.request('GET', '/hello.txt')
assert connection.getresponse().status == 200
";

#[track_caller]
fn upload(server: &Server, target: &str) {
    const GROWTH_KIB: u64 = 32 * 1024;
    assert_eq!(server.get("/cgi-bin/hello.sh").status, 200);
    let before = server.resident_kib();
    server.forget_peak();
    stdout(python(CLIENT).arg(server.port().to_string()).arg(target));
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_KIB, "the server grew by {grown} KiB");
}

#[test]
fn python_takes_them() {
    let scripts = Scripts::new();
    let digest = "
import hashlib
digest, left = hashlib.sha256(), int(os.environ['CONTENT_LENGTH'])
length = 0
while block := sys.stdin.buffer.read(65536):
    digest.update(block)
    length += len(block)
print('Content-Type: text/plain\\n')
print(left, length, digest.hexdigest())";
    if scripts.python("digest.py", digest) && available("python3") {
        upload(&scripts.serve(), "/cgi-bin/digest.py");
    }
}

#[test]
fn perl_takes_them() {
    let scripts = Scripts::new();
    scripts.program(
        "cgi-bin/digest.pl",
        r#"#!/usr/bin/env perl
use strict; use warnings; use Digest::SHA;
binmode STDIN;
my ($digest, $left, $length) = (Digest::SHA->new(256), $ENV{CONTENT_LENGTH}, 0);
while ($left > 0 and my $read = read(STDIN, my $block, $left < 65536 ? $left : 65536)) {
    $digest->add($block); $left -= $read; $length += $read;
}
print "Content-Type: text/plain\n\n$ENV{CONTENT_LENGTH} $length ", $digest->hexdigest, "\n";
"#,
    );
    if scripts_find("perl") && available("python3") {
        upload(&scripts.serve(), "/cgi-bin/digest.pl");
    }
}

/// PHP wants to be told that a server started it.
#[test]
fn php_takes_them() {
    let scripts = Scripts::new();
    scripts.program(
        "cgi-bin/digest.php",
        r#"#!/usr/bin/env php-cgi
<?php
header('Content-Type: text/plain');
$digest = hash_init('sha256'); $length = 0;
$input = fopen('php://input', 'rb');
while (($block = fread($input, 65536)) !== false && $block !== '') {
    hash_update($digest, $block); $length += strlen($block);
}
echo $_SERVER['CONTENT_LENGTH'], ' ', $length, ' ', hash_final($digest), "\n";
"#,
    );
    scripts.program(
        "cgi-bin/goes.php",
        "#!/usr/bin/env php-cgi\n<?php header('Location: /cgi-bin/a b.php', true, 303); ?>\n",
    );
    if !scripts_find("php-cgi") || !available("python3") {
        return;
    }
    let server = scripts.serve_with(&["--cgi-env", "REDIRECT_STATUS=200"]);
    upload(&server, "/cgi-bin/digest.php");
    let response = server.get("/cgi-bin/goes.php");
    assert_eq!(response.status, 303);
    assert_eq!(response.required("Location"), "/cgi-bin/a%20b.php");
}
