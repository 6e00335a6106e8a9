//! An option as files and the environment have it, by clap's definition of it.

use super::place::Place;
use clap::error::ContextKind;
use clap::{Arg, ArgAction, Command, ValueHint};
use std::any::TypeId;
use std::time::Duration;

/// The option that names the file.
pub(super) const CONFIG: &str = "config";

/// The option that is for the command line alone, beside that.
pub(super) const PRINT_CONFIG: &str = "print_config";

/// What the name of each variable begins with.
pub(super) const PREFIX: &str = "WASM_HOST_";

/// Options whose values are secrets, by their names in the code: hashes of passwords, and
/// what is handed on to handlers and scripts, which is often one.
const SECRETS: &[&str] = &["auth", "environment", "arguments", "cgi_env"];

/// Options whose values name a Unix socket after `unix:`.
const SOCKETS: &[&str] = &["bind", "admin"];

/// Options whose values are `HOST[::GUEST][:rw]`.
const GRANTS: &[&str] = &["directories"];

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is given or not.
    Flag,
    /// Digits.
    Number,
    /// A number of seconds, or text with a unit.
    Time,
    Text,
}

/// An option of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a>(pub(super) &'a Arg);

impl<'a> Known<'a> {
    /// All of a command that may be given elsewhere than on its command line.
    pub(super) fn all(command: &'a Command) -> impl Iterator<Item = Known<'a>> {
        let own = |arg: &&Arg| ![CONFIG, PRINT_CONFIG].contains(&arg.get_id().as_str());
        command.get_arguments().filter(own).map(Known)
    }

    /// Its name in the code.
    pub(super) fn id(self) -> &'a str {
        self.0.get_id().as_str()
    }

    /// Its name in a file.
    pub(super) fn name(self) -> String {
        match self.0.get_long() {
            Some(long) => long.to_owned(),
            None => self.id().replace('_', "-"),
        }
    }

    /// Its name in the environment.
    pub(super) fn variable(self) -> String {
        format!("{PREFIX}{}", self.name().replace('-', "_").to_uppercase())
    }

    pub(super) fn kind(self) -> Kind {
        let numbers = [
            TypeId::of::<u16>(),
            TypeId::of::<u32>(),
            TypeId::of::<u64>(),
        ];
        let of_values = self.0.get_value_parser().type_id();
        match self.0.get_action() {
            ArgAction::SetTrue => Kind::Flag,
            _ if numbers.iter().any(|number| of_values == *number) => Kind::Number,
            _ if of_values == TypeId::of::<Duration>() => Kind::Time,
            _ => Kind::Text,
        }
    }

    /// Whether there may be several.
    pub(super) fn is_list(self) -> bool {
        matches!(self.0.get_action(), ArgAction::Append)
    }

    pub(super) fn place(self) -> Place {
        match self.0.get_value_hint() {
            _ if SOCKETS.contains(&self.id()) => Place::Socket,
            _ if GRANTS.contains(&self.id()) => Place::Grant,
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => Place::Path,
            _ => Place::None,
        }
    }

    /// Whether nobody is to see its values.
    pub(super) fn is_secret(self) -> bool {
        SECRETS.contains(&self.id())
    }
}

/// Whether a command's options may be given in a file and in the environment.
pub(super) fn has_settings(command: &Command) -> bool {
    command.get_arguments().any(|arg| arg.get_id() == CONFIG)
}

/// Whether what clap calls an argument, such as `--auth <USER:HASH>`, has values that
/// nobody is to see.
pub(crate) fn is_secret(command: &Command, shown: &str) -> bool {
    let mut commands = command.get_subcommands().filter(|it| has_settings(it));
    let name = shown.split([' ', '=']).next().unwrap_or_default();
    let name = name.strip_prefix("--");
    name.is_some_and(|name| {
        commands.any(|it| Known::all(it).any(|known| known.is_secret() && known.name() == name))
    })
}

/// The name of the option that a misspelt one is likely to mean.
pub(super) fn nearest(command: &Command, misspelt: &str) -> Option<String> {
    let dashed = misspelt.to_lowercase().replace('_', "-");
    if let Some(same) = Known::all(command).find(|known| known.name() == dashed) {
        return Some(same.name());
    }
    // clap knows which are close. What has no name on the command line has one here.
    let named = command.clone().mut_args(|arg| match arg.is_positional() {
        true => {
            let name = arg.get_id().clone();
            arg.long(name)
        }
        false => arg,
    });
    let asked = named.no_binary_name(true);
    let error = asked.try_get_matches_from([format!("--{dashed}")]).err()?;
    let suggested = error.get(ContextKind::SuggestedArg)?;
    let suggested = suggested.to_string();
    let name = suggested.trim_start_matches('-');
    let known = Known::all(command).find(|known| known.name() == name)?;
    Some(known.name())
}
