//! The process that obtains and renews certificates, for as long as its server runs.

use crate::certificate::{Issued, time};
use crate::challenge::Method;
use crate::client::Client;
use crate::domain::Domain;
use crate::failure::{Failure, Kind};
use crate::link::{Link, halves};
use crate::messages::{Assignment, Importance, Message};
use crate::order;
use crate::schedule::{chance, pause, renewal};
use crate::session::Session;
use crate::store::{Account, Store};
use std::io;
use std::os::unix::net::UnixStream as StdStream;
use std::time::{Duration, SystemTime};
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

/// The longest that an order takes.
const ORDER_TIME: Duration = Duration::from_secs(5 * 60);

/// How often the clock is looked at: it can be set, and the machine can sleep.
const LOOK: Duration = Duration::from_secs(60);

/// How often it is tried to order when another process does.
const LOCK_LOOK: Duration = Duration::from_secs(1);

/// Does what the assignment says, until the server at the socket's other end is gone.
///
/// # Errors
///
/// What it needs can't be had: then the server is told so by the log.
pub fn run_agent(socket: StdStream, assignment: Assignment) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .build()?;
    runtime.block_on(async {
        let (link, mut ear) = halves(UnixStream::from_std(socket)?);
        tokio::select! {
            // There is nothing to do, which has been said.
            () = work(assignment, &link) => ear.listen(&link).await,
            () = ear.listen(&link) => {}
        }
        io::Result::Ok(())
    })?;
    // A host may be looked up still, which nobody waits for.
    runtime.shutdown_background();
    Ok(())
}

async fn work(assignment: Assignment, link: &Link) {
    let client = Client::new(&assignment.directory, assignment.roots.as_deref());
    let store = Store::open(&assignment.store, &assignment.directory);
    let (client, store) = match (client, store) {
        (Ok(client), Ok(store)) => (client, store),
        (Err(error), _) => return link.log(Importance::Error, error).await,
        (_, Err(error)) => return link.log(Importance::Error, error.to_string()).await,
    };
    let mut certificates = Vec::new();
    for domain in &assignment.domains {
        let found = store.certificate(domain);
        let kept = found.unwrap_or_else(|_| None);
        let certificate = Certificate::new(domain.clone(), kept);
        certificate.hand_on(link).await;
        certificates.push(certificate);
    }
    link.say(&Message::Ready).await;
    let agent = Agent {
        assignment,
        link,
        client,
        store,
    };
    agent.keep_up(certificates).await;
}

/// What it takes to obtain certificates.
struct Agent<'a> {
    assignment: Assignment,
    link: &'a Link,
    client: Client,
    store: Store,
}

/// A name's certificate, and when something is to be done about it.
struct Certificate {
    domain: Domain,
    issued: Option<Issued>,
    due: SystemTime,
    failures: u32,
    /// What has worked, or hasn't failed yet.
    method: Method,
}

impl Certificate {
    fn new(domain: Domain, issued: Option<Issued>) -> Self {
        let mut certificate = Self {
            domain,
            issued: None,
            due: SystemTime::UNIX_EPOCH,
            failures: 0,
            method: Method::Handshake,
        };
        if let Some(issued) = issued {
            certificate.take(issued);
        }
        certificate
    }

    fn take(&mut self, issued: Issued) {
        self.due = renewal(issued.validity(), chance());
        self.issued = Some(issued);
        self.failures = 0;
    }

    async fn hand_on(&self, link: &Link) {
        if let Some(issued) = &self.issued {
            let message = Message::Certificate(self.domain.clone(), issued.pem().to_owned());
            link.say(&message).await;
        }
    }

    /// What becomes of clients meanwhile.
    fn state(&self, now: SystemTime) -> (Importance, String) {
        match &self.issued {
            None => {
                let text = "there is no certificate yet, so that its clients get none";
                (Importance::Error, text.to_owned())
            }
            Some(issued) if issued.check_time(now).is_ok() => {
                let text = format!("the one before goes on, until {}", issued.until());
                (Importance::Warning, text)
            }
            Some(issued) => {
                let text = format!(
                    "THE ONE BEFORE HAS EXPIRED, at {}, so that clients refuse it",
                    issued.until()
                );
                (Importance::Error, text)
            }
        }
    }
}

