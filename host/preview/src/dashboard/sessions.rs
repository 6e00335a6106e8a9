//! Who has logged in, by a cookie each.
//!
//! Sites are subdomains of the host that has these pages, and a page of theirs may set
//! cookies for that host, too, where browsers take it for theirs; it can't know one that is
//! good. Nor can it have a form of its own act: every form has a word of its session's.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::crypto::ring::default_provider;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a session lasts.
pub(super) const LASTS: Duration = Duration::from_secs(12 * 60 * 60);

/// How many there are at once: the oldest gives way.
const MOST: usize = 64;

/// The sessions, by what their cookies have.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Session>>);

/// A session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    begun: Instant,
    /// What its forms have, by which they are told from those of others.
    pub(super) form: String,
}

impl Sessions {
    /// Begins one: what its cookie has.
    pub(super) fn begin(&self) -> String {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.begun.elapsed() < LASTS);
        if sessions.len() >= MOST {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.begun);
            if let Some(oldest) = oldest.map(|(cookie, _)| cookie.clone()) {
                sessions.remove(&oldest);
            }
        }
        let cookie = secret();
        let session = Session {
            begun: Instant::now(),
            form: secret(),
        };
        sessions.insert(cookie.clone(), session);
        cookie
    }

    /// The one of a cookie. The secrets are so long that a look at a table tells nobody
    /// anything of them.
    pub(super) fn of(&self, cookie: &str) -> Option<Session> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(cookie)?;
        (session.begun.elapsed() < LASTS).then(|| session.clone())
    }

    /// Ends one.
    pub(super) fn end(&self, cookie: &str) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(cookie);
    }
}

/// 256 random bits as text. Should the system have none, nobody is let in by it.
pub(super) fn secret() -> String {
    let mut bytes = [0; 32];
    match default_provider().secure_random.fill(&mut bytes) {
        Ok(()) => URL_SAFE_NO_PAD.encode(bytes),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_at_once() {
        let sessions = Sessions::default();
        let first = sessions.begin();
        assert!(sessions.of(&first).is_some());
        let others: Vec<_> = (0..MOST).map(|_| sessions.begin()).collect();
        assert!(sessions.of(&first).is_none());
        assert!(others.iter().all(|cookie| sessions.of(cookie).is_some()));
        sessions.end(&others[0]);
        assert!(sessions.of(&others[0]).is_none());
        assert!(sessions.of("").is_none());
    }
}
