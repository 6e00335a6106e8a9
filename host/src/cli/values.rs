//! Options' values: text as typed, checked.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the server says itself of each message and its connection: said twice, a
/// client and a proxy could read it in two ways (RFC 9112 section 11).
const OWN_FIELDS: [&str; 16] = [
    "Accept-Ranges",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Date",
    "ETag",
    "Keep-Alive",
    "Last-Modified",
    "Location",
    "Proxy-Connection",
    "Server",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// A field to add to responses: `Name: value` (RFC 9110 section 5).
pub(super) fn field(text: &str) -> Result<String, String> {
    let wanted = || "give it as 'Name: value'".to_owned();
    let (name, value) = text.split_once(':').ok_or_else(wanted)?;
    let value = value.trim();
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("{}; {name:?} is not a field name", wanted()));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err("a field value has no control characters".to_owned());
    }
    if name.eq_ignore_ascii_case("Content-Type") {
        return Err("the type is said by --content-type".to_owned());
    }
    if OWN_FIELDS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(format!(
            "{name} is the server's own to send; give another field"
        ));
    }
    Ok(format!("{name}: {value}"))
}

/// A media type: `type/subtype`, with parameters if any (RFC 9110 section
/// 8.3.1).
pub(super) fn media_type(text: &str) -> Result<String, String> {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let well_formed = essence.split_once('/').is_some_and(|(kind, subtype)| {
        [kind, subtype]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(is_token))
    });
    if well_formed && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("give a media type, such as text/plain".to_owned())
    }
}

/// A file's name in a directory.
pub(super) fn file_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(['/', '\0']) || text == "." || text == ".." {
        return Err("give a file's name, without a directory".to_owned());
    }
    Ok(text.to_owned())
}

/// A file's path beneath the directory that is served.
pub(super) fn relative_path(text: &str) -> Result<String, String> {
    let inside = !text.is_empty()
        && !text.starts_with('/')
        && !text.contains('\0')
        && text.split('/').all(|name| name != "..");
    if inside {
        Ok(text.to_owned())
    } else {
        Err("give a path beneath the directory that is served".to_owned())
    }
}

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
pub(super) fn address(text: &str) -> Result<String, String> {
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

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
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

/// `tchar` (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_cannot_smuggle_another() {
        assert_eq!(field("X-A:  b "), Ok("X-A: b".to_owned()));
        for bad in ["X-A", ": b", "X A: b", "X-A: b\r\nX-B: c"] {
            assert!(field(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_the_server_says_itself_is_not_said_twice() {
        for own in [
            "content-length: 1",
            "Connection: close",
            "Content-Type: x/y",
        ] {
            assert!(field(own).is_err(), "{own}");
        }
        assert!(field("Vary: Accept").is_ok());
    }

    #[test]
    fn media_types_and_paths() {
        assert!(media_type("text/plain; charset=utf-8").is_ok());
        assert!(media_type("text").is_err());
        assert!(file_name("a/b").is_err());
        assert!(relative_path("errors/404.html").is_ok());
        assert!(relative_path("../404.html").is_err());
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
    fn a_variable_has_a_value_of_its_own_or_ours() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert!(variable("PATH").is_ok());
        for bad in ["", "=x", "NO_SUCH_VARIABLE_HERE"] {
            assert!(variable(bad).is_err(), "{bad}");
        }
    }
}
