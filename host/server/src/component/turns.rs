//! Handlers that compute for long take turns, so that nobody waits for more than one
//! of them at a time.
//!
//! 1. A handler that has computed for a tick of the epoch stops, and queues here.
//! 2. All tasks that are ready have their turn, and the worker looks at its sockets:
//!    whoever has little to do goes first.
//! 3. Then one of the queue goes on for another tick: the one that has had least. One
//!    that is new in the queue counts as if it had had what the last one had, so that
//!    many new ones can't keep an old one from ever going on.
//!
//! Each worker has a queue of its own.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::future::poll_fn;
use std::task::{Poll, Waker};
use tokio::sync::oneshot;
use tokio::task::yield_now;

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
}

#[derive(Default)]
struct Queue {
    /// By how much they have had, and then by how long they have waited.
    waiting: BinaryHeap<Reverse<(u64, u64)>>,
    /// Tells them that they may go on, by their number.
    tickets: HashMap<u64, oneshot::Sender<()>>,
    /// The number of the last one.
    number: u64,
    /// How much the one that went on last had had.
    floor: u64,
    runner: Runner,
}

/// The task that lets them go on.
#[derive(Default)]
enum Runner {
    /// There is none: nobody waits.
    #[default]
    Absent,
    /// It waits until there is somebody.
    Idle(Waker),
    /// It waits until the worker has looked at its sockets. Woken before, it would
    /// take that for done.
    Busy,
}

/// How much a handler has had, in ticks of the epoch; more for one that came later.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Share(u64);

impl Share {
    /// Counts the tick that the handler has just had.
    pub(super) fn count(&mut self) {
        let floor = QUEUE.with_borrow(|queue| queue.floor);
        self.0 = self.0.max(floor) + 1;
    }
}

/// Lets those that wait on this thread go on, one each time that the worker has looked
/// at its sockets.
pub(crate) async fn run() {
    loop {
        poll_fn(|context| QUEUE.with_borrow_mut(|queue| queue.poll_waiting(context.waker()))).await;
        // A task that yields goes on when the sockets were looked at.
        yield_now().await;
        // One that was given up meanwhile doesn't take the turn.
        while let Some(ticket) = QUEUE.with_borrow_mut(Queue::next) {
            if ticket.send(()).is_ok() {
                break;
            }
        }
    }
}

/// Waits for the turn of a handler that has had so much.
pub(super) async fn wait(share: Share) {
    let ticket = QUEUE.with_borrow_mut(|queue| queue.add(share));
    match ticket {
        // It fails only when the thread ends.
        Some(ticket) => drop(ticket.await),
        // Where nobody runs the queue, it is enough to let others go first.
        None => yield_now().await,
    }
}

impl Queue {
    /// None: there is nobody to let it go on.
    fn add(&mut self, share: Share) -> Option<oneshot::Receiver<()>> {
        match std::mem::replace(&mut self.runner, Runner::Busy) {
            Runner::Absent => {
                self.runner = Runner::Absent;
                return None;
            }
            Runner::Idle(waker) => waker.wake(),
            Runner::Busy => {}
        }
        let (sender, ticket) = oneshot::channel();
        self.number += 1;
        self.waiting.push(Reverse((share.0, self.number)));
        self.tickets.insert(self.number, sender);
        Some(ticket)
    }

    fn next(&mut self) -> Option<oneshot::Sender<()>> {
        let Reverse((had, number)) = self.waiting.pop()?;
        self.floor = self.floor.max(had);
        self.tickets.remove(&number)
    }

    fn poll_waiting(&mut self, waker: &Waker) -> Poll<()> {
        if self.waiting.is_empty() {
            self.runner = Runner::Idle(waker.clone());
            return Poll::Pending;
        }
        self.runner = Runner::Busy;
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::LocalSet;

    /// Handlers that compute for so many ticks each: the order in which they had them.
    async fn order(ticks: &[(char, usize)]) -> String {
        let order = Arc::new(Mutex::new(String::new()));
        tokio::spawn(run());
        yield_now().await;
        let handlers = ticks.iter().map(|&(name, ticks)| {
            let order = Arc::clone(&order);
            tokio::spawn(async move {
                let mut share = Share::default();
                for _ in 0..ticks {
                    share.count();
                    wait(share).await;
                    order.lock().unwrap().push(name);
                }
            })
        });
        for handler in handlers.collect::<Vec<_>>() {
            handler.await.unwrap();
        }
        let order = order.lock().unwrap();
        order.clone()
    }

    #[tokio::test]
    async fn they_go_on_one_after_the_other() {
        assert_eq!(order(&[('a', 3), ('b', 3)]).await, "ababab");
    }

    #[tokio::test]
    async fn one_that_comes_later_neither_waits_for_ever_nor_goes_before_all() {
        let first = order(&[('a', 100)]).await;
        assert_eq!(first.len(), 100);
        let later = order(&[('b', 2), ('c', 2)]).await;
        assert_eq!(later, "bcbc");
    }

    #[tokio::test]
    async fn others_go_first() {
        let order = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(run());
        yield_now().await;
        let heavy = Arc::clone(&order);
        let heavy = tokio::spawn(async move {
            let mut share = Share::default();
            share.count();
            wait(share).await;
            heavy.lock().unwrap().push("heavy");
        });
        let light = Arc::clone(&order);
        let light = tokio::spawn(async move {
            yield_now().await;
            light.lock().unwrap().push("light");
        });
        heavy.await.unwrap();
        light.await.unwrap();
        assert_eq!(*order.lock().unwrap(), ["light", "heavy"]);
    }

    /// One whose bytes have arrived waits for a turn or two, and not for all that the
    /// runtime would run before it looks at its sockets by itself.
    #[tokio::test]
    async fn sockets_are_looked_at_between_two_turns() {
        let (mut near, mut far) = tokio::net::UnixStream::pair().unwrap();
        tokio::spawn(run());
        yield_now().await;
        let turns = Arc::new(AtomicUsize::new(0));
        let heavy = (0..3).map(|_| {
            let turns = Arc::clone(&turns);
            tokio::spawn(async move {
                let mut share = Share::default();
                for _ in 0..100 {
                    share.count();
                    wait(share).await;
                    turns.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        let heavy: Vec<_> = heavy.collect();
        let light = tokio::spawn(async move {
            far.read_u8().await.unwrap();
            turns.load(Ordering::Relaxed)
        });
        yield_now().await;
        near.write_all(b"x").await.unwrap();
        let before = light.await.unwrap();
        assert!(before < 10, "{before} turns before one look");
        for heavy in heavy {
            heavy.await.unwrap();
        }
    }

    #[tokio::test]
    async fn one_that_was_given_up_takes_no_turn() {
        let set = LocalSet::new();
        set.run_until(async {
            tokio::spawn(run());
            yield_now().await;
            let given_up = tokio::spawn(wait(Share(1)));
            yield_now().await;
            given_up.abort();
            wait(Share(2)).await;
        })
        .await;
        assert!(QUEUE.with_borrow(|queue| queue.tickets.is_empty()));
    }

    #[tokio::test]
    async fn without_a_queue_nobody_waits() {
        wait(Share(7)).await;
    }
}
