//! Every option of `--help` can be given in a file and in the environment: none of them
//! can be added without.

use super::{line, printed};
use crate::support::command_line::run;
use crate::support::tree::Tree;
use std::collections::BTreeSet;

/// Options of both commands: each as a line of a file, with what it has no effect without.
const BOTH: &[(&str, &str)] = &[
    ("port = 9000", ""),
    ("bind = [\"127.0.0.1\", \"unix:/run/s\"]", ""),
    ("unix-mode = \"0600\"", ""),
    ("unix-owner = \"root\"", ""),
    ("proxy-protocol = true", ""),
    ("trusted-proxy = [\"10.0.0.0/8\"]", "proxy-protocol = true"),
    ("admin = \"127.0.0.1:9100\"", ""),
    ("admin-public = true", "admin = \"127.0.0.1:9100\""),
    ("admin-host = [\"a.example\"]", "admin = \"127.0.0.1:9100\""),
    ("tls-cert = [\"/a\", \"/b\"]", ""),
    ("tls-key = [\"/a\"]", "tls-cert = \"/a\""),
    ("tls-password-file = [\"/a\"]", "tls-cert = \"/a\""),
    ("tls-local = true", ""),
    ("tls-acme = [\"a.example.com\"]", ""),
    (
        "tls-acme-email = \"a@example.com\"",
        "tls-acme = \"a.example.com\"",
    ),
    (
        "tls-acme-directory = \"https://a.example/\"",
        "tls-acme = \"a.example.com\"",
    ),
    ("tls-acme-ca = \"/a\"", "tls-acme = \"a.example.com\""),
    ("tls-store = \"/a\"", "tls-acme = \"a.example.com\""),
    ("http-redirect = \"80\"", "tls-local = true"),
    ("no-lockdown = true", ""),
    ("quiet = true", ""),
    ("verbose = true", ""),
    ("log-format = \"json\"", ""),
    ("log-file = \"/log\"", ""),
    ("header-timeout = \"1s\"", ""),
    ("idle-timeout = \"1s\"", ""),
    ("request-timeout = \"1s\"", ""),
    ("min-rate = 1", ""),
    ("cpu-time = \"1s\"", ""),
    ("memory = 1", ""),
    ("memory-total = 65", ""),
    ("compile-memory = 1025", ""),
    ("compile-time = \"1s\"", ""),
    ("buffer-memory = 1", ""),
    ("log-rate = 1", ""),
    ("max-connections = 1", ""),
    ("max-connections-per-client = 1", ""),
    ("max-instances = 1", ""),
    ("max-requests-per-client = 1", ""),
    ("queue-timeout = \"0\"", ""),
    ("shutdown-timeout = \"0\"", ""),
    ("isolation = \"request\"", ""),
    ("instance-reuse = 2", ""),
    ("threads = 1", ""),
];

const SERVE: &[(&str, &str)] = &[
    ("component = \"/a.wasm\"", ""),
    ("allow-precompiled = true", "component = \"/a.wasm\""),
    ("watch = true", "component = \"/a.wasm\""),
    ("directory = \"/srv\"", ""),
    ("gateway = true", ""),
    ("no-follow = true", ""),
    ("user = \"nobody\"", ""),
    ("dir = [\"/srv::/data:rw\"]", ""),
    ("env = [\"A=b\"]", ""),
    ("arg = [\"-a\", \"b\"]", ""),
    ("allow-outbound = [\"a.example:80\"]", ""),
    ("keyvalue = \"FOLDER/kept\"", ""),
    ("keyvalue-size = 1", "keyvalue = \"FOLDER/kept\""),
    ("upload = true", ""),
    ("overwrite = true", "upload = true"),
    ("upload-max-size = \"1k\"", "upload = true"),
    ("upload-quota = \"1k\"", "upload = true"),
    ("archives = true", ""),
    ("archives-max = 1", "archives = true"),
    ("protocol = \"HTTP/1.0\"", ""),
    ("header = [\"A: b, c; d\", \"E: f\"]", ""),
    ("index = [\"a.html\"]", ""),
    ("no-listing = true", ""),
    ("cors = true", ""),
    ("spa = true", ""),
    ("not-found = \"a.html\"", ""),
    ("not-found-nearest = true", ""),
    ("clean-urls = true", ""),
    ("content-type = [\"*.a=text/a\", \"text/b\"]", ""),
    ("charset = \"utf-8\"", ""),
    ("precompressed = true", ""),
    ("compressed-names = true", ""),
    ("no-hidden = true", ""),
    ("rules = \"netlify\"", ""),
    (
        "auth = [\"ann:$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy\"]",
        "",
    ),
    ("auth-file = \"FOLDER/users\"", ""),
    ("cgi = true", ""),
    ("cgi-directory = [\"a\"]", "cgi = true"),
    ("cgi-timeout = \"1s\"", "cgi = true"),
    ("cgi-max = 1", "cgi = true"),
    ("cgi-max-chunked = 1", "cgi = true"),
    ("cgi-memory = 16", "cgi = true"),
    ("cgi-processes = 1", "cgi = true"),
    ("cgi-file-size = 1", "cgi = true"),
    ("cgi-open-files = 64", "cgi = true"),
    ("cgi-cpu-time = 1", "cgi = true"),
    ("cgi-users = \"60000-60063\"", "cgi = true"),
    ("cgi-env = [\"A=b\"]", "cgi = true"),
    ("cgi-authorization = true", "cgi = true"),
];

