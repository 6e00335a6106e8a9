//! A script's first moment, which is all that most scripts have.
//!
//! A script that ends within it wakes its handler once, with all of its output there
//! and its end known. Waking a handler costs, as its stack and memory have left the
//! processor's caches by then. A script that goes on is handed over as it is when the
//! moment has passed.

use crate::stdio::Output;
use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

/// How long that moment is: nobody is told before that a script has begun, or is
/// given a part of its output. It is little to wait for the first piece of an answer,
/// and enough for most scripts. A response in one piece costs half of one in several.
pub(crate) const MOMENT: Duration = Duration::from_millis(10);

/// The most output that is gathered meanwhile.
const MAX_GATHERED: usize = 64 * 1024;

/// How much room is made at first, which does for most.
const ROOM: usize = 4 * 1024;

/// What a script has written by the end of its first moment.
pub(super) struct Beginning {
    pub(super) stdout: Output,
    pub(super) gathered: Vec<u8>,
    /// Whether that is all of its output.
    pub(super) is_all: bool,
}

impl Beginning {
    pub(super) fn new(stdout: Output) -> Self {
        Self {
            stdout,
            gathered: Vec::with_capacity(ROOM),
            is_all: false,
        }
    }

    /// Gathers output until the moment has passed, or there is no more room.
    ///
    /// # Errors
    ///
    /// The output can't be read.
    pub(super) async fn pass(&mut self) -> io::Result<()> {
        let gather = async {
            self.gather().await?;
            if self.is_all {
                // The script's end follows.
                pending::<()>().await;
            }
            Ok(())
        };
        timeout(MOMENT, gather).await.unwrap_or(Ok(()))
    }

    /// Takes what is there, without waiting: for a script that has ended.
    ///
    /// # Errors
    ///
    /// The output can't be read.
    pub(super) async fn take_rest(&mut self) -> io::Result<()> {
        // The runtime's own budget must not hide any.
        let mut gather = pin!(tokio::task::unconstrained(self.gather()));
        poll_fn(|context| match gather.as_mut().poll(context) {
            Poll::Ready(gathered) => Poll::Ready(gathered),
            Poll::Pending => Poll::Ready(Ok(())),
        })
        .await
    }

    async fn gather(&mut self) -> io::Result<()> {
        while !self.is_all && self.gathered.len() < MAX_GATHERED {
            self.is_all = self.stdout.read_buf(&mut self.gathered).await? == 0;
        }
        Ok(())
    }
}
