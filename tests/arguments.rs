//! Wrong arguments: what is said of each, and what would be right.

use crate::support::command_line::{fails_to_start, run, stderr};
use crate::support::guests;

/// The first line of what is said, of arguments that are refused with exit code 2.
#[track_caller]
fn refused(args: &[&str]) -> String {
    let output = run(args);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
    assert!(output.stdout.is_empty(), "{args:?}");
    message.lines().next().unwrap_or_default().to_owned()
}

/// `error: invalid value 'VALUE' for 'OPTION': ADVICE`, and no word of Rust's.
#[track_caller]
fn advised(args: &[&str], advice: &str) {
    let message = refused(args);
    assert!(message.starts_with("error: invalid value '"), "{message}");
    assert!(message.ends_with(advice), "{args:?}: {message}");
}

#[test]
fn a_number_that_is_none_is_told_its_bounds() {
    for port in ["abc", "80.5", "", "-1", "65536"] {
        advised(&["serve", port], ": give a port number between 0 and 65535");
    }
    for (option, most) in [
        ("--memory", "4096"),
        ("--threads", "1024"),
        ("--max-connections", "1000000"),
        ("--max-instances", "16384"),
        ("--instance-reuse", "4294967295"),
        ("--cgi-max", "4096"),
    ] {
        for value in ["64MiB", "-1", "0", "", "1.5", "18446744073709551615"] {
            let args = ["serve", "--cgi", option, value];
            let advice = format!(": give a whole number between 1 and {most}");
            advised(&args, &advice);
        }
    }
    let args = ["compile", "--memory", "-1", "x.wasm"];
    advised(&args, ": give a whole number between 1 and 4096");
}

#[test]
fn a_time_that_is_none_is_told_its_bounds() {
    for value in ["0", "-1", "inf", "nan", "1e10"] {
        let args = ["serve", "--header-timeout", value];
        advised(&args, ": give a time above 0 and at most 1000000000 s");
    }
    for option in ["--queue-timeout", "--shutdown-timeout"] {
        for value in ["-1", "inf", "nan", "1e10"] {
            let args = ["serve", option, value];
            advised(&args, ": give a time between 0 and 1000000000 s");
        }
    }
    for value in ["30x", "", "soon", "PT30S"] {
        let args = ["serve", "--request-timeout", value];
        let advice =
            ": give a number of seconds, such as 30 or 0.5, or a time such as 500ms, 30s or 5m";
        advised(&args, advice);
    }
}

/// Without it a script's source would be served, whatever else is said of scripts.
#[test]
fn options_of_scripts_ask_for_cgi() {
    for args in [
        &["--cgi-env", "NAME=value"][..],
        &["--cgi-timeout", "5"],
        &["--cgi-max", "1"],
        &["--cgi-directory", "scripts"],
        &["--cgi-authorization"],
    ] {
        let output = run([&["serve"], args].concat());
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains("\n  --cgi\n"), "{args:?}: {message}");
    }
}

#[test]
fn a_variable_without_a_name_is_told_its_form() {
    for (command, option) in [
        (&["serve"][..], "--env"),
        (&["serve", "--cgi"], "--cgi-env"),
    ] {
        let wanted = ": give it as NAME=VALUE, or as the NAME of one that is set here";
        advised(&[command, &[option, ""]].concat(), wanted);
        advised(&[command, &[option, "=value"]].concat(), wanted);
        let absent = [command, &[option, "NO_SUCH_VARIABLE_HERE"]].concat();
        advised(
            &absent,
            ": NO_SUCH_VARIABLE_HERE isn't set here; give it as NAME=VALUE",
        );
    }
}

/// Of the two the one would never be sent.
#[test]
fn only_one_page_stands_for_what_is_not_there() {
    let message = refused(&["serve", "--spa", "--not-found", "a.txt"]);
    assert!(message.contains("--spa"), "{message}");
    assert!(message.contains("--not-found"), "{message}");
}

/// As a part of the handler's path it would grant what nobody meant.
#[test]
fn an_unknown_access_to_a_directory_is_told_those_that_are_known() {
    for value in ["/tmp::/x:rww", "/tmp:RO", "/tmp::/x:ro,z", "/tmp::/x:ro:rw"] {
        let advice = "; give :rw, or :ro, the default, or write a slash after a name with a colon";
        advised(&["serve", "--dir", value], advice);
    }
}

/// `--OPTION has no effect on COMPONENT: REASON; remove it`
#[track_caller]
fn refused_for(component: &str, args: &[&str]) {
    let path = guests::component(component);
    let served = ["--component", path.to_str().unwrap(), "0"];
    let message = fails_to_start(&[args, &served].concat());
    let (option, _) = args[0].split_once('=').unwrap_or((args[0], ""));
    let said = format!("error: {option} has no effect on {}: ", path.display());
    assert!(message.starts_with(&said), "{message}");
    assert!(message.ends_with("; remove it\n"), "{message}");
}

#[test]
fn options_that_mean_nothing_to_a_component_are_refused() {
    for args in [
        &["--cors"][..],
        &["--spa"],
        &["--header", "X: y"],
        &["--protocol=HTTP/1.1"],
        &["--index=home.html"],
        &["--isolation=request"],
        &["--isolation=connection"],
        &["--cgi"],
    ] {
        refused_for("proxy_handler", args);
    }
    refused_for("service_handler", &["--cors"]);
    refused_for("raw_handler", &["--instance-reuse=2"]);
    let message = fails_to_start(&["--instance-reuse=2", "0"]);
    assert!(message.contains(" the embedded component: "), "{message}");
}
