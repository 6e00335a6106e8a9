//! Certificates and keys that can't be served: one line each, before anything listens.

use crate::support::certificates::{Certificates, Pair};
use crate::support::command_line::{bound_by_permissions, command_fails_to_start, fails_to_start};
use crate::support::server::Server;
use crate::support::tools::{startable, stdout};
use crate::support::tree::Tree;
use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A start with that certificate, which fails; what is said has both texts.
#[track_caller]
fn refused(pair: &Pair, file: &Path, reason: &str) {
    refused_with(pair, &[], file, reason);
}

#[track_caller]
fn refused_with(pair: &Pair, args: &[&str], file: &Path, reason: &str) {
    let site = Tree::simple();
    let root = format!("--directory={}", site.path("").display());
    let pair = pair.args();
    let all: Vec<&str> = pair.iter().map(String::as_str).collect();
    let message = fails_to_start(&[&all[..], &[&root, "0"], args].concat());
    let file = file.to_str().unwrap();
    assert!(
        message.contains(file) && message.contains(reason),
        "{reason}: {message}"
    );
}

/// A server starts with those options.
#[track_caller]
fn starts(args: &[String]) -> Server {
    let site = Tree::simple();
    let server = Server::builder().directory(&site).args(args).start();
    let line = &server.start_up_line;
    assert!(line.starts_with("Serving HTTPS on "), "{line}");
    assert!(line.contains("(https://127.0.0.1:"), "{line}");
    server
}

fn openssl(args: &[&str]) -> Vec<u8> {
    stdout(Command::new("openssl").args(args))
}

/// The same key, encrypted with the password `right`.
fn encrypted(certificates: &Certificates, pair: &Pair, args: &[&str]) -> PathBuf {
    let out = certificates.path("encrypted.key");
    let (from, to) = (pair.key.to_str().unwrap(), out.to_str().unwrap());
    let files = ["-in", from, "-out", to, "-passout", "pass:right"];
    openssl(&[&["pkcs8", "-topk8"], args, &files].concat());
    out
}

#[test]
fn a_certificate_whose_time_it_is_not_is_refused() {
    let certificates = Certificates::new();
    let old = certificates.issue_valid("old", &["localhost"], -30, -1);
    refused(&old, &old.certificate, "has expired: it was valid until 20");
    let early = certificates.issue_valid("early", &["localhost"], 1, 30);
    refused(&early, &early.certificate, "is not yet valid");
}

#[test]
fn a_certificate_that_ends_soon_is_a_line_in_the_log() {
    let certificates = Certificates::new();
    let soon = certificates.issue_valid("soon", &["localhost"], -30, 13);
    let server = starts(&soon.args());
    server.wait_for_log(|line| line.contains("soon.pem\" expires in 12 days, at 20"));
    let later = certificates.issue_valid("later", &["localhost"], -30, 15);
    let mut server = starts(&later.args());
    let (log, _) = server.end();
    assert!(!log.iter().any(|line| line.contains("expires")), "{log:?}");
}

#[test]
fn a_key_that_every_user_can_read_is_a_line_in_the_log() {
    let certificates = Certificates::new();
    let pair = certificates.issue("site", &["localhost"]);
    let mut server = starts(&pair.args());
    let (log, _) = server.end();
    assert!(!log.iter().any(|line| line.contains("chmod")), "{log:?}");
    fs::set_permissions(&pair.key, Permissions::from_mode(0o644)).unwrap();
    let server = starts(&pair.args());
    let line = server.wait_for_log(|line| line.contains("chmod 600"));
    assert!(
        line.contains("site.key") && line.contains("mode is 644"),
        "{line}"
    );
}

