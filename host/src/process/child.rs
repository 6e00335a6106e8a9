//! A script that runs, of whatever kind: what the handler holds of it, and the
//! task that sees to its end.

use super::{Place, ProcessError};
use bytes::BufMut;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
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

/// What a script reads.
pub(crate) type Input = Box<dyn AsyncWrite + Send + Unpin>;

/// What a script writes.
pub(crate) type Output = Box<dyn AsyncRead + Send + Unpin>;

/// Something that runs as a script.
pub(crate) trait Process: Send + 'static {
    /// Runs until the end. It is dropped before, when the script's time is up
    /// or its handle is dropped.
    fn run(&mut self) -> impl Future<Output = Exit> + Send;

    /// Leaves nothing of it behind. Always called last, unless the runtime has
    /// stopped: then it is dropped.
    fn clean_up(self) -> impl Future<Output = ()> + Send;
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) outcome: Outcome,
    /// What it said, or what killed it: "exit status 3".
    pub(crate) description: String,
}

/// How a script fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It said that it succeeded.
    Succeeded,
    /// It said that it failed.
    Failed,
    /// It didn't come to say anything: its output may not be all.
    Killed,
}

/// A script that runs. Dropping it ends it.
pub(crate) struct Child {
    stdin: Option<Input>,
    stdout: Output,
    /// The supervisor's other end: it sees when this is dropped.
    ending: oneshot::Receiver<Ending>,
    ended: Option<Ended>,
}

/// How a script's run ended.
#[derive(Debug, Clone)]
enum Ending {
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

/// Runs a process for as long as it may, and no longer than the returned
/// handle is held. Its place is free again when nothing of it is left.
pub(super) fn supervise(
    mut process: impl Process,
    stdin: Input,
    stdout: Output,
    place: Place,
    time_limit: Duration,
) -> Child {
    let (mut end, ending) = oneshot::channel();
    tokio::spawn(async move {
        let ended = select! {
            ended = timeout(time_limit, process.run()) => Some(ended),
            () = end.closed() => None,
        };
        if let Some(ended) = ended {
            // Before it is killed, so that output that ends early is known for
            // what it is. An error: nobody wants to know.
            let _ = end.send(ended.map_or(Ending::TimedOut, Ending::Exit));
        }
        process.clean_up().await;
        drop(place);
    });
    Child {
        stdin: Some(stdin),
        stdout,
        ending,
        ended: None,
    }
}

impl Child {
    /// The script's standard input, once. It ends when that is dropped.
    pub(crate) fn take_stdin(&mut self) -> Option<Input> {
        self.stdin.take()
    }

    /// Waits for output, and returns at most `most` bytes of it, but at least
    /// one. Empty: there is no more. Can be given up without losing any.
    ///
    /// # Errors
    ///
    /// [`ProcessError::TimedOut`], even if there was more output by then.
    pub(crate) async fn read(&mut self, most: usize) -> Result<Vec<u8>, ProcessError> {
        let mut bytes = Vec::with_capacity(most.max(1));
        self.read_into(&mut bytes).await?;
        Ok(bytes)
    }

    /// Waits for the end. Output that hasn't been read is discarded, and the
    /// input, if it hasn't been taken, ends.
    ///
    /// # Errors
    ///
    /// [`ProcessError::TimedOut`]
    pub(crate) async fn wait(&mut self) -> Result<Exit, ProcessError> {
        self.stdin = None;
        let mut discarded = Vec::with_capacity(DISCARDED);
        while self.read_into(&mut discarded).await? > 0 {
            discarded.clear();
        }
        if self.ended.is_none() {
            self.ended = Some(Ended::new((&mut self.ending).await.ok()));
        }
        self.ended
            .as_ref()
            .map_or_else(|| Err(stopped()), Ended::exit)
    }

    /// Reads what there is room for without growing the buffer.
    async fn read_into(&mut self, buffer: &mut Vec<u8>) -> Result<usize, ProcessError> {
        let room = buffer.capacity() - buffer.len();
        if self.ended.is_none() {
            let mut buffer = (&mut *buffer).limit(room);
            select! {
                biased;
                ending = &mut self.ending => self.ended = Some(Ended::new(ending.ok())),
                read = self.stdout.read_buf(&mut buffer) => match read.map_err(ProcessError::Failed)? {
                    0 => self.notice_end(),
                    length => return Ok(length),
                },
            }
        }
        match &mut self.ended {
            None => Ok(0),
            Some(ended) => {
                ended.exit()?;
                ended.read(&mut self.stdout, buffer).await
            }
        }
    }

    /// Output that has ended may be the end of it all.
    fn notice_end(&mut self) {
        if let Ok(ending) = self.ending.try_recv() {
            self.ended = Some(Ended::new(Some(ending)));
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
    ) -> Result<usize, ProcessError> {
        let room = buffer.capacity() - buffer.len();
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
    ProcessError::Failed(io::Error::other("the server is stopping"))
}

#[cfg(test)]
mod tests {
    use super::super::running::Running;
    use super::*;
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    /// A script without a process: it returns what it read, in capitals.
    struct Shout {
        stdin: DuplexStream,
        stdout: Option<DuplexStream>,
        cleaned_up: Option<oneshot::Sender<()>>,
    }

    impl Process for Shout {
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
        let place = Running::new(1, Duration::ZERO).place().await.unwrap();
        let (input, stdin) = duplex(10);
        let (stdout, output) = duplex(10);
        let (cleaned_up, clean) = oneshot::channel();
        let process = Shout {
            stdin,
            stdout: Some(stdout),
            cleaned_up: Some(cleaned_up),
        };
        let child = supervise(
            process,
            Box::new(input),
            Box::new(output),
            place,
            time_limit,
        );
        (child, clean)
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
