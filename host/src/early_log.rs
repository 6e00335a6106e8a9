//! What is to be logged before the log's own threads run: kept, and logged then. They
//! start after the process was locked down, which holds no thread that ran before.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What was said, and how loudly.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Notes(Vec<(Level, String)>);

impl Notes {
    /// Does `work`, and keeps what it says.
    pub(super) fn take<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let done = tracing::subscriber::with_default(Keeper(Arc::clone(&kept)), work);
        let mut notes = kept.lock().unwrap_or_else(PoisonError::into_inner);
        (done, Self(std::mem::take(&mut notes)))
    }

    /// Logs it.
    pub(super) fn log(self) {
        for (level, text) in self.0 {
            match level {
                Level::ERROR => tracing::error!("{text}"),
                Level::WARN => tracing::warn!("{text}"),
                Level::INFO => tracing::info!("{text}"),
                _ => tracing::debug!("{text}"),
            }
        }
    }
}

/// Keeps the text of events.
struct Keeper(Arc<Mutex<Vec<(Level, String)>>>);

impl Subscriber for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && metadata.target().starts_with("wasm_host")
            && *metadata.level() <= Level::DEBUG
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((*event.metadata().level(), text.0));
    }

    // There are no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event's message.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Into a string it can't fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_said_again() {
        let (done, notes) = Notes::take(|| {
            tracing::warn!("one {}", 1);
            tracing::debug!(target: "another_crate", "not ours");
            tracing::debug!("two");
            7
        });
        assert_eq!(done, 7);
        let ((), again) = Notes::take(|| notes.log());
        let expected = [(Level::WARN, "one 1"), (Level::DEBUG, "two")];
        assert_eq!(
            again.0,
            expected.map(|(level, text)| (level, text.to_owned()))
        );
    }
}
