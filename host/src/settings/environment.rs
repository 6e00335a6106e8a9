//! Options that are given by environment variables: WASM_HOST_MAX_CONNECTIONS is
//! `--max-connections`.

use super::option::{Kind, Known, PREFIX, has_settings, nearest};
use super::origin::Origin;
use super::setting::{Problem, Setting};
use super::value::{self, Value};
use clap::Command;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The variable that names the file.
const CONFIG_VARIABLE: &str = "WASM_HOST_CONFIG";

/// Variables that aren't options of servers, and have a meaning: for `deploy` and
/// `previews`, and for this project's own tests, which run the program beside them.
const OTHERS: &[&str] = &[
    "WASM_HOST_SERVER",
    "WASM_HOST_TOKEN",
    "WASM_HOST_TOKEN_FILE",
    "WASM_HOST_CA_FILE",
    "WASM_HOST_NO_SKIP",
    "WASM_HOST_SEEDS",
    "WASM_HOST_SOAK_MINUTES",
    "WASM_HOST_TESTS_OVER",
];

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The file that it names.
    pub(super) config: Option<OsString>,
    pub(super) settings: Vec<Setting>,
    /// What looks like an option and is none.
    pub(super) warnings: Vec<String>,
}

/// Reads the settings of `found`, one of the program's commands. A variable that is empty
/// is as one that isn't there.
///
/// # Errors
///
/// One has a value that its option doesn't take.
pub(super) fn read(
    program: &Command,
    found: &Command,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Environment, Problem> {
    let ours = variables.filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let is_ours = name.starts_with(PREFIX) && !value.is_empty();
        (is_ours && !is_of_kubernetes(&name, &value)).then_some((name, value))
    });
    let mut ours: Vec<_> = ours.collect();
    ours.sort();
    let mut environment = Environment::default();
    for (name, value) in ours {
        if name == CONFIG_VARIABLE {
            environment.config = Some(value);
        } else if let Some(known) = Known::all(found).find(|known| known.variable() == name) {
            environment
                .settings
                .push(setting(found, known, &name, &value)?);
        } else if !is_known(program, &name) {
            environment.warnings.push(unknown(found, &name));
        }
    }
    Ok(environment)
}

fn setting(
    found: &Command,
    known: Known<'_>,
    name: &str,
    given: &OsStr,
) -> Result<Setting, Problem> {
    let wrong = |text: &OsStr, wanted: &str| {
        Problem(match known.is_secret() {
            true => format!("{name}: {wanted}"),
            false => format!("{name}={text:?}: {wanted}"),
        })
    };
    let value = if known.kind() == Kind::Flag {
        let flag = flag(given).ok_or_else(|| wrong(given, value::wanted(known)))?;
        Value::Flag(flag)
    } else {
        let texts = match known.is_list() {
            true => lines(given),
            false => vec![given.to_owned()],
        };
        for text in &texts {
            value::check(found, known, text).map_err(|wanted| wrong(text, &wanted))?;
        }
        Value::Texts(texts)
    };
    Ok(Setting {
        id: known.id().to_owned(),
        name: known.name(),
        value,
        origin: Origin::Variable(name.to_owned()),
    })
}

/// The values of an option that may be given several times: one a line, as every other
/// sign can be in one.
fn lines(text: &OsStr) -> Vec<OsString> {
    let lines = text.as_bytes().split(|&byte| byte == b'\n');
    let lines = lines
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty());
    lines
        .map(|line| OsString::from_vec(line.to_vec()))
        .collect()
}

fn flag(text: &OsStr) -> Option<bool> {
    match text.to_str()?.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Whether Kubernetes sets it for a service that is named `wasm-host`: its addresses, as
/// Docker's links had them.
fn is_of_kubernetes(name: &str, value: &OsStr) -> bool {
    let end = name.strip_prefix(PREFIX).unwrap_or(name);
    let is_address = || {
        let schemes = [&b"tcp://"[..], b"udp://", b"sctp://"];
        schemes
            .iter()
            .any(|scheme| value.as_bytes().starts_with(scheme))
    };
    match end.strip_prefix("PORT") {
        Some("") => is_address(),
        Some(rest) => rest.starts_with('_'),
        None => end == "SERVICE_HOST" || end.starts_with("SERVICE_PORT"),
    }
}

fn is_known(program: &Command, name: &str) -> bool {
    let mut commands = program.get_subcommands().filter(|it| has_settings(it));
    OTHERS.contains(&name)
        || commands.any(|it| Known::all(it).any(|known| known.variable() == name))
}

fn unknown(found: &Command, name: &str) -> String {
    let end = name.strip_prefix(PREFIX).unwrap_or(name);
    let meant = nearest(found, end).map(|name| {
        let name = name.replace('-', "_").to_uppercase();
        format!("; did you mean {PREFIX}{name}?")
    });
    let meant = meant.unwrap_or_default();
    let name = name.replace(char::is_control, "\u{fffd}");
    format!("the environment variable {name} is no option, and has no effect{meant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_value_a_line() {
        let of = |text: &str| lines(OsStr::new(text));
        assert_eq!(of("127.0.0.1\n ::1\r\n\n"), ["127.0.0.1", "::1"]);
        assert_eq!(of("A: b, c; d"), ["A: b, c; d"]);
    }

    #[test]
    fn a_flag_is_true_or_false() {
        assert_eq!(flag(OsStr::new("TRUE")), Some(true));
        assert_eq!(flag(OsStr::new("0")), Some(false));
        assert_eq!(flag(OsStr::new("maybe")), None);
    }

    #[test]
    fn what_kubernetes_sets_is_no_option() {
        let is = |name: &str, value: &str| is_of_kubernetes(name, OsStr::new(value));
        assert!(is("WASM_HOST_PORT", "tcp://10.0.0.7:8000"));
        assert!(is("WASM_HOST_PORT_8000_TCP_ADDR", "10.0.0.7"));
        assert!(is("WASM_HOST_SERVICE_HOST", "10.0.0.7"));
        assert!(is("WASM_HOST_SERVICE_PORT_HTTP", "8000"));
        assert!(!is("WASM_HOST_PORT", "8000"));
        assert!(!is("WASM_HOST_PROTOCOL", "tcp://10.0.0.7:8000"));
    }
}
