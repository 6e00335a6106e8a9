//! Hot swap: another component takes over, or other certificates do, while connections
//! go on.
//!
//! 1. Someone asks for it ([`ReloadHandle`]), or a file changes ([`file_watch`]).
//! 2. A thread of its own loads the files of a [`subject`], with all the checks of a
//!    start. If they don't pass, the log says why, and nothing changes.
//! 3. From then on every new instance is of the new component. Requests that
//!    run finish on the old one; an open connection's next request is the new
//!    one's, since no instance outlives a swap by more than its request. New handshakes
//!    have the new certificates; connections that are there keep what they have.

mod file_watch;
mod links;
mod subject;

pub(crate) use links::directories_of;

use crate::component::ComponentSource;
use crate::error::Error;
use crate::logging::escape_controls;
use crate::service::Service;
use crate::tls::Tls;
use file_watch::FileWatch;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;
use subject::{Subject, advice};

/// Has a server load its component and its certificates anew.
#[derive(Debug, Clone)]
pub struct ReloadHandle {
    /// None if the component is the embedded one, and there are no certificates.
    orders: Option<Sender<Order>>,
}

impl ReloadHandle {
    /// Whether there is anything that can be loaded anew.
    #[must_use]
    pub fn has_anything(&self) -> bool {
        self.orders.is_some()
    }

    /// Loads the component's file in the background, and lets it take over if
    /// it is a handler, and the certificates' if they can be served; the log says what
    /// came of it. Returns at once.
    ///
    /// Requests that run finish on the component that they began on, and connections
    /// on the certificate. Of an embedded component there is nothing to load.
    pub fn reload(&self) {
        self.reload_and(|| {});
    }

    /// As [`reload`](Self::reload), and calls `then` once it is done, whatever came of it;
    /// also if the server stops before that.
    pub fn reload_and(&self, then: impl FnOnce() + Send + 'static) {
        let then = Then(Some(Box::new(then)));
        match &self.orders {
            // It fails when the server has stopped.
            Some(orders) => drop(orders.send(Order::Reload(then))),
            None => tracing::info!(
                "nothing to reload: the embedded component serves; give another with --component"
            ),
        }
    }
}

/// What the thread that reloads is told.
#[derive(Debug)]
enum Order {
    /// To reload, whether or not the file has changed, and to drop this then.
    Reload(Then),
    /// What happened in the directory of a subject's file; which, by its number.
    Event(usize, notify::Result<notify::Event>),
    /// That the server has stopped.
    Stop,
}

/// What is called when it is dropped.
struct Then(Option<Box<dyn FnOnce() + Send>>);

impl Drop for Then {
    fn drop(&mut self) {
        if let Some(then) = self.0.take() {
            then();
        }
    }
}

impl fmt::Debug for Then {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Then")
    }
}

/// What a server needs to load anew what can be.
pub(crate) struct Reloader {
    reloaded: Vec<Reloaded>,
    sender: Sender<Order>,
    orders: Receiver<Order>,
}

/// What is loaded, and what watches over its files.
struct Reloaded {
    subject: Subject,
    watch: Option<FileWatch>,
}

/// Ends a reloader's thread when it is dropped.
pub(crate) struct ReloadThread(Sender<Order>);

impl Drop for ReloadThread {
    fn drop(&mut self) {
        // It fails if the thread has ended.
        let _ = self.0.send(Order::Stop);
    }
}

impl Reloader {
    /// Made before the component is loaded for the first time, so that no
    /// change after that goes unnoticed.
    ///
    /// # Errors
    ///
    /// A file can't be watched.
    pub(crate) fn new(
        source: &ComponentSource,
        tls: Option<Arc<Tls>>,
        watched: bool,
    ) -> Result<Self, Error> {
        let (sender, orders) = channel();
        let component = source.file();
        let component = component.map(|it| Subject::Component(source.clone(), it.to_owned()));
        let certificates = tls.map(|tls| match tls.obtains() {
            true => Subject::Renewal(tls),
            false => Subject::Certificates(tls),
        });
        let subjects: Vec<_> = component.into_iter().chain(certificates).collect();
        if watched && subjects.is_empty() {
            return Err(Error::WatchEmbedded);
        }
        let reloaded = subjects.into_iter().enumerate().map(|(number, subject)| {
            let watch = |subject: &Subject| {
                FileWatch::new(subject.what(), &subject.files(), pass_on(&sender, number))
            };
            let is_watched = watched && !matches!(subject, Subject::Renewal(_));
            let watch = is_watched.then(|| watch(&subject)).transpose()?;
            Ok(Reloaded { subject, watch })
        });
        Ok(Self {
            reloaded: reloaded.collect::<Result<_, Error>>()?,
            sender,
            orders,
        })
    }

