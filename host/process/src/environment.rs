//! A script's environment, made from nothing: none of the server's own
//! variables is in it.

use crate::standard_error::LineSink;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Where scripts find programs.
const SAFE_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables that a handler may set by name: those of RFC 3875, section
/// 4.1, that the families below don't cover, and those that servers add to
/// them.
const NAMES: [&str; 7] = [
    "DOCUMENT_URI",
    "HTTPS",
    "PATH_INFO",
    "QUERY_STRING",
    "SCRIPT_URI",
    "SCRIPT_URL",
    "UNIQUE_ID",
];

/// The families of variables that a handler may set: the rest of section 4.1,
/// a request's fields (section 4.1.18), and `X_` for a handler's own.
const FAMILIES: [&str; 7] = [
    "AUTH_", "CONTENT_", "HTTP_", "REMOTE_", "REQUEST_", "SERVER_", "X_",
];

/// The variables that say which file is run, and what leads there: interpreters such
/// as php-cgi go by them, and not by what was started. They are set here, whatever a
/// handler says. That a program was started by the server and not by a client
/// (`REDIRECT_STATUS`) is the owner's to say.
const DECISIVE: [&str; 6] = [
    "DOCUMENT_ROOT",
    "GATEWAY_INTERFACE",
    "PATH_TRANSLATED",
    "REDIRECT_STATUS",
    "SCRIPT_FILENAME",
    "SCRIPT_NAME",
];

/// Look like a request's fields, but are settings of programs: a proxy
/// (<https://httpoxy.org>), and php-cgi's other name for `REDIRECT_STATUS`.
const NO_FIELDS: [&str; 2] = ["HTTP_PROXY", "HTTP_REDIRECT_STATUS"];

/// A script's variables.
pub type Environment = BTreeMap<OsString, OsString>;

/// The script that an environment is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The served directory, without symbolic links.
    pub(super) root: &'a Path,
    /// The script's path beneath it, of nothing but names.
    pub(super) path: &'a [u8],
}

/// Makes an environment: a safe `PATH`, what the handler wants, what is run, and what
/// the server's owner added. The handler can't override the latter two.
///
/// The handler is in a sandbox and the script isn't, so that one may say what
/// the request is, but not load code into the other. Too many variables can do
/// that to name them (`LD_PRELOAD`, `BASH_ENV`, `PERL5OPT`, `GCONV_PATH`, ...):
/// those that can't are named instead.
pub(super) fn compose(
    subject: Subject<'_>,
    owner: &[(OsString, OsString)],
    handler: Vec<(Vec<u8>, Vec<u8>)>,
    log: &LineSink,
) -> Environment {
    let mut environment = Environment::from([("PATH".into(), SAFE_PATH.into())]);
    let (decisive, handler): (Vec<_>, Vec<_>) =
        handler.into_iter().partition(|(name, _)| is_decisive(name));
    for (name, value) in handler {
        match refusal(&name, &value) {
            None => {
                environment.insert(OsString::from_vec(name), OsString::from_vec(value));
            }
            Some(reason) => left_out(&name, reason, log),
        }
    }
    let info = environment.get(OsStr::new("PATH_INFO"));
    let own = subject.variables(info.map(|info| info.as_bytes()));
    for (name, value) in decisive {
        // Most handlers say what is so.
        let own = own.iter().find(|(own, _)| own.as_bytes() == name);
        if own.is_none_or(|(_, own)| own.as_bytes() != value) {
            left_out(&name, "it decides what is run, which the host says", log);
        }
    }
    environment.extend(own.into_iter().map(|(name, value)| (name.into(), value)));
    environment.extend(owner.iter().cloned());
    environment
}

fn left_out(name: &[u8], reason: &str, log: &LineSink) {
    let name = String::from_utf8_lossy(name);
    log(&format!(
        "the handler's variable {name} isn't passed on: {reason}"
    ));
}

fn is_decisive(name: &[u8]) -> bool {
    DECISIVE.iter().any(|decisive| decisive.as_bytes() == name)
}

impl Subject<'_> {
    /// What is run, and where it lies, as RFC 3875 and other servers say it.
    fn variables(self, path_info: Option<&[u8]>) -> Vec<(&'static str, OsString)> {
        let root = self.root.as_os_str().as_bytes();
        let root = root.strip_suffix(b"/").unwrap_or(root);
        let beneath = |path: &[u8]| OsString::from_vec([root, path].concat());
        let name = [b"/", self.path].concat();
        let mut variables = vec![
            ("DOCUMENT_ROOT", self.root.into()),
            ("GATEWAY_INTERFACE", "CGI/1.1".into()),
            ("SCRIPT_FILENAME", beneath(&name)),
            ("SCRIPT_NAME", OsString::from_vec(name)),
        ];
        // Section 4.1.6. One that leads out of the directory is no file of it.
        if let Some(info) = path_info
            && info.starts_with(b"/")
            && !info.split(|&byte| byte == b'/').any(|name| name == b"..")
        {
            variables.push(("PATH_TRANSLATED", beneath(info)));
        }
        variables
    }
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
    } else if NO_FIELDS.iter().any(|other| other.as_bytes() == name) {
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

    fn subject() -> Subject<'static> {
        Subject {
            root: Path::new("/srv"),
            path: b"cgi-bin/script",
        }
    }

    fn composed(owner: &[(&str, &str)], handler: &[(&[u8], &[u8])]) -> (String, Vec<String>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log: LineSink = {
            let lines = Arc::clone(&lines);
            Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()))
        };
        let owner: Vec<_> = owner.iter().map(|(n, v)| (n.into(), v.into())).collect();
        let handler = handler.iter().map(|(n, v)| (n.to_vec(), v.to_vec()));
        let environment = compose(subject(), &owner, handler.collect(), &log);
        let is_own = |name: &OsStr| is_decisive(name.as_bytes());
        let listed: Vec<_> = environment
            .iter()
            .filter(|(name, _)| !is_own(name))
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
        let names: [&[u8]; 17] = [
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
            b"HTTP_REDIRECT_STATUS",
            b"REDIRECT_URL",
            b"ORIG_SCRIPT_FILENAME",
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
    fn a_handler_does_not_say_what_is_run() {
        let log: LineSink = Arc::new(|_| {});
        let made = |path_info: &[u8]| {
            let mut handler = vec![(b"PATH_INFO".to_vec(), path_info.to_vec())];
            let others = DECISIVE.map(|name| (name.into(), b"/etc/passwd".to_vec()));
            handler.extend(others);
            compose(subject(), &[], handler, &log)
        };
        let environment = made(b"/a/b..c");
        let value = |name: &str| environment.get(OsStr::new(name)).and_then(|it| it.to_str());
        assert_eq!(value("DOCUMENT_ROOT"), Some("/srv"));
        assert_eq!(value("GATEWAY_INTERFACE"), Some("CGI/1.1"));
        assert_eq!(value("PATH_TRANSLATED"), Some("/srv/a/b..c"));
        assert_eq!(value("REDIRECT_STATUS"), None);
        assert_eq!(value("SCRIPT_FILENAME"), Some("/srv/cgi-bin/script"));
        assert_eq!(value("SCRIPT_NAME"), Some("/cgi-bin/script"));
        for outside in ["", "x", "/..", "/../secret", "/a/../../secret"] {
            let environment = made(outside.as_bytes());
            let translated = environment.get(OsStr::new("PATH_TRANSLATED"));
            assert_eq!(translated, None, "{outside}");
        }
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
