//! What a server's owner grants to its handler, beside the directory that is
//! served: nothing unless it is named here.
//!
//! 1. Options as typed become values that are well-formed in themselves
//!    ([`DirectoryGrant`], [`OutboundTarget`]).
//! 2. [`Granted::open`] checks them against each other and the system, and
//!    opens the directories before the server listens.
//! 3. Every instance gets a share of that. No path is opened again, but that of
//!    the served directory, if another is there ([`served`]), and whoever put it
//!    there could read it anyway ([`way`]).
//! 4. What an instance opens in its directories is opened in [`opening`], and counted
//!    in [`held`].

mod directory;
mod error;
mod filesystem;
mod granted;
mod held;
mod opening;
mod options;
mod outbound;
mod replaceable;
mod served;
mod site_directory;
mod way;

pub use directory::{Access, DirectoryGrant, DirectoryGrantError};
pub use error::GrantError;
pub(crate) use granted::Granted;
pub(crate) use held::{HeldFiles, OpenFiles};
pub(crate) use opening::{
    Opens, add_to_linker_2 as add_opening_2, add_to_linker_3 as add_opening_3,
};
pub use options::GrantOptions;
pub use outbound::{OutboundTarget, OutboundTargetError};
pub(crate) use replaceable::Replaceable;
pub(crate) use site_directory::SiteDirectory;