#[test]
fn files_that_are_not_what_they_should_be_are_named() {
    if !startable("openssl") {
        return;
    }
    let certificates = Certificates::new();
    let right = certificates.issue("right", &["localhost"]);
    let certificate = |certificate: PathBuf| Pair {
        certificate,
        ..right.clone()
    };
    let key = |key: PathBuf| Pair {
        key,
        ..right.clone()
    };
    let swapped = Pair {
        certificate: right.key.clone(),
        key: right.certificate.clone(),
    };
    refused(&swapped, &right.key, "have the two files been swapped?");
    refused(
        &key(right.certificate.clone()),
        &right.certificate,
        "it is a certificate",
    );
    let absent = certificates.path("absent");
    refused(&certificate(absent.clone()), &absent, "cannot read");
    refused(&key(absent.clone()), &absent, "cannot read");
    let folder = certificates.path("");
    refused(&certificate(folder.clone()), &folder, "Is a directory");
    let der = ["x509", "-outform", "der", "-in"];
    let der = openssl(&[&der[..], &[right.certificate.to_str().unwrap()]].concat());
    let damaged = |text: &str| {
        fs::read_to_string(&right.certificate)
            .unwrap()
            .replace("MII", text)
    };
    for (name, contents, reason) in [
        ("empty", Vec::new(), "it isn't PEM"),
        ("der", der, "it isn't PEM"),
        ("text", b"Hello!\n".to_vec(), "it isn't PEM"),
        (
            "label",
            b"-----BEGIN X-----\nAAAA\n-----END X-----\n".to_vec(),
            "something else",
        ),
        ("letters", damaged("M!I").into_bytes(), "is damaged"),
        ("bytes", damaged("AAA").into_bytes(), "is damaged"),
        (
            "long",
            vec![b'\n'; 1024 * 1024 + 1],
            "more than 1048576 bytes",
        ),
    ] {
        let file = certificates.file(name, &contents);
        refused(&certificate(file.clone()), &file, reason);
        if !matches!(name, "letters" | "bytes" | "label") {
            refused(
                &key(file.clone()),
                &file,
                &reason.replace("certificate", "key"),
            );
        }
    }
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let Some(command) = bound_by_permissions() else {
        return;
    };
    let certificates = Certificates::new();
    let pair = certificates.issue("right", &["localhost"]);
    fs::set_permissions(&pair.key, Permissions::from_mode(0o000)).unwrap();
    let [certificate, key] = pair.args();
    let site = Tree::simple();
    let root = format!("--directory={}", site.path("").display());
    let message = command_fails_to_start(command, &[&certificate, &key, &root, "0"]);
    assert!(message.contains("right.key"), "{message}");
    assert!(message.contains("Permission denied"), "{message}");
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let certificates = Certificates::new();
    let right = certificates.issue("right", &["localhost"]);
    let days = [-1, 30];
    for (name, algorithm) in [
        ("p384", &PKCS_ECDSA_P384_SHA384),
        ("ed25519", &PKCS_ED25519),
    ] {
        let other = certificates.issue_with(name, &["localhost"], days, algorithm);
        starts(&other.args());
        let mixed = Pair {
            key: other.key.clone(),
            ..right.clone()
        };
        refused(&mixed, &other.key, "doesn't belong to the certificate");
    }
    // The authority's first, as some have it.
    let chain = [&*certificates.authority(), &*right.certificate];
    let chain = Pair {
        certificate: certificates.joined("chain.pem", &chain),
        ..right.clone()
    };
    refused(&chain, &chain.certificate, "has to be the first");
}

#[test]
fn a_key_that_nobody_should_use_is_refused() {
    if !startable("openssl") {
        return;
    }
    let certificates = Certificates::new();
    let right = certificates.issue("right", &["localhost"]);
    for (name, args) in [
        ("short", &["genrsa", "1024"][..]),
        (
            "curve",
            &["ecparam", "-name", "secp256k1", "-genkey", "-noout"],
        ),
        ("x25519", &["genpkey", "-algorithm", "x25519"]),
    ] {
        let key = certificates.file(name, openssl(args));
        let pair = Pair {
            key: key.clone(),
            ..right.clone()
        };
        refused(&pair, &key, "can't be used");
    }
}

