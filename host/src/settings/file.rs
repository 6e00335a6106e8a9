//! `--config`: a file of options, in TOML.

use super::option::{CONFIG, Kind, Known, PRINT_CONFIG, has_settings, nearest};
use super::origin::Origin;
use super::setting::{Problem, Setting};
use super::value::{self, Value};
use clap::Command;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The most bytes of a file.
const MOST: u64 = 1 << 20;

/// Reads the settings of `found`, one of the program's commands.
///
/// # Errors
///
/// The file can't be read, or has something in it that is wrong: the first in it.
pub(super) fn read(
    path: &Path,
    program: &Command,
    found: &Command,
) -> Result<Vec<Setting>, Problem> {
    let text = content(path)?;
    let file = Reader {
        path,
        folder: folder(path),
        text: &text,
        program,
        found,
    };
    let table = DeTable::parse(&text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        let what = format!(
            "{}; write a line for each option, such as cors = true, memory = 64 or directory = \"site\"",
            error.message().trim()
        );
        file.problem(&at, &what)
    })?;
    // In the file's order, so that the first mistake is told.
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let settings = entries.into_iter();
    settings
        .map(|(key, value)| file.setting(key.span(), key.get_ref(), value))
        .collect()
}

fn content(path: &Path) -> Result<String, Problem> {
    let shown = path.display();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(Problem(format!(
            "cannot read the file of --config, {shown}: {error}; give a file that this user may read"
        )));
    }
    if bytes.len() as u64 > MOST {
        return Err(Problem(format!(
            "{shown}: it has more than {MOST} bytes; give a file of options with --config"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Problem(format!("{shown}:{line}: this isn't UTF-8; save it as that"))
    })?;
    Ok(text)
}

/// What relative paths in a file are relative to.
fn folder(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.parent().unwrap_or(Path::new("/")).to_owned()
}

/// A file that is read.
struct Reader<'a> {
    path: &'a Path,
    folder: PathBuf,
    text: &'a str,
    program: &'a Command,
    found: &'a Command,
}

impl Reader<'_> {
    fn setting(
        &self,
        at: Range<usize>,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Setting, Problem> {
        let Some(known) = Known::all(self.found).find(|known| known.name() == key) else {
            return Err(self.problem(&at, &self.unknown(key, value.get_ref())));
        };
        let value = self.value(known, value)?;
        let origin = Origin::File {
            path: self.path.to_owned(),
            line: self.line(at.start),
        };
        Ok(Setting {
            id: known.id().to_owned(),
            name: known.name(),
            value,
            origin,
        })
    }

    fn value(&self, known: Known<'_>, value: &Spanned<DeValue<'_>>) -> Result<Value, Problem> {
        if known.kind() == Kind::Flag {
            return match value.get_ref() {
                DeValue::Boolean(given) => Ok(Value::Flag(*given)),
                _ => Err(self.unfit(known, value)),
            };
        }
        match value.get_ref() {
            DeValue::Array(values) if known.is_list() => {
                let texts = values.iter().map(|value| self.text_of(known, value));
                Ok(Value::Texts(texts.collect::<Result<_, _>>()?))
            }
            _ => Ok(Value::Texts(vec![self.text_of(known, value)?])),
        }
    }

    /// One value as the command line would have it.
    fn text_of(&self, known: Known<'_>, value: &Spanned<DeValue<'_>>) -> Result<OsString, Problem> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(_) | DeValue::Float(_) if known.kind() != Kind::Text => {
                &self.text[value.span()]
            }
            _ => return Err(self.unfit(known, value)),
        };
        // As TOML allows in its numbers.
        let is_text = matches!(value.get_ref(), DeValue::String(_));
        let text = match is_text {
            true => text.to_owned(),
            false => text.replace('_', ""),
        };
        if text.contains('\0') {
            return Err(self.problem(
                &value.span(),
                &format!("{}: no option has a zero byte in it", known.name()),
            ));
        }
        let text = known.place().based(&self.folder, OsStr::new(&text));
        value::check(self.found, known, &text).map_err(|wanted| {
            let given = match known.is_secret() {
                true => known.name(),
                false => format!("{} = {}", known.name(), one_line(&self.text[value.span()])),
            };
            self.problem(&value.span(), &format!("{given}: {wanted}"))
        })?;
        Ok(text)
    }

    /// It is of a type that the option doesn't take.
    fn unfit(&self, known: Known<'_>, value: &Spanned<DeValue<'_>>) -> Problem {
        let what = format!(
            "{} is {}; {}",
            known.name(),
            type_of(value.get_ref()),
            value::wanted(known)
        );
        self.problem(&value.span(), &what)
    }

    fn unknown(&self, key: &str, value: &DeValue<'_>) -> String {
        let shown = one_line(key);
        if [CONFIG, &PRINT_CONFIG.replace('_', "-")].contains(&key) {
            return format!("{shown} is for the command line alone; leave it out here");
        }
        let command = self.found.get_name();
        if matches!(value, DeValue::Table(_)) {
            return format!(
                "{shown} is a table, and there are none; write each option by its name, in front of all tables, as in max-connections = 100"
            );
        }
        let mut others = self.program.get_subcommands().filter(|it| has_settings(it));
        if let Some(other) = others.find(|other| Known::all(other).any(|known| known.name() == key))
        {
            return format!(
                "{shown} is an option of `wasm-host {}`, and not of `wasm-host {command}`; leave it out here",
                other.get_name()
            );
        }
        match nearest(self.found, key) {
            Some(name) => format!("there is no option {shown}; did you mean {name}?"),
            None => format!(
                "there is no option {shown}; `wasm-host {command} --help` names those that there are"
            ),
        }
    }

    fn problem(&self, at: &Range<usize>, what: &str) -> Problem {
        let origin = Origin::File {
            path: self.path.to_owned(),
            line: self.line(at.start),
        };
        Problem(format!("{origin}: {}", one_line(what)))
    }

    fn line(&self, at: usize) -> usize {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        before.matches('\n').count() + 1
    }
}

/// A text without what would begin another line, or steer a terminal.
fn one_line(text: &str) -> String {
    let text = text.trim().replace('\n', " ");
    text.replace(|letter: char| letter.is_control(), "\u{fffd}")
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
