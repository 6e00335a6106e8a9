//! What happened on each site lately: its last lines, and how many requests it had. It is
//! in memory, and bounded, however much a site has to say.

mod events;

pub use events::{EVENT_STREAM, events};

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many lines of a site are kept.
const LINES: usize = 200;

/// A line is cut to so many bytes.
const LONGEST: usize = 1024;

/// How many sites' lines are kept: those of others are forgotten, the longest quiet
/// first.
const SITES: usize = 1024;

/// How many lines who follows may be behind: what is more is left out.
const BEHIND: usize = 256;

/// How many may follow a site at once: the next has the lines of before.
const FOLLOWERS: usize = 64;

/// What happened on all sites.
#[derive(Debug, Default)]
pub struct Journals(Mutex<Sites>);

#[derive(Debug, Default)]
struct Sites {
    by_name: HashMap<String, Arc<Journal>>,
    clock: u64,
}

/// What happened on a site.
#[derive(Debug, Default)]
pub struct Journal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<String>,
    followers: Vec<Sender<String>>,
    counts: Counts,
    used: u64,
}

/// How many requests a site had since the server started.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// All that were answered from it.
    pub requests: u64,
    /// Those answered by 4xx.
    pub refused: u64,
    /// Those answered by 5xx.
    pub failed: u64,
    /// Those that were too many a second: they are none of the above.
    pub limited: u64,
    /// How many bytes of content were sent.
    pub bytes: u64,
}

impl Counts {
    /// Counts an answer.
    pub(crate) fn answer(&mut self, status: u16, size: u64) {
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(size);
        match status {
            400..=499 => self.refused += 1,
            500.. => self.failed += 1,
            _ => {}
        }
    }
}

impl Journals {
    /// A site's, which begins if there is none.
    pub fn of(&self, site: &str) -> Arc<Journal> {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sites.clock += 1;
        let clock = sites.clock;
        if !sites.by_name.contains_key(site) {
            sites.make_room();
        }
        let journal = sites.by_name.entry(site.to_owned()).or_default();
        journal.lock().used = clock;
        Arc::clone(journal)
    }

    /// Forgets a site.
    pub fn forget(&self, site: &str) {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sites.by_name.remove(site);
    }
}

impl Sites {
    fn make_room(&mut self) {
        while self.by_name.len() >= SITES {
            let quiet = self.by_name.iter().min_by_key(|(_, site)| site.lock().used);
            let Some(name) = quiet.map(|(name, _)| name.clone()) else {
                return;
            };
            self.by_name.remove(&name);
        }
    }
}

impl Journal {
    /// Adds a line, and changes the counts.
    pub(crate) fn add(&self, line: &str, count: impl FnOnce(&mut Counts)) {
        let line = &line[..line.floor_char_boundary(LONGEST)];
        let mut state = self.lock();
        count(&mut state.counts);
        if state.lines.len() == LINES {
            state.lines.pop_front();
        }
        state.lines.push_back(line.to_owned());
        // One that is behind misses this, and one that has gone all.
        state.followers.retain(|follower| !follower.is_closed());
        for follower in &state.followers {
            let _ = follower.try_send(line.to_owned());
        }
    }

    /// Changes the counts alone.
    pub(crate) fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.lock().counts);
    }

    /// How many requests there were.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// The last lines, oldest first, and those that are still to come.
    pub fn follow(&self) -> (Vec<String>, Receiver<String>) {
        let (follower, following) = channel(BEHIND);
        let mut state = self.lock();
        state.followers.retain(|follower| !follower.is_closed());
        if state.followers.len() < FOLLOWERS {
            state.followers.push(follower);
        }
        (state.lines.iter().cloned().collect(), following)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_followed() {
        let journals = Journals::default();
        let journal = journals.of("a");
        for number in 0..LINES + 5 {
            journal.add(&number.to_string(), |counts| counts.requests += 1);
        }
        let (lines, mut following) = journals.of("a").follow();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[0], "5");
        journal.add(&"é".repeat(LONGEST), |_| {});
        let line = following.try_recv().expect("a line");
        assert_eq!(line.len(), LONGEST);
        assert_eq!(journal.counts().requests, LINES as u64 + 5);
    }

    #[test]
    fn the_longest_quiet_are_forgotten() {
        let journals = Journals::default();
        for site in 0..SITES {
            journals
                .of(&site.to_string())
                .count(|counts| counts.requests = 1);
        }
        // The first is looked at once more, the second is the one that is forgotten.
        journals.of("0");
        journals.of("new");
        assert_eq!(journals.of("0").counts().requests, 1);
        assert_eq!(journals.of("1").counts().requests, 0);
        assert_eq!(journals.0.lock().expect("no panic").by_name.len(), SITES);
    }
}
