//! `wasm-host completions`, as bash takes it, and `wasm-host man`, as groff does.

use crate::support::command_line::{bound_by_permissions, run, stderr};
use crate::support::server::BINARY;
use crate::support::tools::{self, available};
use crate::support::tree::Tree;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// What wasm-host starts itself, and what only a release needs.
const HIDDEN: [&str; 9] = [
    "acme-agent",
    "cgi-spawner",
    "compiler",
    "keeper",
    "outbound-sender",
    "runner",
    "runner-spawner",
    "socket-keeper",
    "write-embedded",
];

/// As bash does after Tab (bash(1), Programmable Completion): the words of the line are
/// this script's arguments, and the last of them is what is to be completed.
const COMPLETE: &str = r#"
    eval "$("$WASM_HOST" completions bash)" || exit
    function=$(complete -p wasm-host | sed 's/.*-F \([^ ]*\) .*/\1/')
    compopt() { :; } # Is for bash's own call of the function alone.
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    "$function" wasm-host "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' "${COMPREPLY[@]}"
"#;

/// What bash offers for the last word of a line.
#[track_caller]
fn offered(line: &[&str], directory: &Path) -> BTreeSet<String> {
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", COMPLETE, "bash", "wasm-host"])
        .args(line)
        .env("WASM_HOST", BINARY)
        .current_dir(directory);
    let output = tools::run(&mut bash);
    assert!(output.status.success(), "{line:?}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "{line:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_subcommands_options_and_values() {
    if !available("bash") {
        return;
    }
    let tree = Tree::empty();
    let cases: &[(&[&str], &[&str])] = &[
        (&["ser"], &["serve"]),
        (&["previ"], &["preview", "previews"]),
        (&["previews", "ro"], &["rollback"]),
        (&["serve", "--clean"], &["--clean-urls"]),
        (&["serve", "--cors", "--clean"], &["--clean-urls"]),
        (&["previews", "logs", "--fo"], &["--follow"]),
        (&["serve", "--log-format", "js"], &["json"]),
        (&["completions", "fi"], &["fish"]),
    ];
    for (line, expected) in cases {
        let offered = offered(line, &tree.path(""));
        let offered: Vec<&str> = offered.iter().map(String::as_str).collect();
        assert_eq!(&offered, expected, "{line:?}");
    }
}

#[test]
fn bash_completes_files() {
    if !available("bash") {
        return;
    }
    let tree = Tree::empty();
    tree.file("a handler.wasm", "").file("another.txt", "");
    let offered = offered(&["serve", "--component", "a "], &tree.path(""));
    assert_eq!(offered, BTreeSet::from(["a handler.wasm".to_owned()]));
}

#[test]
fn a_shell_has_what_the_help_has_and_nothing_hidden() {
    for shell in SHELLS {
        let output = run(["completions", shell]);
        assert!(output.status.success(), "{shell}: {}", stderr(&output));
        let script = String::from_utf8(output.stdout).unwrap();
        let words = words(&script);
        for subcommand in visible_subcommands() {
            assert!(words.contains(subcommand.as_str()), "{shell}: {subcommand}");
        }
        for subcommand in HIDDEN {
            assert!(!words.contains(subcommand), "{shell}: {subcommand}");
        }
    }
}

/// Names, of letters and hyphens.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|it: char| !it.is_ascii_alphanumeric() && it != '-')
        .collect()
}

/// Those of `wasm-host --help`, but for `help` itself.
#[track_caller]
fn visible_subcommands() -> BTreeSet<String> {
    let help = String::from_utf8(run(["--help"]).stdout).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names: BTreeSet<String> = names
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    assert!(names.contains("serve"), "{help}");
    names.into_iter().filter(|name| name != "help").collect()
}

/// `OPTION[HELP]:MESSAGE:ACTION` (zshcompsys(1), `_arguments`): a colon in the message
/// would have the rest of it run.
#[test]
fn zsh_is_given_no_name_of_a_value_as_a_command() {
    let output = run(["completions", "zsh"]);
    let script = String::from_utf8(output.stdout).unwrap();
    let is_option = |line: &&str| line.starts_with('\'') && !line.starts_with("':");
    let options = script.lines().filter(is_option);
    let options = options.filter_map(|line| line.split_once("]:"));
    let actions: Vec<_> = options
        .map(|(option, rest)| (option, rest.replace(r"\:", "")))
        .collect();
    assert!(actions.iter().any(|(option, _)| option.contains("--auth=")));
    for (option, action) in actions {
        assert_eq!(action.matches(':').count(), 1, "{option}]:{action}");
    }
}

#[test]
fn an_unknown_shell_is_told_which_there_are() {
    let output = run(["completions", "csh"]);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    for shell in SHELLS {
        assert!(message.contains(shell), "{message}");
    }
}

/// Runs `wasm-host man DIR`, which has to succeed without a word; the pages' names.
#[track_caller]
fn write_pages(folder: &Path) -> BTreeSet<String> {
    let output = run([Path::new("man"), folder]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn each_visible_subcommand_has_a_page_and_no_hidden_one() {
    let tree = Tree::empty();
    let folder = tree.path("");
    let pages = write_pages(&folder);
    for subcommand in visible_subcommands() {
        let page = format!("wasm-host-{subcommand}.1");
        assert!(pages.contains(&page), "{page} isn't among {pages:?}");
    }
    for page in &pages {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        let text = text.replace(r"\-", "-");
        for subcommand in HIDDEN {
            assert!(!page.ends_with(&format!("-{subcommand}.1")), "{page}");
            let name = format!("wasm-host-{subcommand}");
            assert!(!words(&text).contains(name.as_str()), "{page}: {name}");
        }
        // Those that a page lists are there to be read.
        for line in text.lines() {
            if let Some(name) = line.strip_suffix("(1)") {
                assert!(pages.contains(&format!("{name}.1")), "{page}: {line}");
            }
        }
    }
    let first = fs::read(folder.join("wasm-host.1")).unwrap();
    assert_eq!(run(["man"]).stdout, first);
}

#[test]
fn pages_of_before_are_replaced() {
    let tree = Tree::empty();
    tree.file("wasm-host-new.1", "x".repeat(100_000));
    write_pages(&tree.path(""));
    let page = fs::read_to_string(tree.path("wasm-host-new.1")).unwrap();
    assert!(page.contains(".SH NAME") && !page.contains("xxx"), "{page}");
}

#[test]
fn groff_renders_each_page_without_a_warning() {
    if !available("groff") {
        return;
    }
    let tree = Tree::empty();
    let folder = tree.path("");
    for page in write_pages(&folder) {
        let mut groff = Command::new("groff");
        // As man-db calls it, but with every warning, and without colours.
        groff.args(["-ww", "-K", "utf8", "-t", "-man", "-Tutf8", "-P", "-cbou"]);
        let output = tools::run(groff.arg(folder.join(&page)));
        assert!(output.status.success(), "{page}");
        assert_eq!(stderr(&output), "", "{page}");
        let text = String::from_utf8(output.stdout).unwrap();
        let name = page.strip_suffix(".1").unwrap();
        // "User Commands", whose end a long name leaves no room for.
        for part in ["NAME", "SYNOPSIS", "DESCRIPTION", "User Command", name] {
            assert!(text.contains(part), "{part} isn't in {page}:\n{text}");
        }
        let last = text.trim_end().lines().last().unwrap();
        let version = concat!("wasm-host ", env!("CARGO_PKG_VERSION"));
        assert!(last.starts_with(version), "{page}: {last}");
    }
}

/// One line that says where, what is wrong with it, and what to do.
#[track_caller]
fn refused(output: &Output, folder: &Path) {
    let message = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(output.stdout.is_empty());
    let beginning = format!("error: cannot write {}", folder.display());
    assert!(message.starts_with(&beginning), "{message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    assert!(
        message.contains("; give a folder that is there"),
        "{message}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let tree = Tree::empty();
    tree.file("file", "");
    for name in ["absent", "file"] {
        let folder = tree.path(name);
        refused(&run([Path::new("man"), &folder]), &folder);
    }
    assert!(!tree.path("absent").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let Some(mut command) = bound_by_permissions() else {
        return;
    };
    let tree = Tree::empty();
    let folder = tree.path("folder");
    tree.directory("folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    refused(&tools::run(command.arg("man").arg(&folder)), &folder);
}

#[test]
fn what_cannot_be_printed_is_an_error_unless_its_reader_has_left() {
    for args in [&["man"][..], &["completions", "bash"]] {
        let mut command = Command::new(BINARY);
        command
            .args(args)
            .stdout(File::create("/dev/full").unwrap());
        let output = tools::run(command.stderr(Stdio::piped()));
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {message}");
        let said = message.strip_prefix("error: cannot write to standard output: ");
        assert_eq!(said.unwrap().lines().count(), 1, "{args:?}: {message}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = tools::run(command.stdout(writer));
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{args:?}");
    }
}
