//! The options as they are in effect, and where each was given: as a file, and as JSON.

use super::option::{Kind, Known};
use super::origin::Origin;
use super::setting::Setting;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use serde_json::{Map, json};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What the options are read from.
pub(super) struct Options<'a> {
    pub(super) command: &'a Command,
    pub(super) matches: &'a ArgMatches,
    pub(super) settings: &'a [Setting],
}

/// The options as they are in effect.
#[derive(Debug, Default)]
pub(crate) struct Effective {
    command: String,
    /// The file, as it was given.
    config: Option<PathBuf>,
    options: Vec<Effect>,
    warnings: Vec<String>,
}

/// An option.
#[derive(Debug)]
struct Effect {
    name: String,
    value: Shown,
    origin: Origin,
}

/// A value as others may see it.
#[derive(Debug)]
enum Shown {
    /// JSON that is TOML as well.
    Value(serde_json::Value),
    /// So many values that nobody is to see.
    Secret(usize),
    /// It can't be written in either.
    NotText,
    /// There is none; what that means, as the help has it.
    Unset(String),
}

impl Effective {
    pub(super) fn new(
        options: &Options<'_>,
        config: Option<PathBuf>,
        warnings: Vec<String>,
    ) -> Self {
        let known = Known::all(options.command);
        Self {
            command: options.command.get_name().to_owned(),
            config,
            options: known.map(|known| options.effect(known)).collect(),
            warnings,
        }
    }

    /// Warns of variables that look like options.
    pub(crate) fn warn(&self) {
        for warning in &self.warnings {
            tracing::warn!("{warning}");
        }
    }

    /// As a file for `--config`, which says of each option where it was given. Those that
    /// weren't given are comments, as some that are have no effect without others.
    pub(crate) fn file(&self) -> String {
        let mut text = format!("# wasm-host {} --config FILE\n", self.command);
        for Effect {
            name,
            value,
            origin,
        } in &self.options
        {
            // What is written to a string is never refused.
            let _ = match value {
                Shown::Value(value) => {
                    let given = if *origin == Origin::Default { "# " } else { "" };
                    writeln!(text, "{given}{name} = {} # {origin}", toml(value))
                }
                Shown::Secret(count) => writeln!(text, "# {name}: {count} not shown # {origin}"),
                Shown::NotText => writeln!(text, "# {name}: not UTF-8 # {origin}"),
                Shown::Unset(meaning) => writeln!(text, "# {name}: {meaning} # {origin}"),
            };
        }
        text
    }

    /// As JSON, an object.
    pub(crate) fn json(&self) -> String {
        let options = self.options.iter().map(|effect| {
            let from = effect.origin.to_string();
            let value = match &effect.value {
                Shown::Value(value) => json!({ "value": value, "from": from }),
                Shown::Secret(count) => json!({ "hidden": count, "from": from }),
                Shown::NotText => json!({ "hidden": 1, "from": from }),
                Shown::Unset(_) => json!({ "value": null, "from": from }),
            };
            (effect.name.clone(), value)
        });
        let options: Map<_, _> = options.collect();
        let config = self.config.as_deref().map(Path::to_string_lossy);
        let all = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "command": self.command,
            "config": config,
            "options": options,
        });
        format!("{all:#}\n")
    }

    /// Where those options were given that a text names and that weren't typed, as in
    /// ` (--memory: site.toml:3)`; nothing, if there are none.
    pub(crate) fn places_in(&self, text: &str) -> String {
        let is_end = |rest: &str| {
            let next = rest.chars().next();
            !next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '-')
        };
        let names = |option: &&Effect| {
            let typed = format!("--{}", option.name);
            let mut found = text.match_indices(&typed);
            let elsewhere = matches!(option.origin, Origin::Variable(_) | Origin::File { .. });
            elsewhere && found.any(|(at, _)| is_end(&text[at + typed.len()..]))
        };
        let places = self.options.iter().filter(names);
        let places: Vec<_> = places
            .map(|it| format!("--{}: {}", it.name, it.origin))
            .collect();
        match places.is_empty() {
            true => String::new(),
            false => format!(" ({})", places.join(", ")),
        }
    }

    /// The file of options, if it lies beneath `directory` and has secrets in it.
    pub(crate) fn exposed_by(&self, directory: &Path) -> Option<Exposed<'_>> {
        let config = self.config.as_deref()?;
        let inside = config.canonicalize().ok()?;
        let is_inside = inside.starts_with(directory.canonicalize().ok()?);
        let is_secret = |effect: &Effect| {
            let from_file = matches!(effect.origin, Origin::File { .. });
            from_file && matches!(effect.value, Shown::Secret(_))
        };
        is_inside.then(|| match self.options.iter().find(|it| is_secret(it)) {
            Some(effect) => Exposed::Secret(config, &effect.name),
            None => Exposed::Options(config),
        })
    }
}

/// What whoever asks for the file of options would read.
#[derive(Debug)]
pub(crate) enum Exposed<'a> {
    /// The file, and the option in it that nobody is to see.
    Secret(&'a Path, &'a str),
    /// The file, which says nothing that has to be kept.
    Options(&'a Path),
}

impl Options<'_> {
    fn effect(&self, known: Known<'_>) -> Effect {
        Effect {
            name: known.name(),
            value: self.shown(known),
            origin: self.origin(known),
        }
    }

    fn origin(&self, known: Known<'_>) -> Origin {
        if let Some(setting) = self.settings.iter().find(|it| it.id == known.id()) {
            return setting.origin.clone();
        }
        match self.matches.value_source(known.id()) {
            Some(ValueSource::CommandLine) => Origin::CommandLine,
            _ => Origin::Default,
        }
    }

    fn shown(&self, known: Known<'_>) -> Shown {
        if known.kind() == Kind::Flag {
            return Shown::Value(self.matches.get_flag(known.id()).into());
        }
        let values = self.matches.get_raw(known.id());
        let values: Vec<_> = values.into_iter().flatten().collect();
        if values.is_empty() {
            return Shown::Unset(meaning(known));
        }
        if known.is_secret() {
            return Shown::Secret(values.len());
        }
        let values = values.into_iter().map(|value| shown(known, value));
        let values: Option<Vec<_>> = values.collect();
        match (values, known.is_list()) {
            (None, _) => Shown::NotText,
            (Some(mut values), false) => values.pop().map_or(Shown::NotText, Shown::Value),
            (Some(values), true) => Shown::Value(values.into()),
        }
    }
}

/// A value that means the same wherever the file of options is.
fn shown(known: Known<'_>, value: &OsStr) -> Option<serde_json::Value> {
    let folder = std::env::current_dir().unwrap_or_default();
    let value = known.place().based(&folder, value).into_string().ok()?;
    let number = value.parse::<u64>().ok();
    match number.filter(|number| number.to_string() == value && known.kind() == Kind::Number) {
        Some(number) => Some(number.into()),
        None => Some(value.into()),
    }
}

/// What the help says that it means not to give an option.
fn meaning(known: Known<'_>) -> String {
    let help = known.0.get_long_help().or_else(|| known.0.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let meaning = help
        .rsplit_once("[default: ")
        .and_then(|(_, end)| end.split_once(']'));
    let meaning = meaning.map_or("not given", |(meaning, _)| meaning);
    meaning.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// JSON's texts, numbers, lists, true and false are TOML's, but for a sign that JSON has as
/// it is, and TOML doesn't.
fn toml(value: &serde_json::Value) -> String {
    value.to_string().replace('\u{7f}', "\\u007F")
}
