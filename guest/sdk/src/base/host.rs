//! The host that a request names, in `Host` or in its target (RFC 9112 section
//! 3.2): a server of several sites chooses one by it, so that what two servers
//! could read in two ways is refused.

use crate::ascii::is_usual_host;
use crate::headers::Headers;
use crate::request_line::{Refusal, Version};
use memchr::memchr;
use std::net::Ipv6Addr;

/// What is wrong with a host, and can be said to whoever sent it.
type Fault = &'static str;

const BAD_PORT: Fault = "the port isn't a number up to 65535";
const BAD_NAME: Fault = "the name isn't a host's";
const BAD_ADDRESS: Fault = "the address in brackets isn't IPv6";

/// Checks that `Host` is there once, and names a host.
pub(super) fn check_host(headers: &Headers, version: Version) -> Result<(), Refusal> {
    let mut hosts = headers.get_all_bytes("Host");
    let first = hosts.next();
    if hosts.next().is_some() {
        return Err(refused("More than one Host"));
    }
    match first {
        None if version >= Version::HTTP_11 => Err(refused("Host is missing")),
        // A request for something that has no host names none (RFC 9112 section
        // 3.2).
        None | Some(b"") => Ok(()),
        Some(host) => check(host).map_err(|fault| refused(&format!("Bad Host: {fault}"))),
    }
}

/// Checks the host of a target in absolute form (RFC 9112 section 3.2.2). Other
/// forms name none.
pub(super) fn check_target(target: &str) -> Result<(), Refusal> {
    match authority(target) {
        Some(authority) => check(authority.as_bytes())
            .map_err(|fault| refused(&format!("Bad request target: {fault}"))),
        None => Ok(()),
    }
}

/// The authority that a request is for: that of a target in absolute form, which `Host`
/// must not contradict, as whoever sits between could choose by the one and this server
/// by the other (RFC 9112 section 3.2.2); else that of `Host`. Empty: it names none.
pub(crate) fn named_host(target: &str, headers: &Headers) -> Result<Vec<u8>, Refusal> {
    let mut hosts = headers.get_all_bytes("Host");
    let host = hosts.next().unwrap_or_default();
    match authority(target) {
        Some(named) if host.is_empty() || named.as_bytes().eq_ignore_ascii_case(host) => {
            Ok(named.as_bytes().to_vec())
        }
        Some(_) => Err(refused("Host isn't the one that the request target names")),
        None => Ok(host.to_vec()),
    }
}

/// What is between a URI's scheme and its path (RFC 3986 section 3.2).
fn authority(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return None;
    }
    let (scheme, rest) = target.split_once("://")?;
    let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.bytes().all(of_scheme) {
        return None;
    }
    rest.split(['/', '?', '#']).next()
}

/// A name or an address, and perhaps a port (RFC 9110 section 7.2): without a
/// user, as section 4.2.4 has it, and without a per cent sign, which would make
/// two spellings of one name.
fn check(host: &[u8]) -> Result<(), Fault> {
    if host.first() == Some(&b'[') {
        return check_address(host);
    }
    let (name, port) = match memchr(b':', host) {
        Some(colon) => (&host[..colon], &host[colon + 1..]),
        None => (host, &b""[..]),
    };
    if !is_port(port) {
        return Err(BAD_PORT);
    }
    let usual = is_usual_host(name);
    if name.is_empty() || !(usual || name.iter().copied().all(may_stand_in_name)) {
        return Err(BAD_NAME);
    }
    // No label is empty, but for the root's at the end (RFC 1034 section 3.1).
    if name[0] == b'.' || name.windows(2).any(|two| two == b"..") {
        return Err(BAD_NAME);
    }
    Ok(())
}

fn check_address(host: &[u8]) -> Result<(), Fault> {
    let end = memchr(b']', host).ok_or(BAD_ADDRESS)?;
    let address = std::str::from_utf8(&host[1..end]).map_err(|_| BAD_ADDRESS)?;
    address.parse::<Ipv6Addr>().map_err(|_| BAD_ADDRESS)?;
    match host[end + 1..].split_first() {
        None => Ok(()),
        Some((b':', port)) if is_port(port) => Ok(()),
        Some(_) => Err(BAD_PORT),
    }
}

/// Whether this can follow a colon: nothing can, too (RFC 3986 section 3.2.3).
fn is_port(port: &[u8]) -> bool {
    let add = |number: u32, digit: &u8| match digit {
        b'0'..=b'9' => Some(number * 10 + u32::from(digit - b'0')),
        _ => None,
    };
    // More digits would be more than the number has room for.
    if port.len() > 5 {
        return false;
    }
    let number = port.iter().try_fold(0, add);
    number.is_some_and(|number| number <= u32::from(u16::MAX))
}

/// What RFC 3986 section 3.2.2 calls unreserved and sub-delims.
fn may_stand_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

#[cold]
fn refused(message: &str) -> Refusal {
    Refusal {
        status: 400,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for good in [
            "a",
            "a.example",
            "a.example.",
            "A-1.example:80",
            "a:",
            "a:0",
            "a:65535",
            "127.0.0.1:8000",
            "my_host~!$&'()*+,;=",
            "[::1]",
            "[::1]:80",
            "[::ffff:1.2.3.4]:",
        ] {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
        for (fault, hosts) in [
            (
                BAD_PORT,
                &[
                    "a:65536",
                    "a:99999",
                    "a:000080",
                    "a:4294967376",
                    "a:55555555555555555555",
                    "a:-1",
                    "a:+80",
                    "a:8o",
                    "a: 80",
                    "a:80:80",
                    "::1",
                    "[::1]80",
                    "[::1]:x",
                    "[::1]]",
                    "a:80/",
                    "a:\u{664}",
                ][..],
            ),
            (
                BAD_NAME,
                &[
                    "", ":80", "a%41", "%61", "a/b", "a b", "u@a", "a\\b", "a?b", "a#b", "a\"b",
                    "<a>", "a|b", "a^b", "a{b}", "a`b", "\u{e4}", "a[", "a]", "..", ".a", "a..b",
                    "a..", ".",
                ],
            ),
            (
                BAD_ADDRESS,
                &[
                    "[",
                    "[]",
                    "[:]",
                    "[::1",
                    "[a]",
                    "[1.2.3.4]",
                    "[v1.x]",
                    "[fe80::1%25eth0]",
                    "[::1::2]",
                    "[[::1]]",
                    "[:::1]",
                ],
            ),
        ] {
            for host in hosts {
                assert_eq!(check(host.as_bytes()), Err(fault), "{host}");
            }
        }
    }

    #[test]
    fn a_target_in_absolute_form_names_a_host() {
        for good in [
            "/",
            "/http://%",
            "*",
            "http://a",
            "http://a?q=http://%",
            "HTTPS://[::1]:1/a@b:c%",
            "a?u=http://u@b/",
        ] {
            assert_eq!(check_target(good), Ok(()), "{good}");
        }
        for bad in [
            "http://u@a/",
            "http://a:b/",
            "http://a:99999",
            "http://[::1/",
            "http://%61/",
            "http://?q",
            "http://a\\b/",
        ] {
            let refusal = check_target(bad).unwrap_err();
            assert_eq!(refusal.status, 400, "{bad}");
            assert!(refusal.message.starts_with("Bad request target: "), "{bad}");
        }
    }
}
