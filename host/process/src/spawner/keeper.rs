//! A keeper: a process that runs one script at a time, and leaves nothing of it.
//!
//! It takes in all orphans below it, and starts nothing but scripts: whatever
//! descends from it is the script's that ran last, also what has daemonised itself.
//! When that script is over, in whichever way, all of it is killed before the next.
//!
//! What it uses is bounded as scripts are, which inherit it ([`Bounds`]); that their
//! programs can't gain privileges (`PR_SET_NO_NEW_PRIVS`), so that each can be killed,
//! too.

use super::arguments::{Arguments, Identity};
use super::control::{Control, send_report};
use super::report::Report;
use super::wire::{Inbox, NewScript, Received};
use crate::beginning::MOMENT;
use crate::bounds::Bounds;
use crate::descendants;
use crate::group::{Group, GroupEnd};
use crate::launch::launch;
use crate::order::Order;
use crate::orphans;
use crate::signals::catch_signals;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustix::process::{Pid, Signal, set_parent_process_death_signal, setsid};
use rustix::thread::set_no_new_privs;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::select;
use tokio::time::{sleep, timeout};

/// How many scripts a keeper runs. It has as much time to compute as each of them, for
/// all of them.
const MAX_SCRIPTS: usize = 1000;

/// How many scripts of one user may be as many processes as they may, at once.
const SEVERAL: u32 = 16;

/// How much less of the processor scripts get than others that want it (nice(1)): else
/// whoever begins many processes keeps this one from noticing it.
const NICENESS: i32 = 10;

/// How often the processes of a script are counted.
const COUNT: Duration = Duration::from_millis(50);

/// What a keeper says when it is done with a script.
pub(super) const DONE: u8 = 1;

/// How a script came to its end.
enum Ending {
    /// By itself, or as it is too many processes.
    Ended(GroupEnd),
    /// The server wants no more of it.
    Unwanted,
    /// The spawner has died.
    Orphaned,
}

/// Runs this process as a keeper, until the spawner closes its end of the socket.
///
/// # Errors
///
/// The system refuses what it needs.
pub(super) fn run(socket: OwnedFd, told: &Arguments) -> io::Result<()> {
    let bounds = &told.bounds;
    // A script can stop this process. It must go on when nobody else can see to that.
    set_parent_process_death_signal(Some(Signal::CONT))?;
    set_no_new_privs(true)?;
    // A script's groups are in a session of its own, with nobody else's.
    let _ = setsid();
    bounds.put_on_this_process()?;
    match told.identity {
        Identity::ServersUser => {}
        Identity::OneUser => bounds.put_on_this_user(SEVERAL)?,
        Identity::Users { .. } => bounds.put_on_this_user(1)?,
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let kept = runtime.block_on(keep(socket, bounds));
    descendants::end_all(|_| false);
    kept
}

#[allow(
    deprecated,
    reason = "the successor is unsafe for types that may close the descriptor; OwnedFd doesn't"
)]
async fn keep(socket: OwnedFd, bounds: &Bounds) -> io::Result<()> {
    let _caught = catch_signals()?;
    let socket = AsyncFd::with_interest(socket, Interest::READABLE)?;
    let keeper = Keeper { socket, bounds };
    let mut inbox = Inbox::new();
    for left in (0..MAX_SCRIPTS).rev() {
        let mail = inbox.next(&keeper.socket).await?;
        match inbox.open(mail) {
            Received::Script(script, order) => {
                if let Some(started) = start(script, order) {
                    keeper.see_to_end(started).await?;
                }
            }
            Received::Long(script, length) => keeper.run_long(script, length).await?,
            // The server sees that the script's socket is closed.
            Received::Incomplete => {}
            Received::End => break,
        }
        // After the last one it isn't said that it takes another.
        if left == 0 || !keeper.is_free() {
            break;
        }
    }
    Ok(())
}

struct Keeper<'a> {
    /// The spawner has the other end.
    socket: AsyncFd<OwnedFd>,
    bounds: &'a Bounds,
}

/// A script that has been started.
struct Started {
    group: Group,
    control: OwnedFd,
    /// Whether the server waits to hear of it: it has input for the script.
    is_awaited: bool,
}