    pub(crate) fn handle(&self) -> ReloadHandle {
        let orders = (!self.reloaded.is_empty()).then(|| self.sender.clone());
        ReloadHandle { orders }
    }

    /// Starts the thread, which ends when the result is dropped.
    ///
    /// # Errors
    ///
    /// The thread can't be started.
    pub(crate) fn start(self, service: Arc<Service>) -> Result<ReloadThread, Error> {
        let thread = ReloadThread(self.sender.clone());
        std::thread::Builder::new()
            .name("reload".to_owned())
            .spawn(move || self.run(&service))
            .map_err(Error::Thread)?;
        Ok(thread)
    }

    fn run(mut self, service: &Service) {
        loop {
            match self.next_order() {
                Ok(Order::Reload(then)) => {
                    for reloaded in &mut self.reloaded {
                        reloaded.reload(service);
                    }
                    drop(then);
                }
                Ok(Order::Event(number, event)) => {
                    let reloaded = self.reloaded.get_mut(number);
                    if let Some(watch) = reloaded.and_then(|it| it.watch.as_mut()) {
                        watch.note(event);
                    }
                }
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    for reloaded in &mut self.reloaded {
                        reloaded.look(service);
                    }
                }
            }
        }
    }

    /// Waits for an order, or until a watch wants to have a look.
    fn next_order(&self) -> Result<Order, RecvTimeoutError> {
        let watches = self.reloaded.iter().filter_map(|it| it.watch.as_ref());
        match watches.filter_map(FileWatch::due).min() {
            Some(due) => {
                let left = due.saturating_duration_since(Instant::now());
                self.orders.recv_timeout(left)
            }
            None => Ok(self.orders.recv()?),
        }
    }
}

impl Reloaded {
    /// Has a look if the watch wants it, and loads what has changed.
    fn look(&mut self, service: &Service) {
        let Some(watch) = &mut self.watch else {
            return;
        };
        if watch.due().is_some_and(|due| due <= Instant::now()) && watch.is_changed() {
            self.reload(service);
        }
    }

    fn reload(&mut self, service: &Service) {
        let begun = Instant::now();
        if let Some(watch) = &mut self.watch {
            watch.note_loading();
        }
        let loaded = self.subject.load(service);
        let changed = self
            .watch
            .as_mut()
            .is_some_and(FileWatch::changed_since_loading);
        let what = self.subject.what();
        match loaded {
            Ok(()) if matches!(self.subject, Subject::Renewal(_)) => {
                log("certificates that couldn't be obtained are tried again now");
            }
            Ok(()) => {
                let milliseconds = begun.elapsed().as_millis();
                log(&format!(
                    "{what} reloaded: {} (in {milliseconds} ms)",
                    self.subject.name()
                ));
            }
            // What was read was neither the old nor the new file.
            Err(error) if changed => tracing::debug!("changed while it was read: {error}"),
            Err(error) => tracing::error!(
                "{what} not reloaded, the one before goes on: {}{}",
                escape_controls(&error.to_string()),
                advice(&error)
            ),
        }
    }
}

/// Where the events go of the watch over a subject.
fn pass_on(
    orders: &Sender<Order>,
    number: usize,
) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    let orders = orders.clone();
    // It fails when the server has stopped.
    move |event| drop(orders.send(Order::Event(number, event)))
}

fn log(line: &str) {
    tracing::info!("{}", escape_controls(line));
}
