//! What a client's connection waits for, and for how long it may: the limits that a
//! connection of HTTP/1.1 has. Those of each request, whoever answers it keeps.

use super::frames::Place;
use crate::connection::{Pace, Timeouts};
use crate::presence::{Presence, Standing};
use std::sync::Arc;
use tokio::time::Instant;

/// With what a client is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    /// It has asked for nothing.
    Idle,
    /// A part of a frame that isn't content has come, and the rest hasn't.
    Head,
    /// The same of content.
    Content,
    /// It hasn't said that our settings are in force (RFC 9113 section 6.5.3).
    Settings,
    /// It doesn't take what it has asked for.
    Taking,
}

/// What a connection waits for.
#[derive(Debug)]
pub(super) struct Watch {
    presence: Arc<Presence>,
    standing: Standing,
    began: Instant,
    /// Whether there has been no request yet.
    is_new: bool,
    has_agreed: bool,
    /// What is in pieces, and since when.
    pieces: Option<(Place, Instant)>,
    /// How many requests are being answered.
    open: usize,
    /// How many of them wait for the client.
    waiting: usize,
    /// The content of how many of them is still to come.
    uploads: usize,
    idle_since: Instant,
    /// Since when the client takes nothing of what is sent.
    blocked: Option<Instant>,
    pace: Pace,
}

impl Watch {
    pub(super) fn new(presence: &Arc<Presence>, now: Instant) -> Self {
        Self {
            presence: Arc::clone(presence),
            standing: Standing::Silent,
            began: now,
            is_new: true,
            has_agreed: false,
            pieces: None,
            open: 0,
            waiting: 0,
            uploads: 0,
            idle_since: now,
            blocked: None,
            pace: Pace::default(),
        }
    }

    pub(super) fn streams(&self) -> usize {
        self.open
    }

    pub(super) fn uploads(&self) -> usize {
        self.uploads
    }

    pub(super) fn is_idle(&self) -> bool {
        self.open == 0 && self.blocked.is_none()
    }

    /// Bytes have come, which end at that place; `ended`: what was in pieces has come
    /// whole since.
    pub(super) fn receive(&mut self, place: Place, ended: bool, now: Instant) {
        let before = self.pieces.filter(|_| !ended);
        self.pieces = match (place, before) {
            (Place::Between, _) => None,
            (_, Some((_, since))) => Some((place, since)),
            (_, None) => Some((place, now)),
        };
        self.note();
    }

    /// The client says that our settings are in force.
    pub(super) fn agree(&mut self) {
        self.has_agreed = true;
    }

