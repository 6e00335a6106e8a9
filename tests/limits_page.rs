//! `host/LIMITS.md` beside the program and the tests that it names.

use crate::support::command_line::run;
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the page's tables.
struct Limit {
    option: Option<String>,
    default: String,
    tests: Vec<String>,
}

/// The folder of these tests.
fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

fn code_of(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

fn limits() -> Vec<Limit> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("LIMITS.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| cells[1] != "option")
        .map(|cells| Limit {
            option: code_of(cells[1]).next(),
            default: cells[2].to_owned(),
            tests: code_of(cells[5]).collect(),
        })
        .collect()
}

fn help() -> String {
    String::from_utf8(run(["serve", "--help"]).stdout).unwrap()
}

/// What the help says of an option.
fn of_option<'a>(help: &'a str, option: &str) -> &'a str {
    let (_, from) = help
        .split_once(&format!("      {option} <"))
        .unwrap_or_else(|| panic!("there is no {option}"));
    from.split("\n      -").next().unwrap()
}

#[test]
fn defaults_are_the_programs() {
    let help = help();
    for limit in limits() {
        let Some(option) = &limit.option else {
            continue;
        };
        let said = of_option(&help, option);
        let default = format!("[default: {}]", limit.default);
        let computed = limit.default.is_empty();
        assert!(computed || said.contains(&default), "{option}: {said}");
    }
}

#[test]
fn every_limit_is_on_the_page() {
    let help = help();
    let limits = limits();
    let (_, section) = help.split_once("\nLimits:").unwrap();
    let options = section
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--"));
    let names = options.filter_map(|line| line.split(' ').next());
    // What isn't a bound.
    let others = ["isolation", "instance-reuse", "threads"];
    for name in names.filter(|name| !others.contains(name)) {
        let option = Some(format!("--{name}"));
        let listed = limits.iter().any(|limit| limit.option == option);
        assert!(listed, "--{name} isn't in host/LIMITS.md");
    }
}

#[test]
fn the_tests_that_it_names_are_there() {
    for test in limits().iter().flat_map(|limit| &limit.tests) {
        let (module, name) = test.rsplit_once("::").unwrap();
        let file = tests().join(module.replace("::", "/")).with_extension("rs");
        let code = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let found = code.contains(&format!("#[test]\nfn {name}()"));
        assert!(found, "{test} isn't in {file:?}");
    }
}
