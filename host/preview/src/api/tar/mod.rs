//! A deploy in one request: a tar, as `curl -T site.tar` sends it.
//!
//! 1. What comes is read as a tar while it comes ([`entries`]), and its files go into one
//!    file without a name ([`spool`]). Whatever is wrong ends it there: nothing was kept.
//! 2. The deploy that they make is checked.
//! 3. Its contents are kept ([`keep`]), and it is made.

mod entries;
mod handler;
mod keep;
mod spool;

pub(super) use handler::{__path_put, put};
