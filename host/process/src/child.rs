//! A script that runs, of whatever kind, as the handler holds it.

use crate::beginning::{Beginning, MOMENT};
use crate::clock::Clock;
use crate::error::ProcessError;
use crate::stdio::{Input, Output};
use bytes::BufMut;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::select;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

/// How long output is still waited for after the script's end. What it wrote
/// is there by then; only a process that left its group can still write.
const LAST_OUTPUT: Duration = Duration::from_millis(100);

/// How much output is still read after the script's end: what a pipe holds at
/// most.
const MAX_LAST_OUTPUT: usize = 1024 * 1024;

/// How much is read at once of output that nobody wants.
const DISCARDED: usize = 16 * 1024;

/// How a script ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Whether it succeeded.
    pub outcome: Outcome,
    /// What it said, or what killed it: "exit status 3".
    pub description: String,
}

/// How a script fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It said that it succeeded.
    Succeeded,
    /// It said that it failed.
    Failed,
    /// It didn't come to say anything: its output may not be all.
    Killed,
}

/// A script that runs. Dropping it ends it.
pub struct Child {
    stdin: Option<Input>,
    stdout: Output,
    /// Output that has been read from there, but by nobody yet.
    gathered: Vec<u8>,
    /// Whether there is no other output.
    is_all: bool,
    /// The supervisor's other end: it sees when this is dropped.
    ending: oneshot::Receiver<Ending>,
    ended: Option<Ended>,
    clock: Arc<Clock>,
}

/// How a script's run ended.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    Exit(Exit),
    TimedOut,
}

/// A run that is over.
#[derive(Debug)]
struct Ended {
    /// None: the server is stopping.
    how: Option<Ending>,
    /// When output is over too.
    output_until: Instant,
    /// How much there can be until then.
    output_left: usize,
}

impl Child {
    /// A script that has begun; how it ends will be told.
    pub(super) fn new(
        stdin: Option<Input>,
        beginning: Beginning,
        ending: oneshot::Receiver<Ending>,
        clock: Arc<Clock>,
    ) -> Self {
        Self {
            stdin,
            stdout: beginning.stdout,
            gathered: beginning.gathered,
            is_all: beginning.is_all,
            ending,
            ended: None,
            clock,
        }
    }

    /// Stops the script's clock, unless it stands: what comes next is its client's to
    /// do. It stands for as long as a script may take, at most.
    pub fn pause_clock(&self) {
        self.clock.pause();
    }

    /// Has the script's clock go on: so much of the time since it was stopped was its
    /// client's.
    pub fn resume_clock(&self, waited: Duration) {
        self.clock.resume(waited);
    }

    /// Notes that the client has sent, or is about to take, so many bytes: others wait
    /// for the places of scripts whose clients do too little.
    pub fn credit_client(&self, bytes: u64) {
        self.clock.credit_client(bytes);
    }

    /// The script's standard input, once. It ends when that is dropped.
    pub fn take_stdin(&mut self) -> Option<Input> {
        self.stdin.take()
    }

    /// Waits for output, and for a moment longer for more of it. Returns at most
    /// `most` bytes, but at least one. Empty: there is no more. Can be given up
    /// without losing any.
    ///
    /// # Errors
    ///
    /// [`ProcessError::TimedOut`], even if there was more output by then.
    pub async fn read(&mut self, most: usize) -> Result<Vec<u8>, ProcessError> {
        let most = most.max(1);
        if self.gathered.is_empty() && self.read_more(most).await? > 0 {
            // An error: the moment has passed.
            timeout(MOMENT, self.gather(most)).await.unwrap_or(Ok(()))?;
        }
        if self.gathered.len() <= most {
            return Ok(std::mem::take(&mut self.gathered));
        }
        let rest = self.gathered.split_off(most);
        Ok(std::mem::replace(&mut self.gathered, rest))
    }

