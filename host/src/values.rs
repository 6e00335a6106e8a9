//! Options' values: text as typed, checked.

use std::ffi::OsString;
use std::path::PathBuf;
use wasm_host_server::{ListenOn, ScriptUsers, UnixSocket};

/// A directory of scripts: a path beneath the directory that is served, with or
/// without the slash that its URL begins with.
pub(super) fn cgi_directory(text: &str) -> Result<PathBuf, String> {
    let path = text.trim_matches('/');
    let plain = path.split('/').all(|name| !matches!(name, "" | "." | ".."));
    if plain && !path.contains('\0') {
        Ok(PathBuf::from(path))
    } else {
        Err("give a directory beneath the one that is served, such as cgi-bin".to_owned())
    }
}

/// An address to listen on, or a host name; which of them it is, and whether it
/// is this machine's, shows when it is listened on.
fn address(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("give an address of this machine, such as 127.0.0.1 or ::1, or leave out --bind for all".to_owned());
    }
    match text.rsplit_once(':') {
        // More colons are an IPv6 address's, unless it is in brackets.
        Some((host, port)) if is_port(port) && (!host.contains(':') || host.ends_with(']')) => Err(
            format!("give the port as an argument of its own: --bind {host} {port}"),
        ),
        _ => Ok(text.to_owned()),
    }
}

/// Where to listen: an address, a Unix socket, or what systemd hands over.
pub(super) fn place(text: &str) -> Result<ListenOn, String> {
    if text == "systemd" {
        return Ok(ListenOn::HandedOver);
    }
    match text.strip_prefix("unix:") {
        Some(path) => match UnixSocket::at(path) {
            Ok(socket) => Ok(ListenOn::Unix(socket)),
            Err(error) => Err(error.to_string()),
        },
        None => Ok(ListenOn::Tcp(Some(address(text)?))),
    }
}

/// A file's permissions, in octal digits.
pub(super) fn mode(text: &str) -> Result<u32, String> {
    let is_octal = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    match u32::from_str_radix(text, 8) {
        Ok(mode) if is_octal && mode <= 0o777 => Ok(mode),
        _ => Err("give three octal digits as to chmod, such as 660 for the owner and the group, or 666 for everybody".to_owned()),
    }
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Users for scripts: two numbers.
pub(super) fn script_users(text: &str) -> Result<ScriptUsers, String> {
    let parse = |text: &str| text.parse().ok();
    let numbers = text.split_once('-');
    let numbers = numbers.and_then(|(first, last)| Some((parse(first)?, parse(last)?)));
    match numbers {
        // The last number means none in some calls of the system.
        Some((first, last)) if 0 < first && first <= last && last < u32::MAX => {
            Ok(ScriptUsers { first, last })
        }
        _ => Err("give the numbers of two users that nobody is, such as 60000-60063".to_owned()),
    }
}

/// An environment variable: `NAME=VALUE`, or `NAME` for this process's value.
pub(super) fn variable(text: &str) -> Result<(OsString, OsString), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(OsString::from(value))),
        None => (text, None),
    };
    if name.is_empty() || text.contains('\0') {
        return Err("give it as NAME=VALUE, or as the NAME of one that is set here".to_owned());
    }
    let value = value.or_else(|| std::env::var_os(name));
    let value = value.ok_or_else(|| format!("{name} isn't set here; give it as NAME=VALUE"))?;
    Ok((name.into(), value))
}

/// As [`variable`], for a guest, whose strings are UTF-8.
pub(super) fn guest_variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = variable(text)?;
    match (name.into_string(), value.into_string()) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(format!(
            "the value of {text} isn't UTF-8; give it as NAME=VALUE"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_scripts_is_beneath_the_served_one() {
        assert_eq!(cgi_directory("/a/b/"), Ok(PathBuf::from("a/b")));
        for bad in ["", "/", "a/../b", "./a", "a//b"] {
            assert!(cgi_directory(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_has_no_port() {
        for good in [
            "127.0.0.1",
            "localhost",
            "::1",
            "[::1]",
            "fe80::1%lo",
            "::1:8000",
        ] {
            assert_eq!(address(good).as_deref(), Ok(good));
        }
        for (bad, right) in [
            ("127.0.0.1:21102", "--bind 127.0.0.1 21102"),
            ("localhost:80", "--bind localhost 80"),
            ("[::1]:80", "--bind [::1] 80"),
            ("", "127.0.0.1"),
        ] {
            let message = address(bad).unwrap_err();
            assert!(message.contains(right), "{bad}: {message}");
        }
    }

    #[test]
    fn a_place_is_an_address_or_a_socket() {
        assert_eq!(place("::1"), Ok(ListenOn::Tcp(Some("::1".to_owned()))));
        assert_eq!(place("systemd"), Ok(ListenOn::HandedOver));
        let socket = UnixSocket::at("/run/s").unwrap();
        assert_eq!(place("unix:/run/s"), Ok(ListenOn::Unix(socket)));
        for bad in ["unix:", "unix:/run/", "unix:@name", "127.0.0.1:80"] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mode_is_octal() {
        assert_eq!(mode("660"), Ok(0o660));
        assert_eq!(mode("0666"), Ok(0o666));
        for bad in ["", "rw", "+660", "668", "1777", "0o660", "-1"] {
            assert!(mode(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_variable_has_a_value_of_its_own_or_ours() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert!(variable("PATH").is_ok());
        for bad in ["", "=x", "NO_SUCH_VARIABLE_HERE"] {
            assert!(variable(bad).is_err(), "{bad}");
        }
    }
}