impl Agent<'_> {
    /// Does what is due, one after the other, for ever.
    async fn keep_up(&self, mut certificates: Vec<Certificate>) {
        loop {
            let now = SystemTime::now();
            let next = certificates.iter_mut().min_by_key(|it| it.due);
            let Some(next) = next else {
                return;
            };
            match next.due.duration_since(now) {
                Ok(left) if !left.is_zero() => {
                    tokio::select! {
                        () = sleep(left.min(LOOK)) => {}
                        () = self.link.try_now.notified() => {
                            for failed in certificates.iter_mut().filter(|it| it.failures > 0) {
                                failed.due = SystemTime::UNIX_EPOCH;
                            }
                        }
                    }
                }
                _ => self.renew(next).await,
            }
        }
    }

    /// Obtains a certificate, unless another process has done so already.
    async fn renew(&self, certificate: &mut Certificate) {
        let _held = loop {
            match self.store.lock() {
                Ok(Some(held)) => break Some(held),
                Ok(None) => sleep(LOCK_LOOK).await,
                // It is ordered nevertheless, and what can't be kept is said.
                Err(_) => break None,
            }
        };
        if self.take_from_store(certificate).await {
            return;
        }
        let (domain, directory) = (&certificate.domain, &self.assignment.directory);
        let what = format!("obtaining a certificate for {domain} from {directory}");
        self.link.log(Importance::Info, what).await;
        match self.obtain(certificate).await {
            Ok(issued) => self.keep(certificate, issued).await,
            Err(failure) => self.put_off(certificate, &failure).await,
        }
    }

    /// Another server of the same store may have renewed it, or somebody put it there.
    async fn take_from_store(&self, certificate: &mut Certificate) -> bool {
        let kept = match self.store.certificate(&certificate.domain) {
            Ok(kept) => kept,
            Err(reason) => {
                self.link.log(Importance::Warning, reason).await;
                None
            }
        };
        let Some(kept) = kept else {
            return false;
        };
        let now = SystemTime::now();
        let is_fresh = renewal(kept.validity(), 1.0) > now && kept.check_time(now).is_ok();
        if is_fresh {
            certificate.take(kept);
            certificate.hand_on(self.link).await;
        }
        is_fresh
    }

    /// In the way that has worked, and then, if it has failed, in the other.
    async fn obtain(&self, certificate: &mut Certificate) -> Result<Issued, Failure> {
        let first = self.obtain_by(certificate, certificate.method).await;
        let other = match certificate.method {
            Method::Handshake if self.assignment.has_plain_port => Method::Path,
            Method::Path => Method::Handshake,
            Method::Handshake => return first,
        };
        match first {
            Err(failure) if failure.kind == Kind::NotShown => {
                let text = format!("{failure}; trying {}", other.name());
                self.link.log(Importance::Warning, text).await;
                let second = self.obtain_by(certificate, other).await;
                if second.is_ok() {
                    certificate.method = other;
                }
                second
            }
            first => first,
        }
    }

    async fn obtain_by(
        &self,
        certificate: &Certificate,
        method: Method,
    ) -> Result<Issued, Failure> {
        let order = timeout(ORDER_TIME, self.order(&certificate.domain, method)).await;
        self.link.say(&Message::Hide).await;
        order.unwrap_or_else(|_| {
            let reason = format!("the authority hasn't finished within {ORDER_TIME:?}");
            Err(Failure::new(reason))
        })
    }

    async fn order(&self, domain: &Domain, method: Method) -> Result<Issued, Failure> {
        let Account { key, mut url } = self.store.account().map_err(Failure::new)?;
        // An authority can forget an account, and then makes another for the same key.
        for is_last in [false, true] {
            let directory = &self.assignment.directory;
            let mut session = Session::open(&self.client, directory, &key, url.clone()).await?;
            let email = self.assignment.email.as_deref();
            let account = session.ensure_account(email).await?;
            if url.is_none() {
                let kept = self.store.keep_account(&key, Some(&account));
                kept.map_err(Failure::new)?;
            }
            match order::obtain(&mut session, domain, method, self.link).await {
                Err(failure) if failure.kind == Kind::NoAccount && !is_last => url = None,
                outcome => return outcome,
            }
        }
        Err(Failure::nonsense("no account"))
    }

    async fn keep(&self, certificate: &mut Certificate, issued: Issued) {
        if let Err(error) = self.store.keep(&certificate.domain, &issued) {
            let text = format!("{error}; it is served until the server ends");
            self.link.log(Importance::Error, text).await;
        }
        let (domain, until) = (&certificate.domain, issued.until());
        let text = format!("obtained a certificate for {domain}, valid until {until}");
        certificate.take(issued);
        certificate.hand_on(self.link).await;
        // Whoever reads that has it served.
        self.link.log(Importance::Info, text).await;
    }

    async fn put_off(&self, certificate: &mut Certificate, failure: &Failure) {
        certificate.failures = certificate.failures.saturating_add(1);
        let now = SystemTime::now();
        certificate.due = now + pause(certificate.failures, failure.retry_after, chance());
        let (importance, state) = certificate.state(now);
        let text = format!(
            "no certificate for {}: {failure}; {state}; trying again at {}",
            certificate.domain,
            time(certificate.due)
        );
        self.link.log(importance, text).await;
    }
}
