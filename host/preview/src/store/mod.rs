//! Where deploys and aliases are kept.
//!
//! What is kept are objects, each of which is put once and never changes, in whatever
//! keeps objects; a local directory by default:
//!
//! | key | what it is |
//! |---|---|
//! | `format` | the version of all this |
//! | `projects/<project>/blobs/<2 digits>/<64 digits>` | content, by its SHA-256 |
//! | `projects/<project>/deploys/<id>.json` | a manifest; to put it is to deploy |
//! | `projects/<project>/aliases/<alias>/<10 digits>.json` | a move of an alias; the greatest number wins |
//! | `projects/<project>/visits/<id>` | put anew at most once an hour; when that was, counts |
//! | `labels/<label>.json` | which project and alias has a label |
//!
//! So a deploy is there as a whole or not at all, whatever is killed and when, and two
//! servers can't both make the same move. Beside that, below `local`, is what this one
//! server has for itself (`place`).

mod blobs;
mod books;
mod collect;
mod commit;
mod content;
mod durable;
mod error;
mod index;
mod inner;
mod keys;
mod labels;
mod load;
mod log;
mod moves;
mod objects;
mod open;
mod pack;
mod part;
mod place;
mod remove;
mod swap;
mod sweep;
mod tree;
mod upload;
mod visits;

pub use collect::{Collected, GRACE, KEPT, RESUMABLE};
pub use error::{CommitError, OpenError, StoreError, TooMuch};
pub use index::{Alias, Deploy, Earlier, Index, Named, Project};
pub use inner::Store;
pub use moves::{Move, Moved};
pub use upload::{Arrived, Upload};

#[cfg(test)]
mod tests;