    /// Whether the script has ended by itself, and all of its output has been
    /// read. One that was killed is none of these: what came of it isn't held
    /// back for an end that is missing.
    pub fn is_over(&mut self) -> bool {
        self.is_known() && self.gathered.is_empty()
    }

    /// Whether the script has ended by itself, and all of its output is here:
    /// nothing has to be waited for any more.
    pub fn is_known(&mut self) -> bool {
        if self.ended.is_none() {
            self.notice_end();
        }
        let exit = self.ended.as_ref().and_then(|ended| ended.exit().ok());
        self.is_all && exit.is_some_and(|exit| exit.outcome != Outcome::Killed)
    }

    /// Waits for the end. Output that hasn't been read is discarded, and the
    /// input, if it hasn't been taken, ends.
    ///
    /// # Errors
    ///
    /// [`ProcessError::TimedOut`]
    pub async fn wait(&mut self) -> Result<Exit, ProcessError> {
        self.stdin = None;
        self.gathered.clear();
        while self.read_more(DISCARDED).await? > 0 {
            self.gathered.clear();
        }
        self.await_end().await;
        self.ended
            .as_ref()
            .map_or_else(|| Err(stopped()), Ended::exit)
    }

    /// Reads until there is this much, or all, and the end is known.
    async fn gather(&mut self, most: usize) -> Result<(), ProcessError> {
        while self.gathered.len() < most {
            if self.read_more(most).await? == 0 {
                self.await_end().await;
                break;
            }
        }
        Ok(())
    }

    /// Reads some more, until there is this much. 0: there is no more.
    async fn read_more(&mut self, most: usize) -> Result<usize, ProcessError> {
        let room = most - self.gathered.len();
        if self.ended.is_none() && !self.is_all {
            self.gathered.reserve(room);
            let mut buffer = (&mut self.gathered).limit(room);
            select! {
                biased;
                ending = &mut self.ending => self.ended = Some(Ended::new(ending.ok())),
                read = self.stdout.read_buf(&mut buffer) => match read.map_err(ProcessError::Failed)? {
                    0 => self.is_all = true,
                    length => return Ok(length),
                },
            }
        }
        if self.is_all && self.ended.is_none() {
            // Output that has ended may be the end of it all.
            self.notice_end();
        }
        let Some(ended) = &mut self.ended else {
            return Ok(0);
        };
        ended.exit()?;
        if self.is_all {
            return Ok(0);
        }
        self.gathered.reserve(room);
        let length = ended
            .read(&mut self.stdout, &mut self.gathered, room)
            .await?;
        self.is_all = length == 0;
        Ok(length)
    }

    /// Notices the end, if it has come.
    fn notice_end(&mut self) {
        if let Ok(ending) = self.ending.try_recv() {
            self.ended = Some(Ended::new(Some(ending)));
        }
    }

    /// Waits for the end.
    async fn await_end(&mut self) {
        if self.ended.is_none() {
            self.ended = Some(Ended::new((&mut self.ending).await.ok()));
        }
    }
}

impl Ended {
    fn new(how: Option<Ending>) -> Self {
        Self {
            how,
            output_until: Instant::now() + LAST_OUTPUT,
            output_left: MAX_LAST_OUTPUT,
        }
    }

    fn exit(&self) -> Result<Exit, ProcessError> {
        match &self.how {
            Some(Ending::Exit(exit)) => Ok(exit.clone()),
            Some(Ending::TimedOut) => Err(ProcessError::TimedOut),
            None => Err(stopped()),
        }
    }

    async fn read(
        &mut self,
        stdout: &mut Output,
        buffer: &mut Vec<u8>,
        room: usize,
    ) -> Result<usize, ProcessError> {
        let mut buffer = buffer.limit(room.min(self.output_left));
        // What is there is read, even when its time is over: a slow client may
        // have held up the reading. The runtime's own budget must not hide it.
        let read = tokio::task::unconstrained(stdout.read_buf(&mut buffer));
        let length = match timeout_at(self.output_until, read).await {
            Ok(read) => read.map_err(ProcessError::Failed)?,
            Err(_) => 0,
        };
        self.output_left = match length {
            0 => 0,
            _ => self.output_left - length,
        };
        Ok(length)
    }
}

