//! Something that is counted as open until it ends.

use super::count;
use super::event::Event;

/// Counts an event now, and another when it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Open {
    ended: Event,
}

impl Open {
    pub(crate) fn connection() -> Self {
        Self::between(Event::ConnectionAccepted, Event::ConnectionEnded)
    }

    pub(crate) fn script() -> Self {
        Self::between(Event::ScriptStarted, Event::ScriptEnded)
    }

    /// A request's wait for an instance.
    pub(crate) fn wait() -> Self {
        Self::between(Event::WaitBegan, Event::WaitEnded)
    }

    /// An instance's place.
    pub(crate) fn instance() -> Self {
        Self::between(Event::InstanceTaken, Event::InstanceLeft)
    }

    fn between(begun: Event, ended: Event) -> Self {
        count(begun);
        Self { ended }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        count(self.ended);
    }
}
