//! The log, in one of four formats, and which stream has which part of it.
//!
//! | format | requests | what else there is to say |
//! |---|---|---|
//! | python, json | standard error, or the file | the same |
//! | common, combined | standard error, or the file | standard output, or standard error if there is a file |
//!
//! Programs that analyse `common` and `combined` take every line for a request.

use crate::log_backlog::{Backlog, Guard};
use crate::log_output::{LogFile, Stream};
use crate::log_text::{self, as_bytes, for_json, plain, quoted};
use clap::ValueEnum;
use jiff::Zoned;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt;
use std::io;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
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

/// How the lines of one stream look.
#[derive(Debug, Clone, Copy)]
enum Style {
    /// The log in a format.
    Log(LogFormat),
    /// What there is to say besides requests, where those have a stream for
    /// themselves.
    Messages,
}

/// Writes what is left of the log when it is dropped.
pub(super) type Guards = Vec<Guard>;

/// Begins to log. A thread for each stream writes the lines, so that nobody waits for
/// whoever reads the log.
///
/// # Errors
///
/// There is no thread to be had.
pub(super) fn install(
    format: LogFormat,
    level: Level,
    file: Option<&LogFile>,
) -> io::Result<Guards> {
    // Not what libraries have to say, wasmtime above all.
    let ours = Targets::new().with_target("wasm_host", level);
    let stream = file.map_or(Stream::Error, |file| Stream::File(file.clone()));
    let (log, guard) = Backlog::start(stream, say_dropped)?;
    let (layers, guards) = match format {
        LogFormat::Python | LogFormat::Json => {
            (vec![layer(log, Style::Log(format), ours)], vec![guard])
        }
        LogFormat::Common | LogFormat::Combined => {
            let others_go_to = match file {
                Some(_) => Stream::Error,
                None => Stream::Output,
            };
            let (messages, messages_guard) = Backlog::start(others_go_to, say_dropped)?;
            let only_requests = Targets::new().with_target(ACCESS_TARGET, level);
            let others = ours.with_target(ACCESS_TARGET, LevelFilter::OFF);
            let layers = vec![
                layer(log, Style::Log(format), only_requests),
                layer(messages, Style::Messages, others),
            ];
            // The first may have something for the second to say.
            (layers, vec![guard, messages_guard])
        }
    };
    // It fails only where another was installed before.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    Ok(guards)
}

/// Begins to log for a program that reads it, in JSON and without requests, on standard
/// error.
///
/// # Errors
///
/// There is no thread to be had.
pub(super) fn install_for_program() -> io::Result<Guards> {
    let ours = Targets::new().with_target("wasm_host", Level::INFO);
    let messages = ours.with_target(ACCESS_TARGET, LevelFilter::OFF);
    let (log, guard) = Backlog::start(Stream::Error, say_dropped)?;
    let layers = vec![layer(log, Style::Log(LogFormat::Json), messages)];
    // It fails only where another was installed before.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    Ok(vec![guard])
}

/// Says so among the messages: a request's line can't.
fn say_dropped(lines: u64, why: &str) {
    let what = if lines == 1 { "line was" } else { "lines were" };
    tracing::error!("{lines} log {what} dropped: {why}");
}

fn layer(writer: Backlog, style: Style, filter: Targets) -> Box<dyn Layer<Registry> + Send + Sync> {
    tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .event_format(style)
        .with_filter(filter)
        .boxed()
}

impl<S, N> FormatEvent<S, N> for Style
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
        let target = event.metadata().target();
        match self {
            Self::Log(LogFormat::Json) => {
                let level = *event.metadata().level();
                let access = target == ACCESS_TARGET;
                writeln!(writer, "{}", fields.json(&now, level, access))
            }
            Self::Log(LogFormat::Combined) if target == ACCESS_TARGET => writeln!(
                writer,
                "{} {} {}",
                fields.common(&now),
                as_bytes(&fields.text("referer"), log_text::FIELD),
                as_bytes(&fields.text("user_agent"), log_text::FIELD)
            ),
            Self::Log(LogFormat::Common) if target == ACCESS_TARGET => {
                writeln!(writer, "{}", fields.common(&now))
            }
            Self::Log(_) if target == ACCESS_TARGET => {
                let request = quoted(&fields.text("request"), log_text::REQUEST);
                let status = fields.text("status");
                fields.write_line(&mut writer, &now, format_args!("{request} {status} -"))
            }
            // The handler has formatted the whole line.
            Self::Log(_) if target == HANDLER_TARGET => {
                let message = fields.text("message");
                writeln!(writer, "{}", plain(&message, log_text::MESSAGE))
            }
            Self::Messages if target == HANDLER_TARGET && fields.names_its_client() => {
                let message = fields.text("message");
                writeln!(writer, "{}", plain(&message, log_text::MESSAGE))
            }
            Self::Log(_) | Self::Messages => {
                let message = fields.text("message");
                let message = plain(&message, log_text::MESSAGE);
                fields.write_line(&mut writer, &now, format_args!("{message}"))
            }
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

    /// Whether a handler's line begins as one of `http.server`'s for the client whose
    /// request it answers. Where both streams end in one place, another could pass for
    /// the request of somebody else.
    fn names_its_client(&self) -> bool {
        let message = self.text("message");
        let rest = message.strip_prefix(&*self.text("client"));
        rest.is_some_and(|rest| rest.starts_with(" - - ["))
    }

    fn write_line(
        &self,
        writer: &mut Writer<'_>,
        now: &Zoned,
        what: fmt::Arguments<'_>,
    ) -> fmt::Result {
        let client = self.text("client");
        let time = now.strftime("%d/%b/%Y %H:%M:%S");
        writeln!(writer, "{client} - - [{time}] {what}")
    }

    fn common(&self, now: &Zoned) -> String {
        format!(
            "{} - {} [{}] {} {} {}",
            self.text("client"),
            log_text::user(&self.text("user")),
            now.strftime("%d/%b/%Y:%H:%M:%S %z"),
            as_bytes(&self.text("request"), log_text::REQUEST),
            self.text("status"),
            self.text("size")
        )
    }

    fn json(mut self, now: &Zoned, level: Level, access: bool) -> Value {
        for (name, value) in &mut self.0 {
            let most = match name.as_str() {
                "request" => log_text::REQUEST,
                "message" => log_text::MESSAGE,
                "user" => log_text::USER,
                _ => log_text::FIELD,
            };
            if let Value::String(text) = value
                && let Cow::Owned(kept) = for_json(text, most)
            {
                *text = kept;
            }
        }
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