    /// Bytes have gone.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.pace.move_on(bytes as u64);
        if let Some(since) = self.blocked.take() {
            self.pace.wait(since.elapsed());
            self.idle_since = Instant::now();
            self.note();
        }
    }

    /// The client takes no more for now.
    pub(super) fn block(&mut self) {
        if self.blocked.is_none() {
            self.blocked = Some(Instant::now());
            self.note();
        }
    }

    /// Another request is being answered.
    pub(super) fn open(&mut self, uploads: bool) {
        if self.is_idle() {
            self.pace = Pace::default();
        }
        self.is_new = false;
        self.open += 1;
        self.uploads += usize::from(uploads);
        self.note();
    }

    /// A request waits for the client, or does no more.
    pub(super) fn note_waiting(&mut self, waits: bool) {
        if waits {
            self.waiting += 1;
        } else {
            self.waiting -= 1;
        }
        self.note();
    }

    /// All of a request's content was taken.
    pub(super) fn end_upload(&mut self) {
        self.uploads -= 1;
    }

    /// A request is answered no more.
    pub(super) fn close(&mut self) {
        self.open -= 1;
        if self.open == 0 {
            self.idle_since = Instant::now();
        }
        self.note();
    }

    /// When the client is late, unless something comes before; and with what.
    pub(super) fn deadline(&self, timeouts: &Timeouts) -> Option<(Instant, Late)> {
        let taking = self.blocked.map(|since| {
            let slow = self.pace.patience(timeouts.rate);
            let patience = slow.map_or(timeouts.progress, |slow| slow.min(timeouts.progress));
            (since + patience, Late::Taking)
        });
        let pieces = self.pieces.map(|(place, since)| match place {
            Place::Content => (since + timeouts.progress, Late::Content),
            Place::Head | Place::Between => (since + timeouts.header, Late::Head),
        });
        let settings = (!self.has_agreed).then(|| (self.began + timeouts.header, Late::Settings));
        let idle = self.is_idle().then(|| {
            let until = if self.is_new {
                self.began + timeouts.header
            } else {
                self.idle_since + timeouts.idle
            };
            (until, Late::Idle)
        });
        let all = [taking, pieces, idle, settings];
        all.into_iter().flatten().min_by_key(|(until, _)| *until)
    }

    /// Notes for others what the connection does.
    fn note(&mut self) {
        let standing = self.standing();
        if standing != self.standing {
            self.standing = standing;
            self.presence.enter(standing);
        }
    }

    fn standing(&self) -> Standing {
        if self.blocked.is_some() || self.open > 0 && self.waiting == self.open {
            Standing::Request
        } else if self.open > 0 {
            Standing::Busy
        } else if self.pieces.is_some() {
            Standing::Head
        } else if self.is_new {
            Standing::Silent
        } else {
            Standing::Idle
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::MinimumRate;
    use crate::presence::Client;
    use std::net::IpAddr;
    use std::time::Duration;

    const TIMEOUTS: Timeouts = Timeouts {
        header: Duration::from_secs(10),
        idle: Duration::from_secs(100),
        progress: Duration::from_secs(1000),
        rate: MinimumRate {
            bytes: None,
            after: Duration::from_secs(1000),
        },
    };

    fn watch() -> (Watch, Instant) {
        let address: IpAddr = [192, 0, 2, 1].into();
        let presence = Presence::new(Arc::new(Client::new(address.into())));
        let now = Instant::now();
        (Watch::new(&Arc::new(presence), now), now)
    }

    fn late(watch: &Watch) -> Option<Late> {
        watch.deadline(&TIMEOUTS).map(|(_, late)| late)
    }

    #[test]
    fn who_asks_for_nothing_is_late_whatever_it_says() {
        let (mut watch, now) = watch();
        assert_eq!(late(&watch), Some(Late::Idle));
        for seconds in 1..9 {
            watch.receive(Place::Between, true, now + Duration::from_secs(seconds));
        }
        watch.agree();
        assert_eq!(watch.deadline(&TIMEOUTS).unwrap().0, now + TIMEOUTS.header);
        assert_eq!(watch.standing(), Standing::Silent);
    }

    #[test]
    fn what_is_in_pieces_has_its_time_from_the_first_of_them() {
        let (mut watch, now) = watch();
        watch.agree();
        watch.open(false);
        assert_eq!(late(&watch), None);
        for seconds in 1..9 {
            watch.receive(Place::Head, false, now + Duration::from_secs(seconds));
        }
        let until = now + Duration::from_secs(1) + TIMEOUTS.header;
        assert_eq!(watch.deadline(&TIMEOUTS), Some((until, Late::Head)));
        watch.receive(Place::Content, true, now + Duration::from_secs(9));
        assert_eq!(late(&watch), Some(Late::Content));
        watch.receive(Place::Between, true, now);
        assert_eq!(late(&watch), None);
    }

    #[test]
    fn a_connection_waits_for_its_client_when_all_its_requests_do() {
        let (mut watch, _) = watch();
        watch.agree();
        watch.open(true);
        watch.open(false);
        assert_eq!(watch.standing(), Standing::Busy);
        watch.note_waiting(true);
        assert_eq!(watch.standing(), Standing::Busy);
        watch.note_waiting(true);
        assert_eq!(watch.standing(), Standing::Request);
        watch.note_waiting(false);
        watch.close();
        assert_eq!(watch.standing(), Standing::Request);
        watch.note_waiting(false);
        watch.end_upload();
        watch.close();
        assert_eq!(
            (watch.standing(), late(&watch)),
            (Standing::Idle, Some(Late::Idle))
        );
        watch.block();
        assert_eq!(watch.standing(), Standing::Request);
        assert!(!watch.is_idle());
        watch.sent(1);
        assert!(watch.is_idle());
    }

    #[test]
    fn settings_are_to_be_acknowledged() {
        let (mut watch, now) = watch();
        watch.open(false);
        assert_eq!(
            watch.deadline(&TIMEOUTS),
            Some((now + TIMEOUTS.header, Late::Settings))
        );
    }
}
