//! What came of a piece of work.

use std::io;

#[cfg(target_os = "linux")]
pub(super) use told::{decode, encode, of_end};

/// How Rust's library words that there is no memory, before the process aborts; and how
/// others do.
const NO_MEMORY: [&str; 3] = [
    "memory allocation of",
    "Cannot allocate memory",
    "out of memory",
];

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkFailure {
    /// It took too long.
    #[error("it takes too much time")]
    TimeUp,
    /// It took too much memory.
    #[error("it takes too much memory")]
    OutOfMemory,
    /// Too much has come of it.
    #[error("too much comes of it")]
    TooLarge,
    /// It went wrong: how, as far as that is known.
    #[error("it went wrong: {0}")]
    Broken(String),
    /// Nobody is there to do it.
    #[error("there is no process for it: {0}")]
    NoWorker(#[from] io::Error),
}

impl WorkFailure {
    /// Whether an error's text says that there is no memory.
    #[must_use]
    pub fn is_want_of_memory(text: &str) -> bool {
        NO_MEMORY.iter().any(|words| text.contains(words))
    }
}

/// As the processes tell each other.
#[cfg(target_os = "linux")]
mod told {
    use super::WorkFailure;
    use rustix::process::Signal;
    use std::io;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    /// The most that is passed on of what a worker said in the end, in characters.
    const MAX_SAID: usize = 500;

    /// By a worker's end. `said`: what it wrote to its standard error.
    pub(in super::super) fn of_end(status: ExitStatus, said: &[u8]) -> Result<(), WorkFailure> {
        if status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(said);
        let is = |signal: Signal| status.signal() == Some(signal.as_raw());
        Err(if is(Signal::XCPU) {
            WorkFailure::TimeUp
        } else if is(Signal::XFSZ) {
            WorkFailure::TooLarge
        } else if WorkFailure::is_want_of_memory(&said) {
            WorkFailure::OutOfMemory
        } else {
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let last = last.map(|line| line.chars().take(MAX_SAID).collect());
            WorkFailure::Broken(last.unwrap_or_else(|| status.to_string()))
        })
    }

    /// As the foreman's answer.
    pub(in super::super) fn encode(outcome: &Result<(), WorkFailure>) -> Vec<u8> {
        let (kind, text) = match outcome {
            Ok(()) => (b'o', String::new()),
            Err(WorkFailure::TimeUp) => (b't', String::new()),
            Err(WorkFailure::OutOfMemory) => (b'm', String::new()),
            Err(WorkFailure::TooLarge) => (b'l', String::new()),
            Err(WorkFailure::Broken(how)) => (b'b', how.clone()),
            Err(WorkFailure::NoWorker(error)) => (b'n', error.to_string()),
        };
        [&[kind], text.as_bytes()].concat()
    }

    /// Undoes [`encode`].
    pub(in super::super) fn decode(answer: &[u8]) -> Result<(), WorkFailure> {
        let (kind, text) = answer.split_first().unwrap_or((&b'n', &[]));
        let text = String::from_utf8_lossy(text).into_owned();
        Err(match kind {
            b'o' => return Ok(()),
            b't' => WorkFailure::TimeUp,
            b'm' => WorkFailure::OutOfMemory,
            b'l' => WorkFailure::TooLarge,
            b'b' => WorkFailure::Broken(text),
            _ if text.is_empty() => WorkFailure::NoWorker(gone()),
            _ => WorkFailure::NoWorker(io::Error::other(text)),
        })
    }

    fn gone() -> io::Error {
        io::Error::other("the process that starts it is gone; start the server anew")
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    #[test]
    fn outcomes_survive_the_way() {
        assert!(decode(&encode(&Ok(()))).is_ok());
        for failure in [
            WorkFailure::TimeUp,
            WorkFailure::OutOfMemory,
            WorkFailure::TooLarge,
            WorkFailure::Broken("so".to_owned()),
            WorkFailure::NoWorker(io::Error::other("why")),
        ] {
            let text = failure.to_string();
            let again = decode(&encode(&Err(failure))).unwrap_err();
            assert_eq!(again.to_string(), text);
        }
        assert!(decode(b"").unwrap_err().to_string().contains("is gone"));
    }

    #[test]
    fn an_end_tells_what_was_too_much() {
        let by = |signal: Signal| ExitStatus::from_raw(signal.as_raw());
        let end = |status, said: &str| of_end(status, said.as_bytes()).unwrap_err();
        assert!(of_end(ExitStatus::from_raw(0), b"a warning").is_ok());
        assert!(matches!(end(by(Signal::XCPU), ""), WorkFailure::TimeUp));
        assert!(matches!(end(by(Signal::XFSZ), ""), WorkFailure::TooLarge));
        assert!(matches!(
            end(by(Signal::ABORT), "memory allocation of 8 bytes failed\n"),
            WorkFailure::OutOfMemory
        ));
        let broken = end(
            by(Signal::ABORT),
            "one\nthread has overflowed its stack\n\n",
        );
        assert!(broken.to_string().contains("has overflowed"), "{broken}");
        assert!(
            end(by(Signal::SEGV), "").to_string().contains("signal"),
            "a death without a word"
        );
    }
}