/// Starts a script. If that fails, the server has been told.
fn start(script: NewScript, order: &[u8]) -> Option<Started> {
    let NewScript { control, streams } = script;
    let is_awaited = streams.stdin.is_some();
    let launched = Order::decode(order)
        .ok_or_else(|| Errno::PROTO.into())
        // This process is the scripts' user already, and reads from nothing.
        .and_then(|order| launch(&order, streams, Stdio::inherit(), None));
    match launched {
        Ok(group) => {
            group.be_nice(NICENESS);
            Some(Started {
                group,
                control,
                is_awaited,
            })
        }
        Err(error) => {
            let number = error.raw_os_error().unwrap_or_default();
            // An error: the server is gone.
            let _ = send_report(&control, Report::Refused(number));
            None
        }
    }
}

impl Keeper<'_> {
    /// A script whose order is long, from that to its end.
    async fn run_long(&self, script: NewScript, length: usize) -> io::Result<()> {
        let NewScript { control, streams } = script;
        let mut order = vec![0; length];
        let reading = Control::new(control.try_clone()?, Interest::READABLE)?;
        if reading.read_exact(&mut order).await.is_err() {
            // The server has given it up.
            return Ok(());
        }
        drop(reading);
        match start(NewScript { control, streams }, &order) {
            Some(started) => self.see_to_end(started).await,
            None => Ok(()),
        }
    }

    /// Waits for a script's end, and leaves nothing of it. An error: the spawner has
    /// died.
    async fn see_to_end(&self, mut started: Started) -> io::Result<()> {
        let ending = self.ending(&mut started).await;
        let Started {
            mut group, control, ..
        } = started;
        match ending {
            Ending::Ended(mut end) => {
                end.gone &= !descendants::any();
                // An error: the server is gone.
                let _ = send_report(&control, Report::Ended(end));
                if end.crowded {
                    // Asking would give it time to begin more.
                    group.kill();
                    descendants::end_all(|_| false);
                }
                group.end().await;
            }
            Ending::Unwanted => group.end().await,
            // What isn't ended in time, the server kills.
            Ending::Orphaned => {
                group.kill();
                descendants::end_all(|_| false);
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        if descendants::any() && !descendants::end_all(|_| false) {
            tracing::debug!("something is left of a script's processes");
        }
        // The script's socket is closed now, when nothing is left.
        drop(control);
        Ok(())
    }

    /// Waits until a script ends, or has to be ended. For the first moment nothing else
    /// is looked at: most scripts are over by then, and cost less.
    async fn ending(&self, started: &mut Started) -> Ending {
        let Started {
            group,
            control,
            is_awaited,
        } = started;
        if !*is_awaited && let Ok(ended) = timeout(MOMENT, group.ended()).await {
            return Ending::Ended(ended);
        }
        let watched = send_report(&*control, Report::Started)
            .map_err(io::Error::from)
            .and_then(|()| control.try_clone())
            .and_then(|control| Control::new(control, Interest::READABLE));
        let Ok(watched) = watched else {
            // The server is gone.
            return Ending::Unwanted;
        };
        let leader = group.leader();
        select! {
            ended = group.ended() => Ending::Ended(ended),
            // The server says no more.
            () = watched.closed() => Ending::Unwanted,
            () = self.crowded(leader) => Ending::Ended(GroupEnd {
                status: None,
                gone: false,
                crowded: true,
            }),
            () = self.orphaned() => Ending::Orphaned,
        }
    }

    /// Waits until there are more processes than may be. Those that have ended, and
    /// whose parent has, are none: they are reaped as long as the leader isn't, which
    /// keeps the group's number from being another's.
    async fn crowded(&self, leader: Pid) {
        let most = usize::try_from(self.bounds.processes).unwrap_or(usize::MAX);
        loop {
            if orphans::children().contains(&leader) {
                descendants::reap(|child| child == leader);
            }
            if descendants::are_more_than(most) {
                return;
            }
            sleep(COUNT).await;
        }
    }

    /// Waits until the spawner has died: it sends nothing else meanwhile.
    async fn orphaned(&self) {
        let look = |socket: &OwnedFd| {
            let flags = RecvFlags::DONTWAIT | RecvFlags::PEEK;
            Ok(recv(socket, &mut [0][..], flags)?)
        };
        let _ = self.socket.async_io(Interest::READABLE, look).await;
    }

    /// Tells the spawner that nothing is left of the script, if that is so.
    fn is_free(&self) -> bool {
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        !descendants::any() && send(self.socket.get_ref(), &[DONE], flags).is_ok()
    }
}
