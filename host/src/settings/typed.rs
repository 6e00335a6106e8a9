//! Which options are on the command line.

use super::option::{Kind, Known};
use clap::builder::OsStringValueParser;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use std::ffi::OsString;

/// What was typed after a command's name, of which nothing is checked. None if the help is
/// asked for.
pub(super) fn matches(command: &Command, args: &[OsString]) -> Option<ArgMatches> {
    let unchecked = command.clone().mut_args(|arg| match Known(&arg).kind() {
        Kind::Flag => arg,
        _ => arg.value_parser(OsStringValueParser::new()),
    });
    let unchecked = unchecked.no_binary_name(true).ignore_errors(true);
    unchecked.try_get_matches_from(args).ok()
}

/// Whether an option was typed, by its name in the code.
pub(super) fn is_typed(typed: &ArgMatches, id: &str) -> bool {
    typed.value_source(id) == Some(ValueSource::CommandLine)
}
