//! How long an instance waits for a connection's next request: a timer that is
//! set anew for each, as making one costs more.

use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer. It is made when it is first needed: idle connections have none.
#[derive(Debug, Default)]
pub(super) struct Patience(Option<Pin<Box<Sleep>>>);

impl Patience {
    /// Begins to count: what is returned resolves in `limit` from now.
    pub(super) fn begin(&mut self, limit: Duration) -> Pin<&mut Sleep> {
        let deadline = Instant::now() + limit;
        if let Some(timer) = &mut self.0 {
            timer.as_mut().reset(deadline);
        }
        let timer = self
            .0
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        timer.as_mut()
    }
}
