//! Where a connection is: three small state machines, which every change goes
//! through.
//!
//! ```text
//! Reading   New ─▶ Between ─▶ Begun ─▶ Consumed ─▶ Between
//!                     ▲         ▼
//!                  Resumed ◀── Left
//! Incoming  Open ─▶ Over
//! Writing   Nothing ─▶ Begun ─▶ Broken
//! ```
//!
//! An instance that begins a request opens `Incoming` again, and takes `Writing`
//! back to `Nothing`. `Broken` is for good.

/// How far the request at hand has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The connection waits for its first request.
    New,
    /// It waits for another request, or has the first bytes of one, which no
    /// instance has begun.
    Between,
    /// A part of a head is there, and the instance that had begun to read it has
    /// gone: the next one reads the head anew, by the deadline of the first.
    Resumed,
    /// An instance has begun the request, and has consumed nothing of it.
    Begun,
    /// The same, and the instance was told to leave the head to the next one, as
    /// the rest of it doesn't come.
    Left,
    /// The handler has consumed a part of the request, or all of it.
    Consumed,
    /// An instance has begun the request, and consumed nothing of it: it is the
    /// server's own host's to answer.
    HandedOver,
}

/// Whether more can come from the client, as far as the handler knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Incoming {
    Open,
    /// The client has finished, has gone, or let a time limit pass.
    Over,
}

/// How far the response to the request at hand has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// No byte of it was sent.
    Nothing,
    /// Some of it was sent, or left to the outbox.
    Begun,
    /// What was sent can't be made a whole response any more: nothing may follow.
    Broken,
}

/// Where a connection is.
#[derive(Debug)]
pub(super) struct Stages {
    reading: Reading,
    incoming: Incoming,
    writing: Writing,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            reading: Reading::New,
            incoming: Incoming::Open,
            writing: Writing::Nothing,
        }
    }
}

impl Stages {
    /// The instance has gone; the connection waits for another request, or for the
    /// rest of a head.
    pub(super) fn wait(&mut self) {
        self.reading = match self.reading {
            Reading::Left | Reading::Resumed => Reading::Resumed,
            Reading::New => Reading::New,
            Reading::Between | Reading::Begun | Reading::Consumed | Reading::HandedOver => {
                Reading::Between
            }
        };
    }

    /// Whether the connection waits for the rest of a head.
    pub(super) fn is_resumed(&self) -> bool {
        self.reading == Reading::Resumed
    }

    /// The connection waits for a request's first byte. Returns whether that is
    /// its first request.
    pub(super) fn wait_for_first_byte(&mut self) -> bool {
        let new = self.reading == Reading::New;
        self.reading = Reading::Between;
        new
    }

    /// An instance begins a request. Returns whether the time for its head begins
    /// with that, too: not if another instance has read a part of it.
    pub(super) fn begin(&mut self) -> bool {
        let first = !self.is_resumed();
        self.reading = Reading::Begun;
        self.incoming = Incoming::Open;
        if self.writing == Writing::Begun {
            self.writing = Writing::Nothing;
        }
        first
    }

    /// Whether the instance at hand has begun a request.
    pub(super) fn has_begun(&self) -> bool {
        matches!(
            self.reading,
            Reading::Begun | Reading::Left | Reading::Consumed
        )
    }

    /// The request isn't for a handler. Returns whether it can be anybody else's: not if
    /// some of it is consumed, or answered.
    pub(super) fn hand_over(&mut self) -> bool {
        let untouched = self.reading == Reading::Begun && self.writing == Writing::Nothing;
        if untouched {
            self.reading = Reading::HandedOver;
        }
        untouched
    }

    /// Whether the request isn't for a handler.
    pub(super) fn is_handed_over(&self) -> bool {
        self.reading == Reading::HandedOver
    }

    /// The handler has consumed a part of the request.
    pub(super) fn consume(&mut self) {
        self.reading = Reading::Consumed;
    }

    /// The instance is told to leave the head to the next one.
    pub(super) fn leave_head(&mut self) {
        self.reading = Reading::Left;
    }

    /// Whether another instance could begin the request as well as this one.
    pub(super) fn is_untouched(&self) -> bool {
        self.reading != Reading::Consumed && self.writing == Writing::Nothing
    }

    /// Whether the instance has used what has arrived, or was told to leave it.
    pub(super) fn has_moved_on(&self) -> bool {
        matches!(
            self.reading,
            Reading::Left | Reading::Consumed | Reading::HandedOver
        )
    }

    /// Nothing more comes from the client.
    pub(super) fn end_incoming(&mut self) {
        self.incoming = Incoming::Over;
    }

    /// Whether nothing more comes from the client.
    pub(super) fn is_over(&self) -> bool {
        self.incoming == Incoming::Over
    }

    /// A byte of the response was sent, or left to the outbox.
    pub(super) fn answer(&mut self) {
        if self.writing == Writing::Nothing {
            self.writing = Writing::Begun;
        }
    }

    /// Whether the response could still be another: nothing of it was sent.
    pub(super) fn is_unanswered(&self) -> bool {
        self.writing == Writing::Nothing
    }

    /// What was left to the outbox comes back from there, unsent: the client may
    /// still be told why there is no answer, also one that has closed its side.
    pub(super) fn take_answer_back(&mut self) {
        self.incoming = Incoming::Open;
        if self.writing == Writing::Begun {
            self.writing = Writing::Nothing;
        }
    }

    /// The response can't be made whole.
    pub(super) fn break_off(&mut self) {
        self.writing = Writing::Broken;
    }

    /// Whether nothing more can be sent.
    pub(super) fn is_broken(&self) -> bool {
        self.writing == Writing::Broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection on which an instance has begun a request.
    fn begun() -> Stages {
        let mut stages = Stages::default();
        stages.wait();
        assert!(stages.wait_for_first_byte());
        assert!(!stages.has_begun());
        assert!(stages.begin());
        stages
    }

    #[test]
    fn a_connection_is_new_once() {
        let mut stages = begun();
        stages.consume();
        stages.wait();
        assert!(!stages.wait_for_first_byte());
    }

    #[test]
    fn a_head_that_was_left_is_resumed_within_its_time() {
        let mut stages = begun();
        assert!(stages.is_untouched() && !stages.has_moved_on());
        stages.leave_head();
        assert!(stages.has_moved_on());
        stages.wait();
        assert!(stages.is_resumed());
        assert!(!stages.begin(), "its time has begun before");
        stages.consume();
        stages.wait();
        assert!(!stages.is_resumed());
        assert!(stages.begin());
    }

    #[test]
    fn what_one_instance_consumed_does_not_count_for_the_next() {
        let mut stages = begun();
        stages.consume();
        assert!(stages.has_moved_on() && !stages.is_untouched());
        stages.wait();
        assert!(!stages.has_moved_on());
    }

    #[test]
    fn each_request_is_answered_anew() {
        let mut stages = begun();
        stages.answer();
        stages.end_incoming();
        assert!(!stages.is_unanswered() && stages.is_over());
        stages.begin();
        assert!(stages.is_unanswered() && !stages.is_over());
        stages.answer();
        stages.take_answer_back();
        assert!(stages.is_unanswered());
    }

    #[test]
    fn what_is_broken_stays_so() {
        let mut stages = begun();
        stages.break_off();
        stages.begin();
        stages.answer();
        stages.take_answer_back();
        assert!(stages.is_broken() && !stages.is_unanswered());
    }
}
