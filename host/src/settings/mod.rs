//! Options that are given in a file (`--config`) or by environment variables, beside
//! those that are typed.
//!
//! 1. `option` says of each option of a command, by clap's own definition of it, how it
//!    is named and written in the two other places. So none is ever missing there.
//! 2. `typed` finds out which are on the command line, whose word is the last.
//! 3. `file` and `environment` read the others. The environment goes before the file.
//! 4. `value` has clap check each by itself, so that what is wrong is said with its place.
//! 5. `arguments` puts them in front of what was typed, and has clap parse it all: what
//!    requires and excludes what is the same, wherever it was given.
//! 6. `effective` tells what came of it: `--print-config`, and `/config` of `--admin`.
//!
//! Only commands with the options of [`SettingArgs`] have any of this: the processes that
//! `wasm-host` starts itself read neither a file nor the environment again.

mod arguments;
mod effective;
mod environment;
mod file;
mod option;
mod origin;
mod place;
mod setting;
mod typed;
mod value;

pub(crate) use effective::{Effective, Exposed};
pub(crate) use option::is_secret;
pub(crate) use setting::{Error, Problem};

use clap::{ArgMatches, Args, Command};
use option::CONFIG;
use setting::Setting;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where else options are given.
#[derive(Debug, Args)]
pub(super) struct SettingArgs {
    /// File of options, in TOML: each by its name without the dashes, as in
    /// `max-connections = 100`, and PORT as port; paths in it are relative to its folder.
    /// An environment variable such as WASM_HOST_MAX_CONNECTIONS goes before it, and the
    /// command line before both [default: none].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print the options as they are in effect, as such a file that says where each was
    /// given, and start nothing. Passwords' hashes and variables' values aren't printed
    /// [default: start].
    #[arg(long)]
    pub(super) print_config: bool,
}

/// What was given, and where.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// Of the whole command line.
    pub(crate) matches: ArgMatches,
    /// How the options are in effect: nothing of a command that has no `--config`.
    pub(crate) effective: Effective,
}

/// Parses what was typed, the program's name first, together with what is given elsewhere.
///
/// # Errors
///
/// Something is wrong with it, or its help is asked for.
pub(crate) fn parse(
    command: &Command,
    args: Vec<OsString>,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Parsed, Error> {
    let found = args.get(1).and_then(|name| name.to_str());
    let found = found.and_then(|name| command.find_subcommand(name));
    let found = found.filter(|found| option::has_settings(found));
    let typed = found.and_then(|found| typed::matches(found, &args[2..]));
    let (Some(found), Some(typed)) = (found, typed) else {
        // What can't be read is explained in clap's own words.
        let matches = command.clone().try_get_matches_from(args);
        return Ok(Parsed {
            matches: matches.map_err(Error::Typed)?,
            effective: Effective::default(),
        });
    };
    let environment = environment::read(command, found, variables).map_err(Error::Elsewhere)?;
    let config = typed.get_raw(CONFIG).and_then(|mut given| given.next());
    let config = config.map(ToOwned::to_owned).or(environment.config);
    let config = config.map(PathBuf::from);
    let file = match &config {
        Some(path) => file::read(path, command, found).map_err(Error::Elsewhere)?,
        None => Vec::new(),
    };
    let settings = in_effect(&typed, environment.settings, file);
    let matches = arguments::parse(command, &args, &settings)?;
    let of_command = matches.subcommand_matches(found.get_name());
    let effective = of_command.map(|matches| {
        let options = effective::Options {
            command: found,
            matches,
            settings: &settings,
        };
        Effective::new(&options, config, environment.warnings)
    });
    Ok(Parsed {
        effective: effective.unwrap_or_default(),
        matches,
    })
}

/// The settings that nothing goes before.
fn in_effect(typed: &ArgMatches, environment: Vec<Setting>, file: Vec<Setting>) -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for setting in environment.into_iter().chain(file) {
        let is_given = typed::is_typed(typed, &setting.id)
            || settings.iter().any(|before| before.id == setting.id);
        if !is_given {
            settings.push(setting);
        }
    }
    settings
}
