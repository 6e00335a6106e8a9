//! Asking again, where it may help and can't harm.

use super::answer::Answer;
use super::ask::{Ask, NoAnswer};
use super::once::Server;
use crate::client::failure::Failure;
use http::StatusCode;
use std::sync::atomic::Ordering;
use tokio::time::sleep;

/// What a request does when it comes twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twice {
    /// The same as when it comes once.
    Harmless,
    /// More: so it is only sent again if it didn't arrive.
    Counts,
}

impl Server {
    /// Sends a request, and again where its connection breaks or the server is busy.
    ///
    /// # Errors
    ///
    /// There is no answer. An answer that is a refusal is no error here.
    pub(crate) async fn ask(&self, ask: Ask, twice: Twice) -> Result<Answer, Failure> {
        let mut wait = self.patience.first;
        for left in (0..self.patience.tries).rev() {
            let result = self.once(ask.clone()).await;
            let asked = match &result {
                Ok(answer) => {
                    self.patience.answered.store(true, Ordering::Relaxed);
                    answer.retry_after()
                }
                Err(_) => None,
            };
            let again = match &result {
                Ok(answer) => busy(answer.status),
                Err(error) => self.may_help(error, twice),
            };
            if left == 0 || !again {
                return result.map_err(|error| self.failure(error));
            }
            sleep(asked.unwrap_or(wait).min(self.patience.longest)).await;
            wait *= 2;
        }
        Err(self.failure(NoAnswer::Broken("it was never tried".to_owned())))
    }

    /// Sends a request once, and tells of each line of its answer as it comes.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is a refusal, or it breaks off.
    pub(crate) async fn follow(&self, ask: Ask, line: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        match self.lines(ask, line).await {
            Ok(None) => Ok(()),
            Ok(Some(answer)) => Err(answer.failure(&self.address.to_string())),
            Err(error) => Err(self.failure(error)),
        }
    }

    fn may_help(&self, error: &NoAnswer, twice: Twice) -> bool {
        match error {
            NoAnswer::NoConnection(_) => self.patience.answered.load(Ordering::Relaxed),
            NoAnswer::Broken(_) => twice == Twice::Harmless,
            NoAnswer::Unreadable(_) => false,
        }
    }

    fn failure(&self, error: NoAnswer) -> Failure {
        let server = self.address.to_string();
        match error {
            NoAnswer::NoConnection(reason) => Failure::Unreachable { server, reason },
            NoAnswer::Broken(reason) => Failure::Broken { server, reason },
            NoAnswer::Unreadable(reason) => Failure::Unreadable(reason),
        }
    }
}

/// Answers that a server gives when it can't do now what it could do later.
fn busy(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}
