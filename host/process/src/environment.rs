//! A script's environment, made from nothing: none of the server's own
//! variables is in it.

use crate::standard_error::LineSink;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// Where scripts find programs.
const SAFE_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables that a handler may set by name: those of RFC 3875, section
/// 4.1, that the families below don't cover, and those that servers add to
/// them.
const NAMES: [&str; 6] = [
    "DOCUMENT_ROOT",
    "DOCUMENT_URI",
    "GATEWAY_INTERFACE",
    "HTTPS",
    "QUERY_STRING",
    "UNIQUE_ID",
];

/// The families of variables that a handler may set: the rest of section 4.1,
/// a request's fields (section 4.1.18), and `X_` for a handler's own.
const FAMILIES: [&str; 10] = [
    "AUTH_",
    "CONTENT_",
    "HTTP_",
    "PATH_",
    "REDIRECT_",
    "REMOTE_",
    "REQUEST_",
    "SCRIPT_",
    "SERVER_",
    "X_",
];

/// Looks like a request's `Proxy` field, but is a setting of many programs:
/// see <https://httpoxy.org>.
const HTTPOXY: &str = "HTTP_PROXY";

/// A script's variables.
pub type Environment = BTreeMap<OsString, OsString>;

/// Makes an environment: a safe `PATH`, what the handler wants, and what the
/// server's owner added, which the handler can't override.
///
/// The handler is in a sandbox and the script isn't, so that one may say what
/// the request is, but not load code into the other. Too many variables can do
/// that to name them (`LD_PRELOAD`, `BASH_ENV`, `PERL5OPT`, `GCONV_PATH`, ...):
/// those that can't are named instead.
pub(super) fn compose(
    owner: &[(OsString, OsString)],
    handler: Vec<(Vec<u8>, Vec<u8>)>,
    log: &LineSink,
) -> Environment {
    let mut environment = Environment::from([("PATH".into(), SAFE_PATH.into())]);
    for (name, value) in handler {
        match refusal(&name, &value) {
            None => {
                environment.insert(OsString::from_vec(name), OsString::from_vec(value));
            }
            Some(reason) => log(&format!(
                "the handler's variable {} isn't passed on: {reason}",
                String::from_utf8_lossy(&name)
            )),
        }
    }
    environment.extend(owner.iter().cloned());
    environment
}

/// Why a handler may not set a variable.
fn refusal(name: &[u8], value: &[u8]) -> Option<&'static str> {
    let allowed = || {
        NAMES.iter().any(|known| known.as_bytes() == name)
            || FAMILIES
                .iter()
                .any(|family| name.starts_with(family.as_bytes()))
    };
    if value.contains(&0) {
        Some("its value has a NUL in it")
    } else if !name
        .iter()
        .all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        Some("its name has other characters than letters, digits and underscores")
    } else if name == HTTPOXY.as_bytes() {
        Some("programs take it for a setting of their own")
    } else if !allowed() {
        Some("it isn't one of CGI's; a handler's own begin with X_, others are set by --cgi-env")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn composed(owner: &[(&str, &str)], handler: &[(&[u8], &[u8])]) -> (String, Vec<String>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log: LineSink = {
            let lines = Arc::clone(&lines);
            Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()))
        };
        let owner: Vec<_> = owner.iter().map(|(n, v)| (n.into(), v.into())).collect();
        let handler = handler.iter().map(|(n, v)| (n.to_vec(), v.to_vec()));
        let environment = compose(&owner, handler.collect(), &log);
        let listed: Vec<_> = environment
            .iter()
            .map(|(name, value)| format!("{}={}", name.display(), value.display()))
            .collect();
        let lines = lines.lock().unwrap().clone();
        (listed.join(" "), lines)
    }

    #[test]
    fn it_is_a_path_and_what_was_asked_for() {
        let (environment, lines) = composed(
            &[("DATABASE", "/srv/db")],
            &[
                (b"HTTPS", b"on"),
                (b"HTTP_ACCEPT", b"*/*"),
                (b"X_Mine", b""),
            ],
        );
        assert_eq!(
            environment,
            format!("DATABASE=/srv/db HTTPS=on HTTP_ACCEPT=*/* PATH={SAFE_PATH} X_Mine=")
        );
        assert_eq!(lines, [""; 0]);
    }

    #[test]
    fn a_handler_sets_nothing_that_loads_code() {
        let names: [&[u8]; 14] = [
            b"",
            b"PATH",
            b"LD_PRELOAD",
            b"BASH_ENV",
            b"ENV",
            b"IFS",
            b"PERL5OPT",
            b"PYTHONPATH",
            b"BASH_FUNC_ls%%",
            b"HTTP_PROXY",
            b"X_=Y",
            b"X_\0",
            b"HTTP_\n",
            b"HTTP_A-B",
        ];
        for name in names {
            let (environment, lines) = composed(&[], &[(name, b"1")]);
            assert_eq!(environment, format!("PATH={SAFE_PATH}"), "{name:?}");
            assert_eq!(lines.len(), 1, "{name:?}");
        }
        let (environment, lines) = composed(&[], &[(b"PATH_INFO", b"/a\0b")]);
        assert_eq!(environment, format!("PATH={SAFE_PATH}"));
        assert!(lines[0].contains("PATH_INFO") && lines[0].contains("NUL"));
    }

    #[test]
    fn the_owner_has_the_last_word() {
        let (environment, lines) = composed(
            &[("PATH", "/opt/bin"), ("HTTPS", "on")],
            &[(b"HTTPS", b"off")],
        );
        assert_eq!(environment, "HTTPS=on PATH=/opt/bin");
        assert_eq!(lines, [""; 0]);
    }
}