fn stopped() -> ProcessError {
    ProcessError::Failed(stopping())
}

/// For what the end of the runtime cut short.
pub(super) fn stopping() -> io::Error {
    io::Error::other("the server is stopping")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::Places;
    use crate::supervisor::{Process, supervise};
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    /// A script without a process: it returns what it read, in capitals.
    struct Shout {
        stdin: DuplexStream,
        stdout: Option<DuplexStream>,
        cleaned_up: Option<oneshot::Sender<()>>,
    }

    impl Process for Shout {
        async fn begin(&mut self) -> io::Result<()> {
            Ok(())
        }

        async fn run(&mut self) -> Exit {
            let mut text = String::new();
            self.stdin.read_to_string(&mut text).await.unwrap();
            let mut stdout = self.stdout.take().unwrap();
            stdout
                .write_all(text.to_uppercase().as_bytes())
                .await
                .unwrap();
            Exit {
                outcome: Outcome::Succeeded,
                description: "done".to_owned(),
            }
        }

        async fn clean_up(self) {
            let _ = self.cleaned_up.unwrap().send(());
        }
    }

    async fn shout(time_limit: Duration) -> (Child, oneshot::Receiver<()>) {
        let place = Places::new(1, Duration::ZERO).place().await.unwrap();
        let (input, stdin) = duplex(10);
        let (stdout, output) = duplex(10);
        let (cleaned_up, clean) = oneshot::channel();
        let process = Shout {
            stdin,
            stdout: Some(stdout),
            cleaned_up: Some(cleaned_up),
        };
        let (input, output) = (Box::new(input), Box::new(output));
        let child = supervise(process, Some(input), output, place, time_limit);
        (child.await.unwrap(), clean)
    }

    fn assert_send<T: Send>(value: T) -> T {
        value
    }

    #[tokio::test]
    async fn any_process_can_be_a_script() {
        let (mut child, clean) = shout(Duration::from_secs(60)).await;
        let mut stdin = child.take_stdin().unwrap();
        stdin.write_all(b"hello").await.unwrap();
        drop(stdin);
        assert!(child.take_stdin().is_none());
        let mut output = Vec::new();
        loop {
            let bytes = assert_send(child.read(3)).await.unwrap();
            if bytes.is_empty() {
                break;
            }
            output.extend(bytes);
        }
        assert_eq!(output, b"HELLO");
        assert_eq!(assert_send(child.wait()).await.unwrap().description, "done");
        assert!(child.read(1).await.unwrap().is_empty());
        clean.await.unwrap();
    }

    #[tokio::test]
    async fn waiting_ends_the_input_and_discards_the_output() {
        let (mut child, _clean) = shout(Duration::from_secs(60)).await;
        child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(b"hello")
            .await
            .unwrap();
        assert_eq!(child.wait().await.unwrap().outcome, Outcome::Succeeded);
    }

    #[tokio::test]
    async fn a_handle_that_is_dropped_ends_the_process() {
        let (child, clean) = shout(Duration::from_secs(60)).await;
        drop(child);
        clean.await.unwrap();
    }

    #[tokio::test]
    async fn time_is_limited_even_if_nobody_reads() {
        let (mut child, clean) = shout(Duration::from_millis(20)).await;
        clean.await.unwrap();
        assert!(matches!(child.read(1).await, Err(ProcessError::TimedOut)));
        assert!(matches!(child.wait().await, Err(ProcessError::TimedOut)));
    }

    #[test]
    fn a_runtime_that_stops_is_reported() {
        let runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
        };
        let first = runtime();
        let (mut child, _clean) = first.block_on(shout(Duration::from_secs(60)));
        drop(first);
        let error = runtime().block_on(child.wait()).unwrap_err();
        assert!(error.to_string().contains("stopping"), "{error}");
    }
}
