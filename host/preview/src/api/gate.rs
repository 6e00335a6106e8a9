//! The token, where it is said in another way than by the API's requests.

use super::auth::Peer;
use super::guard::{Guard, Sentence};
use crate::token::Token;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Who has the token gets through; who hasn't waits.
pub struct Gate {
    token: Token,
    guard: Guard,
}

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the token.
    Right,
    /// It isn't.
    Wrong,
    /// It wasn't looked at further: too many wrong ones wait already, for so long.
    TooMany(Duration),
}

impl Gate {
    /// A gate for this token, where the first that is wrong waits for `first`.
    #[must_use]
    pub fn new(token: Token, first: Duration) -> Self {
        Self {
            token,
            guard: Guard::new(first),
        }
    }

    /// Whether what somebody says is the token.
    pub async fn try_token(&self, said: &[u8], peer: Option<Peer>) -> Verdict {
        if self.token.is(said) {
            return Verdict::Right;
        }
        match self.guard.failed(peer.map(|peer| peer.0), Instant::now()) {
            Sentence::Wait(time) => {
                sleep(time).await;
                Verdict::Wrong
            }
            Sentence::TooMany(time) => Verdict::TooMany(time),
        }
    }
}
