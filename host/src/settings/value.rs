//! A value that is given elsewhere than on the command line, and whether it can be one.

use super::option::{Kind, Known};
use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;
use std::ffi::{OsStr, OsString};

/// What is given for an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Flag(bool),
    /// One text, or all of an option that may be given several times.
    Texts(Vec<OsString>),
}

impl Value {
    /// As arguments of a command line.
    pub(super) fn arguments(&self, known: Known<'_>) -> Vec<OsString> {
        match self {
            Self::Flag(true) => vec![format!("--{}", known.name()).into()],
            Self::Flag(false) => Vec::new(),
            Self::Texts(texts) => texts.iter().map(|text| argument(known, text)).collect(),
        }
    }
}

/// One argument, in which no value is taken for an option.
fn argument(known: Known<'_>, text: &OsStr) -> OsString {
    let Some(long) = known.0.get_long() else {
        return text.to_owned();
    };
    let mut argument = OsString::from(format!("--{long}="));
    argument.push(text);
    argument
}

/// Checks one value of an option of `command` as one that is typed is checked.
///
/// # Errors
///
/// What to give instead.
pub(super) fn check(command: &Command, known: Known<'_>, text: &OsStr) -> Result<(), String> {
    // What begins with a dash would be an option in a place that has no name.
    let args = match known.0.get_long() {
        Some(_) => vec![argument(known, text)],
        None => vec!["--".into(), text.to_owned()],
    };
    let command = command.clone().no_binary_name(true);
    match command.try_get_matches_from(args) {
        Err(error) if !is_of_others(&error) => Err(explained(&error)),
        _ => Ok(()),
    }
}

/// Whether it is about what an option requires or excludes.
fn is_of_others(error: &clap::Error) -> bool {
    use ErrorKind::{ArgumentConflict, MissingRequiredArgument};
    matches!(error.kind(), ArgumentConflict | MissingRequiredArgument)
}

/// The part of clap's words that says what would do, as one line.
fn explained(error: &clap::Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string().replace('\n', " ");
    }
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue) {
        return format!("give one of {}", values.join(", "));
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// What an option takes, for who gave something else.
pub(super) fn wanted(known: Known<'_>) -> &'static str {
    match (known.kind(), known.is_list()) {
        (Kind::Flag, _) => "give true or false",
        (Kind::Number, _) => "give a number",
        (Kind::Time, _) => "give a number of seconds, or a text such as \"500ms\" or \"30s\"",
        (Kind::Text, false) => "give a text in quotes",
        (Kind::Text, true) => "give a text in quotes, or several, such as [\"a\", \"b\"]",
    }
}
