//! The task that sees to a script's end: by itself, when its time is up, or
//! when nobody wants it any more.

use crate::beginning::Beginning;
use crate::child::{Child, Ending, Exit, stopping};
use crate::clock::Clock;
use crate::places::Place;
use crate::stdio::{Input, Output};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::select;
use tokio::sync::{Notify, oneshot};

/// Something that runs as a script.
pub trait Process: Send + 'static {
    /// Waits until it has started.
    ///
    /// # Errors
    ///
    /// It can't be started.
    fn begin(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Runs until the end. It is dropped before, when the script's time is up
    /// or its handle is dropped.
    fn run(&mut self) -> impl Future<Output = Exit> + Send;

    /// Leaves nothing of it behind. Always called last, unless the runtime has
    /// stopped: then it is dropped.
    fn clean_up(self) -> impl Future<Output = ()> + Send;
}

/// Runs a process for as long as it may, and no longer than the returned
/// handle is held. Its place is free again when nothing of it is left.
///
/// Its time is what it takes itself ([`Clock`]). One that is there for longer, or for a
/// client that is slow, is there until somebody else needs its place.
///
/// # Errors
///
/// It can't be started, or its output can't be read.
pub(super) async fn supervise(
    mut process: impl Process,
    stdin: Option<Input>,
    stdout: Output,
    place: Place,
    time_limit: Duration,
) -> io::Result<Child> {
    let has_input = stdin.is_some();
    let (begin, begun) = oneshot::channel();
    let (mut end, ending) = oneshot::channel();
    let clock = Arc::new(Clock::new(time_limit));
    place.held_by(&clock);
    let watched = Arc::clone(&clock);
    tokio::spawn(async move {
        let terms = (&*watched, &place);
        let ended = select! {
            ended = run(&mut process, stdout, has_input, begin, terms) => ended,
            () = end.closed() => None,
        };
        if let Some(ended) = ended {
            // Before it is killed, so that output that ends early is known for
            // what it is. An error: nobody wants to know.
            let _ = end.send(ended);
        }
        process.clean_up().await;
        drop(place);
    });
    let beginning = begun.await.map_err(|_| stopping())??;
    Ok(Child::new(stdin, beginning, ending, clock))
}

/// Runs a process, and tells `begin` when it has begun. None: it hasn't.
async fn run(
    process: &mut impl Process,
    stdout: Output,
    has_input: bool,
    begin: oneshot::Sender<io::Result<Beginning>>,
    (clock, place): (&Clock, &Place),
) -> Option<Ending> {
    let started = Notify::new();
    let mut run = pin!(async {
        // Whoever starts it has a time of its own for that.
        process.begin().await?;
        started.notify_one();
        clock.restart();
        Ok(select! {
            biased;
            exit = process.run() => Ending::Exit(exit),
            () = clock.runs_out() => Ending::TimedOut,
            () = place.is_wanted() => Ending::TimedOut,
        })
    });
    let mut beginning = Beginning::new(stdout);
    let moment = async {
        if !has_input {
            beginning.pass().await?;
        }
        // One that has written has started. That is announced late.
        if beginning.gathered.is_empty() {
            started.notified().await;
        }
        Ok(None)
    };
    let first = select! {
        biased;
        ended = &mut run => ended.map(Some),
        begun = moment => begun,
    };
    let first = match first {
        Ok(Some(ending)) => beginning.take_rest().await.map(|()| Some(ending)),
        first => first,
    };
    // Whoever waits for it may have given up.
    let ending = match first {
        Ok(ending) => {
            let _ = begin.send(Ok(beginning));
            ending
        }
        Err(error) => {
            let _ = begin.send(Err(error));
            return None;
        }
    };
    match ending {
        Some(ending) => Some(ending),
        None => run.await.ok(),
    }
}
