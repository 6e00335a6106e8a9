//! The log, in one of four formats, and which stream has which part of it.
//!
//! | format | requests | what else there is to say |
//! |---|---|---|
//! | python, json | standard error, or the file | the same |
//! | common, combined | standard error, or the file | standard output, or standard error if there is a file |
//!
//! Programs that analyse `common` and `combined` take every line for a request.

use crate::log_output::LogFile;
use clap::ValueEnum;
use jiff::Zoned;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};
use wasm_host_server::{ACCESS_TARGET, HANDLER_TARGET};

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// As http.server's.
    Python,
    /// Apache's Common Log Format.
    Common,
    /// Common, with Referer and User-Agent.
    Combined,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// Whether answered requests come as entries, rather than as lines that
    /// the handler has formatted.
    pub(super) fn takes_entries(self) -> bool {
        self != Self::Python
    }
}

/// Writes what is left of the log when it is dropped.
pub(super) type Guards = Vec<WorkerGuard>;

/// Begins to log. A thread for each stream writes the lines, so that a slow terminal
/// doesn't hold up a connection.
pub(super) fn install(format: LogFormat, level: Level, file: Option<&LogFile>) -> Guards {
    // Not what libraries have to say, wasmtime above all.
    let ours = Targets::new().with_target("wasm_host", level);
    let log = || match file {
        Some(file) => writer(file.clone()),
        None => writer(io::stderr()),
    };
    let (layers, guards) = match format {
        LogFormat::Python | LogFormat::Json => {
            let (log, guard) = log();
            (vec![layer(log, format, ours)], vec![guard])
        }
        LogFormat::Common | LogFormat::Combined => {
            let (requests, guard) = log();
            let (messages, messages_guard) = match file {
                Some(_) => writer(io::stderr()),
                // Whoever has read from it which port it is may read no more.
                None => NonBlockingBuilder::default()
                    .lossy(true)
                    .finish(io::stdout()),
            };
            let only_requests = Targets::new().with_target(ACCESS_TARGET, level);
            let others = ours.with_target(ACCESS_TARGET, LevelFilter::OFF);
            let layers = vec![
                layer(requests, format, only_requests),
                layer(messages, LogFormat::Python, others),
            ];
            (layers, vec![guard, messages_guard])
        }
    };
    // It fails only where another was installed before.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    guards
}

/// A writer that loses nothing.
fn writer(stream: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().lossy(false).finish(stream)
}

fn layer(
    writer: NonBlocking,
    format: LogFormat,
    filter: Targets,
) -> Box<dyn Layer<Registry> + Send + Sync> {
    tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .event_format(format)
        .with_filter(filter)
        .boxed()
}

impl<S, N> FormatEvent<S, N> for LogFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let now = Zoned::now();
        match (self, event.metadata().target()) {
            (Self::Json, target) => {
                let level = *event.metadata().level();
                writeln!(
                    writer,
                    "{}",
                    fields.json(&now, level, target == ACCESS_TARGET)
                )
            }
            (Self::Common, ACCESS_TARGET) => writeln!(writer, "{}", fields.common(&now)),
            (Self::Combined, ACCESS_TARGET) => writeln!(
                writer,
                "{} {} {}",
                fields.common(&now),
                as_bytes(&fields.text("referer")),
                as_bytes(&fields.text("user_agent"))
            ),
            (Self::Python, ACCESS_TARGET) => writeln!(
                writer,
                "{} - - [{}] {} {} -",
                fields.text("client"),
                now.strftime("%d/%b/%Y %H:%M:%S"),
                quoted(&fields.text("request")),
                fields.text("status")
            ),
            // The handler has formatted the whole line.
            (_, HANDLER_TARGET) => writeln!(writer, "{}", fields.text("message")),
            _ => writeln!(
                writer,
                "{} - - [{}] {}",
                fields.text("client"),
                now.strftime("%d/%b/%Y %H:%M:%S"),
                fields.text("message")
            ),
        }
    }
}

/// An event's fields, by name.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    /// A field as text, or `-` for none, as logs have it.
    fn text(&self, name: &str) -> Cow<'_, str> {
        match self.0.get(name) {
            None => Cow::Borrowed("-"),
            Some(Value::String(text)) => Cow::Borrowed(text),
            Some(other) => Cow::Owned(other.to_string()),
        }
    }

    fn common(&self, now: &Zoned) -> String {
        format!(
            "{} - {} [{}] {} {} {}",
            self.text("client"),
            as_bytes(&self.text("user")).trim_matches('"'),
            now.strftime("%d/%b/%Y:%H:%M:%S %z"),
            as_bytes(&self.text("request")),
            self.text("status"),
            self.text("size")
        )
    }

    fn json(mut self, now: &Zoned, level: Level, access: bool) -> Value {
        let time = now.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string();
        self.0.insert("time".to_owned(), json!(time));
        if access {
            // An access entry speaks for itself.
            self.0.remove("message");
        } else {
            let level = level.as_str().to_ascii_lowercase();
            self.0.insert("level".to_owned(), json!(level));
        }
        Value::Object(self.0)
    }
}

/// In quotes, with those inside escaped as Apache does.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// In quotes, with every byte that isn't printable ASCII as `\xhh`, as Apache and nginx
/// have it. `text` has a character for each byte that the client sent (Latin-1), with
/// controls escaped already; characters beyond are a handler's own, in UTF-8.
fn as_bytes(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for (at, character) in text.char_indices() {
        // Writing to a String can't fail.
        let _ = match character {
            '"' => quoted.write_str("\\\""),
            '\\' if is_escape(&text[at..]) => quoted.write_char(character),
            '\\' => quoted.write_str("\\\\"),
            ' '..='~' => quoted.write_char(character),
            '\0'..='\u{ff}' => write!(quoted, "\\x{:02x}", u32::from(character)),
            _ => character
                .encode_utf8(&mut [0; 4])
                .bytes()
                .try_for_each(|byte| write!(quoted, "\\x{byte:02x}")),
        };
    }
    quoted.push('"');
    quoted
}

/// Whether a control was escaped here: `\x1b`.
fn is_escape(text: &str) -> bool {
    let digits = text.strip_prefix("\\x").and_then(|rest| rest.get(..2));
    digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0
            .insert(field.name().to_owned(), json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::as_bytes;

    #[test]
    fn what_is_not_printable_ascii_is_told_by_its_bytes() {
        for (text, quoted) in [
            ("GET / HTTP/1.1", r#""GET / HTTP/1.1""#),
            ("a \"b\"", r#""a \"b\"""#),
            // The two bytes of an e with an accent, as Latin-1 has them.
            ("\u{c3}\u{a9}", r#""\xc3\xa9""#),
            ("\u{ff}", r#""\xff""#),
            ("\u{20ac}", r#""\xe2\x82\xac""#),
            (r"\x1b[31m", r#""\x1b[31m""#),
            (r"C:\dir", r#""C:\\dir""#),
        ] {
            assert_eq!(as_bytes(text), quoted, "{text}");
        }
    }
}
