//! A process of its own that starts the scripts.
//!
//! The server's address space is huge, and a process that is to become another
//! user must be forked: copying the page tables alone takes milliseconds. So a
//! small process becomes that user once, when the server starts. It outlives the
//! server by as long as it takes to end what runs: also a server that is killed
//! leaves no script.
//!
//! It has a process of its own for each script that runs at once, a keeper, which
//! takes one after the other. All that descends from a keeper is the script's that it
//! runs, so that nothing of a script is left when it is over, whatever it did to get
//! away.
//!
//! 1. The server ([`handle`]) starts this same program again: the [`guard`], with one
//!    end of a socket as its standard output. That starts the spawner, which inherits
//!    it, as `nobody` if the server is root itself, unless scripts have users of their
//!    own; and another when that has died, was stopped or is silent.
//! 2. For each script it sends one message over that socket ([`wire`]): what to
//!    start ([`Order`](super::order::Order)), a socket for this script alone
//!    ([`control`]), and the script's ends of its pipes: two, or three for one
//!    that has input.
//! 3. The spawner ([`process`]) hands it on to a keeper that has nothing to do, or
//!    starts one ([`keepers`]).
//! 4. The keeper ([`keeper`]) starts the script, without forking. It answers over the
//!    new socket: that the script has started, or why not; then how it ended. The
//!    first is left out for one without input that ends at once. It closes the socket
//!    when nothing is left of the script, and tells the spawner.
//! 5. When the server closes its end, or is gone, the script is ended. When the
//!    first socket is closed, the spawner ends after its last script, and the keepers
//!    and the guard with it.
//!
//! # Who trusts whom
//!
//! Keepers do what the spawner says, and that what the server says. The server trusts
//! neither of them, which run as the scripts do, so that any of them can kill or stop
//! them: what it is sent has a fixed size and names no process, and comes in a limited
//! time. A keeper that is stopped or killed is killed by the spawner, with what it ran.
//! A spawner that is stopped or killed is killed by the guard at once, also when nobody
//! waits for it, and one that is silent when the server says so: the guard takes in and
//! kills all that it leaves, and starts another on the same socket. Scripts that ran are
//! reported as failed.
//!
//! The server itself can do nothing of that once it is locked down. Where it is root, so
//! is the guard, with no more capabilities than it takes to start the spawner and to
//! kill, and scripts don't reach it. Where it isn't, scripts can kill or stop the guard,
//! as they can the server. A spawner whose guard was killed goes on, until it is killed,
//! too; a server that isn't locked down then starts both again.
//!
//! Where each script has a user of its own, the spawner is root, with no more
//! capabilities than to start keepers as these users, and to kill. Then a script reaches
//! its own keeper only.
//!
//! None of them is dumpable (`PR_SET_DUMPABLE`), so that scripts can't trace them or
//! take their descriptors. A script that stops one and kills the server, which it can
//! if it is the same user's, gains nothing: what is stopped goes on when its parent
//! dies (`PR_SET_PDEATHSIG`). A server that is locked down wakes nobody by its death,
//! where Landlock restricts signals; the guard is then woken by the spawner's end.
//!
//! Programs that scripts start gain no privileges (`PR_SET_NO_NEW_PRIVS`): one that is
//! set-user-ID could not be killed. Nor does one that is set-group-ID, such as some
//! `sendmail`: mail is sent by SMTP.

mod arguments;
mod capabilities;
mod control;
mod guard;
mod handle;
mod keeper;
mod keepers;
mod live;
mod order_bytes;
mod process;
mod report;
mod role;
mod script;
mod wire;

pub(crate) use handle::Spawner;
pub use process::run_cgi_spawner;
pub(crate) use script::Script;
