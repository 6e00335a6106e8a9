//! The log on standard error, in one of four formats.

use clap::ValueEnum;
use jiff::Zoned;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
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

/// Begins to log. A thread writes the lines, so that a slow terminal doesn't
/// hold up a connection; the guard writes what is left when it is dropped.
pub(super) fn install(format: LogFormat, level: Level) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .finish(std::io::stderr());
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .event_format(format)
        // Not what libraries have to say, wasmtime above all.
        .with_filter(Targets::new().with_target("wasm_host", level));
    // It fails only where another was installed before.
    let _ = tracing_subscriber::registry().with(layer).try_init();
    guard
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
                quoted(&fields.text("referer")),
                quoted(&fields.text("user_agent"))
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
            self.text("user"),
            now.strftime("%d/%b/%Y:%H:%M:%S %z"),
            quoted(&self.text("request")),
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
