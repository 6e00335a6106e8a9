//! How many clients wait to be let in.

/// How many connections the kernel queues for each socket.
pub(super) const BACKLOG: i32 = 1024;