#[test]
fn the_key_may_be_in_the_certificates_file() {
    let certificates = Certificates::new();
    let pair = certificates.issue("right", &["localhost"]);
    let both = certificates.joined("both.pem", &[&pair.key, &pair.certificate]);
    starts(&[format!("--tls-cert={}", both.display())]);
    let alone = format!("--tls-cert={}", pair.certificate.display());
    let message = fails_to_start(&[&alone, "0"]);
    assert!(
        message.contains("give the file of its key, too"),
        "{message}"
    );
}

#[test]
fn an_encrypted_key_takes_its_password() {
    if !startable("openssl") {
        return;
    }
    let certificates = Certificates::new();
    let pair = certificates.issue("right", &["localhost"]);
    let password = |name: &str, text: &str| {
        let file = certificates.file(name, text);
        format!("--tls-password-file={}", file.display())
    };
    let right = password("right.txt", " right\r\n");
    let wrong = password("wrong.txt", "wrong\n");
    let empty = password("empty.txt", "");
    let with_key = |key: &Path| Pair {
        key: key.to_owned(),
        ..pair.clone()
    };
    for args in [&[][..], &["-v2", "aes-128-cbc"], &["-scrypt"]] {
        let key = encrypted(&certificates, &pair, args);
        let locked = with_key(&key);
        starts(&[&locked.args()[..], std::slice::from_ref(&right)].concat());
        refused(
            &locked,
            &key,
            "is encrypted; give the file of its password with --tls-password-file",
        );
        for password in [&wrong, &empty] {
            refused_with(&locked, &[password], &key, "doesn't open the private key");
        }
        let absent = "--tls-password-file=/nonexistent";
        refused_with(
            &locked,
            &[absent],
            Path::new("/nonexistent"),
            "cannot read the password",
        );
    }
    for args in [&["-v1", "PBE-SHA1-3DES"][..], &["-v2", "des3"]] {
        let key = encrypted(&certificates, &pair, args);
        refused_with(
            &with_key(&key),
            &[&right],
            &key,
            "is encrypted in an old way",
        );
    }
    // A password that isn't needed does no harm.
    starts(&[&pair.args()[..], &[right]].concat());
}

/// OpenSSL's own way to encrypt keys has a field before the text.
#[test]
fn a_key_that_openssl_encrypted_in_its_own_way_is_told_how_to_convert_it() {
    if !startable("openssl") {
        return;
    }
    let certificates = Certificates::new();
    let pair = certificates.issue("right", &["localhost"]);
    let key = certificates.path("traditional.key");
    let (from, to) = (pair.key.to_str().unwrap(), key.to_str().unwrap());
    openssl(&[
        "ec",
        "-aes256",
        "-in",
        from,
        "-out",
        to,
        "-passout",
        "pass:right",
    ]);
    let pair = Pair {
        key: key.clone(),
        ..pair
    };
    refused(&pair, &key, "openssl pkcs8 -topk8");
}

/// Whoever is served could fetch it.
#[test]
fn a_key_in_what_is_served_is_refused() {
    let certificates = Certificates::new();
    let pair = certificates.issue("right", &["localhost"]);
    let site = Tree::simple();
    let granted = Tree::simple();
    site.file("deep/key.pem", fs::read(&pair.key).unwrap());
    granted.file("key.pem", fs::read(&pair.key).unwrap());
    let link = certificates.path("link");
    std::os::unix::fs::symlink(site.path("deep/key.pem"), &link).unwrap();
    let root = format!("--directory={}", site.path("").display());
    let dir = format!("--dir={}::/data", granted.path("").display());
    for key in [site.path("deep/key.pem"), link, granted.path("key.pem")] {
        let pair = Pair {
            key: key.clone(),
            ..pair.clone()
        };
        let [certificate, key_arg] = pair.args();
        let message = fails_to_start(&[&certificate, &key_arg, &root, &dir, "0"]);
        assert!(message.contains("move the key elsewhere"), "{message}");
        assert!(message.contains(key.to_str().unwrap()), "{message}");
    }
    // The certificate is no secret.
    site.file("cert.pem", fs::read(&pair.certificate).unwrap());
    let public = Pair {
        certificate: site.path("cert.pem"),
        ..pair
    };
    Server::builder()
        .directory(&site)
        .args(public.args())
        .start();
}