const PREVIEW: &[(&str, &str)] = &[
    ("store = \"/a\"", ""),
    ("token-file = \"/a\"", ""),
    ("domain = [\"a.example\", \"b.example\"]", ""),
    ("public-url = \"https://a.example\"", ""),
    ("skew = \"0\"", ""),
    ("user = \"nobody\"", "store = \"/a\"\ntoken-file = \"/a\""),
    ("site-files = 1", ""),
    ("site-file-size = 1", ""),
    ("site-size = 1", ""),
    ("site-rules = 1", ""),
    ("site-requests = 1", ""),
    ("project-size = 1", ""),
    ("code = true", ""),
    ("runners = 1", "code = true"),
    ("runner-idle = \"1s\"", "code = true"),
    ("runner-memory = 65", "code = true"),
    ("keyvalue-size = 1", "code = true"),
    ("policy = \"/a\"", "code = true"),
];

/// The options that a command's help names, and `port`.
fn of_help(command: &str) -> BTreeSet<String> {
    let help = run([command, "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    let lines = help.lines().map(str::trim_start);
    let long = lines.filter_map(|line| {
        let line = match line.get(..4) {
            Some(short) if short.ends_with(", ") => &line[4..],
            _ => line,
        };
        let name = line.strip_prefix("--")?;
        let end = name.find(|sign: char| !sign.is_ascii_lowercase() && sign != '-');
        Some(name[..end.unwrap_or(name.len())].to_owned())
    });
    let mut options: BTreeSet<_> = long.collect();
    assert!(options.len() > 40, "{help}");
    for own in ["help", "config", "print-config"] {
        assert!(options.remove(own), "--{own} isn't in {help}");
    }
    options.insert("port".to_owned());
    options
}

/// The name in a line of a file, and its values as a command line would have them.
fn option_and_values(written: &str) -> (String, Vec<String>) {
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        other => panic!("{other:?}"),
    };
    let table: toml::Table = written.parse().unwrap();
    let (name, value) = table.into_iter().next().unwrap();
    let values = match &value {
        toml::Value::Array(values) => values.iter().map(text).collect(),
        value => vec![text(value)],
    };
    (name, values)
}

/// A variable that says the same as a line of a file.
fn variable(written: &str) -> (String, String) {
    let (name, values) = option_and_values(written);
    let name = name.replace('-', "_").to_uppercase();
    (format!("WASM_HOST_{name}"), values.join("\n"))
}

#[track_caller]
fn all_can_be_given_elsewhere(command: &str, samples: &[&[(&str, &str)]]) {
    let tree = Tree::empty();
    let hash = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
    tree.file("users", format!("ann:{hash}\n"));
    let folder = tree.as_ref();
    let mut options = of_help(command);
    for (written, companion) in samples.iter().copied().flatten() {
        let written = written.replace("FOLDER", folder.to_str().unwrap());
        let name = written.split(' ').next().unwrap();
        assert!(
            options.remove(name),
            "{name} isn't in the help, or twice here"
        );

        tree.file("a.toml", format!("{companion}\n{written}\n"));
        let text = printed(folder, &[command, "--config", "a.toml"], &[]);
        let number = companion.lines().count().max(1) + 1;
        let place = format!("a.toml:{number}");
        same(line(&text, name), &written, &place);

        tree.file("a.toml", companion);
        let (variable, value) = variable(&written);
        let variables = [(variable.as_str(), value.as_str())];
        let text = printed(folder, &[command, "--config", "a.toml"], &variables);
        same(
            line(&text, name),
            &written,
            &format!("environment, {variable}"),
        );
    }
    assert!(
        options.is_empty(),
        "a sample for each is missing here: {options:?}"
    );
}

/// Compares what is printed with what was written.
#[track_caller]
fn same(printed: &str, written: &str, place: &str) {
    let (option, origin) = printed.rsplit_once(" # ").unwrap();
    assert_eq!(origin, place, "{printed}");
    if option.ends_with(" not shown") {
        return;
    }
    assert_eq!(option_and_values(option), option_and_values(written));
}

#[test]
fn of_serve() {
    all_can_be_given_elsewhere("serve", &[BOTH, SERVE]);
}

#[test]
fn of_preview() {
    all_can_be_given_elsewhere("preview", &[BOTH, PREVIEW]);
}
