//! The lines that wait, and how many were dropped.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// Lines are written together up to this many bytes.
const CHUNK: usize = 64 * 1024;

/// How long whoever writes rests when it has written all: what comes meanwhile is written
/// together. To wake a thread for each line takes a busy server a tenth of its time, and
/// the thread as much again. The first line after a rest is written at once.
const REST: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// The most bytes that wait.
    most: usize,
}

#[derive(Debug)]
struct Waiting {
    /// Whole lines, each chunk of them to be written at once.
    chunks: VecDeque<Vec<u8>>,
    /// How many bytes weren't written yet, those that are on their way included.
    bytes: usize,
    intake: Intake,
    phase: Phase,
    writer: Writer,
}

/// What whoever writes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// It looks for lines by itself, at once or after its rest.
    Awake,
    /// It has to be woken.
    Asleep,
}

#[derive(Debug)]
enum Intake {
    Open,
    /// There was no room: so many lines were dropped since.
    Full {
        dropped: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Ends when nothing waits any more.
    Closing,
    Ended,
}

/// What the thread is to do next.
pub(super) enum Task {
    Write(Vec<u8>),
    SayDropped(u64),
    End,
}

impl Waiting {
    /// Takes lines, or drops them. Returns whether whoever writes is to be woken.
    fn push(&mut self, lines: &[u8], most: usize) -> bool {
        if let Intake::Full { dropped } = &mut self.intake {
            *dropped += count_lines(lines);
            return false;
        }
        if self.bytes + lines.len() > most {
            let dropped = count_lines(lines);
            self.intake = Intake::Full { dropped };
            return false;
        }
        self.bytes += lines.len();
        match self.chunks.back_mut() {
            Some(chunk) if chunk.len() + lines.len() <= CHUNK => chunk.extend_from_slice(lines),
            _ => self.chunks.push_back(lines.to_vec()),
        }
        std::mem::replace(&mut self.writer, Writer::Awake) == Writer::Asleep
    }
}

impl Shared {
    pub(super) fn new(most: usize) -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                chunks: VecDeque::new(),
                bytes: 0,
                intake: Intake::Open,
                phase: Phase::Open,
                writer: Writer::Awake,
            }),
            changed: Condvar::new(),
            most,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes lines, or drops them.
    pub(super) fn push(&self, lines: &[u8]) {
        let sleeps = self.lock().push(lines, self.most);
        // Woken while the lock is held, the thread would have to wait for it.
        if sleeps {
            self.changed.notify_all();
        }
    }

    /// What is to be done next, as soon as there is something.
    pub(super) fn next(&self) -> Task {
        let mut waiting = self.lock();
        let mut has_rested = false;
        loop {
            // With half of the room, there is enough to say so, and for what comes then.
            if waiting.bytes <= self.most / 2
                && let Intake::Full { dropped } = waiting.intake
            {
                waiting.intake = Intake::Open;
                return Task::SayDropped(dropped);
            }
            if let Some(chunk) = waiting.chunks.pop_front() {
                return Task::Write(chunk);
            }
            if waiting.phase != Phase::Open {
                waiting.phase = Phase::Ended;
                self.changed.notify_all();
                return Task::End;
            }
            if !has_rested {
                drop(waiting);
                sleep(REST);
                has_rested = true;
                waiting = self.lock();
                continue;
            }
            waiting.writer = Writer::Asleep;
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
            waiting.writer = Writer::Awake;
        }
    }

    /// So many bytes are written, or lost.
    pub(super) fn note_done(&self, bytes: usize) {
        self.lock().bytes -= bytes;
    }

    /// Waits until nothing is left, at most so long.
    pub(super) fn close(&self, patience: Duration) {
        let mut waiting = self.lock();
        if waiting.phase == Phase::Open {
            waiting.phase = Phase::Closing;
        }
        self.changed.notify_all();
        let going_on = |waiting: &mut Waiting| waiting.phase != Phase::Ended;
        // Whoever doesn't read by then gets no more.
        let _ = self.changed.wait_timeout_while(waiting, patience, going_on);
    }

    #[cfg(test)]
    pub(super) fn pretend_that_there_are(&self, bytes: isize) {
        let mut waiting = self.lock();
        waiting.bytes = waiting.bytes.checked_add_signed(bytes).unwrap();
    }
}

/// How many line ends there are.
pub(super) fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}
