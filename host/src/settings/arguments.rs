//! Settings as arguments, and what they can't be together with.

use super::option::Known;
use super::setting::{Error, Problem, Setting};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};
use std::ffi::OsString;

/// Parses settings and what was typed, which begins with the names of the program and of
/// its command.
///
/// # Errors
///
/// Something requires or excludes something else.
pub(super) fn parse(
    program: &Command,
    args: &[OsString],
    settings: &[Setting],
) -> Result<ArgMatches, Error> {
    let with = |settings: &[&Setting]| {
        let all = together(program, args, settings);
        program.clone().try_get_matches_from(all)
    };
    let all: Vec<_> = settings.iter().collect();
    with(&all).map_err(|error| {
        // The one without which that wouldn't be wrong.
        let is_it = |culprit: &&Setting| {
            let others = settings.iter().filter(|other| other.id != culprit.id);
            let others: Vec<_> = others.collect();
            !with(&others).is_err_and(|other| is_same(&other, &error))
        };
        match settings.iter().find(is_it) {
            Some(culprit) => Error::Elsewhere(problem(&error, culprit, settings)),
            None => Error::Typed(error),
        }
    })
}

/// The settings in front of what was typed.
fn together(program: &Command, args: &[OsString], settings: &[&Setting]) -> Vec<OsString> {
    let command = args[1]
        .to_str()
        .and_then(|name| program.find_subcommand(name));
    let known = |setting: &Setting| {
        let mut options = command.into_iter().flat_map(Known::all);
        options.find(|known| known.id() == setting.id)
    };
    let arguments = settings.iter().flat_map(|setting| {
        let known = known(setting);
        known
            .map(|known| setting.value.arguments(known))
            .unwrap_or_default()
    });
    let mut all = args[..2].to_vec();
    all.extend(arguments);
    all.extend_from_slice(&args[2..]);
    all
}

fn is_same(one: &clap::Error, other: &clap::Error) -> bool {
    let what = |error: &clap::Error| names(error, ContextKind::InvalidArg);
    one.kind() == other.kind() && what(one) == what(other)
}

fn problem(error: &clap::Error, culprit: &Setting, settings: &[Setting]) -> Problem {
    let Setting { name, origin, .. } = culprit;
    let what = match error.kind() {
        ErrorKind::ArgumentConflict => {
            let both = [ContextKind::InvalidArg, ContextKind::PriorArg];
            let both = both.iter().flat_map(|&kind| names(error, kind));
            let own = format!("--{name}");
            let other = both.map(|shown| option_of(&shown).to_owned());
            let mut other = other.filter(|other| *other != own);
            let other = other.next().unwrap_or_else(|| "another option".to_owned());
            let place = settings.iter().find(|it| other == format!("--{}", it.name));
            let place = place.map(|it| format!(" ({})", it.origin));
            let place = place.unwrap_or_else(|| " (command line)".to_owned());
            format!("{name} can't be given together with {other}{place}; leave out one of the two")
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = names(error, ContextKind::InvalidArg);
            let missing: Vec<_> = missing.iter().map(|shown| choice(shown)).collect();
            let missing = missing.join(" and ");
            format!("{name} has no effect without {missing}; give that, too, or leave out {name}")
        }
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            format!("{name}: {}", line.trim_start_matches("error: "))
        }
    };
    Problem(format!("{origin}: {what}"))
}

/// `--tls-cert` of `--tls-cert <FILE>`.
fn option_of(shown: &str) -> &str {
    shown.split([' ', '=']).next().unwrap_or(shown)
}

/// `--a <FILE> or --b` of a group, which clap writes `<--a <FILE>|--b>`.
fn choice(shown: &str) -> String {
    let group = shown
        .strip_prefix("<--")
        .and_then(|shown| shown.strip_suffix('>'));
    match group {
        Some(group) => format!("--{}", group.replace('|', " or ")),
        None => shown.to_owned(),
    }
}

fn names(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(name)) => vec![name.clone()],
        Some(ContextValue::Strings(names)) => names.clone(),
        _ => Vec::new(),
    }
}
