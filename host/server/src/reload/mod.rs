//! Hot swap: another component takes over, while connections go on.
//!
//! 1. Someone asks for it ([`ReloadHandle`]), or the file changes
//!    ([`file_watch`]).
//! 2. A thread of its own loads the file, with all the checks of a start. If it
//!    doesn't pass, the log says why, and nothing changes.
//! 3. From then on every new instance is of the new component. Requests that
//!    run finish on the old one; an open connection's next request is the new
//!    one's, since no instance outlives a swap by more than its request.

mod file_watch;
mod links;

pub(crate) use links::directories_of;

use crate::component::{Binary, ComponentSource};
use crate::error::Error;
use crate::logging::escape_controls;
use crate::service::Service;
use file_watch::FileWatch;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

/// Has a server load its component anew.
#[derive(Debug, Clone)]
pub struct ReloadHandle {
    /// None if the component is the embedded one.
    orders: Option<Sender<Order>>,
}

impl ReloadHandle {
    /// Loads the component's file in the background, and lets it take over if
    /// it is a handler; the log says what came of it. Returns at once.
    ///
    /// Requests that run finish on the component that they began on. Of an
    /// embedded component there is nothing to load.
    pub fn reload(&self) {
        match &self.orders {
            // It fails when the server has stopped.
            Some(orders) => drop(orders.send(Order::Reload)),
            None => tracing::info!(
                "nothing to reload: the embedded component serves; give another with --component"
            ),
        }
    }
}

/// What the thread that reloads is told.
#[derive(Debug)]
enum Order {
    /// To reload, whether or not the file has changed.
    Reload,
    /// What happened in the file's directory.
    Event(notify::Result<notify::Event>),
    /// That the server has stopped.
    Stop,
}

/// What a server needs to load its component anew.
pub(crate) struct Reloader {
    source: ComponentSource,
    watch: Option<FileWatch>,
    sender: Sender<Order>,
    orders: Receiver<Order>,
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
    /// The file can't be watched.
    pub(crate) fn new(source: &ComponentSource, watched: bool) -> Result<Self, Error> {
        let (sender, orders) = channel();
        let watch = match source.file() {
            _ if !watched => None,
            Some(path) => Some(FileWatch::new(path, pass_on(&sender))?),
            None => return Err(Error::WatchEmbedded),
        };
        Ok(Self {
            source: source.clone(),
            watch,
            sender,
            orders,
        })
    }

    pub(crate) fn handle(&self) -> ReloadHandle {
        let orders = self.source.file().map(|_| self.sender.clone());
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
                Ok(Order::Reload) => self.reload(service),
                Ok(Order::Event(event)) => {
                    if let Some(watch) = &mut self.watch {
                        watch.note(event);
                    }
                }
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    if self.watch.as_mut().is_some_and(FileWatch::is_changed) {
                        self.reload(service);
                    }
                }
            }
        }
    }

    /// Waits for an order, or until the watch wants to have a look.
    fn next_order(&self) -> Result<Order, RecvTimeoutError> {
        match self.watch.as_ref().and_then(FileWatch::due) {
            Some(due) => {
                let left = due.saturating_duration_since(Instant::now());
                self.orders.recv_timeout(left)
            }
            None => Ok(self.orders.recv()?),
        }
    }

    fn reload(&mut self, service: &Service) {
        let begun = Instant::now();
        if let Some(watch) = &mut self.watch {
            watch.note_loading();
        }
        let loaded =
            Binary::read(&self.source).and_then(|binary| service.swap(&binary.renewable()));
        let changed = self
            .watch
            .as_mut()
            .is_some_and(FileWatch::changed_since_loading);
        match loaded {
            Ok(()) => {
                let milliseconds = begun.elapsed().as_millis();
                log(&format!(
                    "component reloaded: {} (in {milliseconds} ms)",
                    self.source
                ));
            }
            // What was read was neither the old nor the new file.
            Err(error) if changed => tracing::debug!("changed while it was read: {error}"),
            Err(error) => tracing::error!(
                "component not reloaded, the one before goes on: {}",
                escape_controls(&error.to_string())
            ),
        }
    }
}

/// Where a watch's events go.
fn pass_on(orders: &Sender<Order>) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    let orders = orders.clone();
    // It fails when the server has stopped.
    move |event| drop(orders.send(Order::Event(event)))
}

fn log(line: &str) {
    tracing::info!("{}", escape_controls(line));
}
